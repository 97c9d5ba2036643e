import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** End-to-end tests run what a user runs, so they build first; an up-to-date build costs a second. */
export default function build() {
  const tsc = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-b', 'src'], {
    cwd: root,
    encoding: 'utf8',
  });
  if (tsc.status !== 0) throw new Error(`The build failed, so there is nothing to test.\n${tsc.stdout}${tsc.stderr}`);
}
