import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];

/** What npm says when it reaches no registry and has no copy of its own. */
const OFFLINE = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED/;

/** A project of its own beside this repository, with its own copies of everything, as a user's is. */
export interface Consumer extends AsyncDisposable {
  readonly folder: string;
}

/**
 * Installs a project of `test/consumers` in a fresh folder: first what its lock file says, then the packed `libs`. Gives a
 * sentence instead if the registry cannot be reached.
 */
export async function installConsumer(name: string, libs: readonly string[]): Promise<Consumer | string> {
  const folder = await mkdtemp(join(tmpdir(), `${name}-`));
  const consumer: Consumer = { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
  try {
    await cp(join(root, 'test/consumers', name), folder, { recursive: true });
    await run('npm', ['ci', ...quiet], { cwd: folder });
    for (const lib of libs)
      await run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], {
        cwd: join(root, 'libs', lib),
      });
    const packed = (await readdir(folder)).filter((file) => file.endsWith('.tgz')).map((file) => `./${file}`);
    // A peer that does not fit is an error of ours.
    await run('npm', ['install', '--no-save', '--strict-peer-deps', ...quiet, ...packed], { cwd: folder });
    return consumer;
  } catch (error) {
    await consumer[Symbol.asyncDispose]();
    const { stderr = '' } = error as { stderr?: string };
    if (OFFLINE.test(stderr)) return 'the npm registry cannot be reached';
    throw error;
  }
}
