import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

const root = fileURLToPath(new URL('../..', import.meta.url));
const libs = readdirSync(`${root}/libs`).filter((name) => existsSync(`${root}/libs/${name}/package.json`));

/** Runs a script in a process of its own, as a user's application would, far from Jest's module loader. */
function run(code: string, type: 'module' | 'commonjs' = 'module'): string {
  return execFileSync(process.execPath, [`--input-type=${type}`, '--eval', code], {
    cwd: root,
    encoding: 'utf8',
  }).trim();
}

function entries(lib: string): string[] {
  const manifest = JSON.parse(readFileSync(`${root}/libs/${lib}/package.json`, 'utf8')) as { exports: object };
  return Object.keys(manifest.exports)
    .filter((entry) => entry !== './package.json')
    .map((entry) => `@nestjs-resources/${lib}${entry.slice(1)}`);
}

describe.each(libs)('@nestjs-resources/%s', (lib) => {
  it.each(entries(lib))('gives %s to import, from its build', (entry) => {
    expect(run(`await import('${entry}'); console.log(import.meta.resolve('${entry}'))`)).toContain(
      `/libs/${lib}/dist/`,
    );
  });

  it.each(entries(lib))('gives %s to require, the same', (entry) => {
    const compare = `import('${entry}').then((esm) => console.log(require('${entry}') === esm))`;
    expect(run(compare, 'commonjs')).toBe('true');
  });

  it.each(['/dist/index.js', '/src/index.ts', '/dist/index'])('does not resolve %s inside itself', (path) => {
    const code = run(`console.log(await import('@nestjs-resources/${lib}${path}').then(() => 'found', (e) => e.code))`);
    expect(code).toBe('ERR_PACKAGE_PATH_NOT_EXPORTED');
  });

  it('has types for every entry', () => {
    const manifest = JSON.parse(readFileSync(`${root}/libs/${lib}/package.json`, 'utf8')) as {
      exports: Record<string, string | { types: string }>;
    };
    const types = Object.values(manifest.exports).flatMap((entry) => (typeof entry === 'string' ? [] : [entry.types]));
    expect(types.filter((path) => !existsSync(`${root}/libs/${lib}/${path}`))).toEqual([]);
  });
});
