import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const root = fileURLToPath(new URL('../..', import.meta.url));

const tsconfig = { compilerOptions: { target: 'es2023', module: 'nodenext', strict: true }, include: ['**/*.ts'] };

/** A file that the linter must refuse, and the rule that refuses it. */
const forbidden: [sentence: string, file: string, code: string, rule: string][] = [
  ['a room of core imports a room right of it', 'libs/core/src/breaker/a.ts', `import '../pool/x.js';`, 'restricted'],
  [
    'a room of core imports a type from the right',
    'libs/core/src/clock/a.ts',
    `export type { X } from '../task/x.js';`,
    'restricted',
  ],
  ['a room of core imports the public surface', 'libs/core/src/registry/a.ts', `import '../index.js';`, 'restricted'],
  ['core imports NestJS', 'libs/core/src/lifecycle/a.ts', `import '@nestjs/common';`, 'restricted'],
  ['core imports cockatiel outside of the engine', 'libs/core/src/breaker/b.ts', `import 'cockatiel';`, 'restricted'],
  [
    'core reaches across by a relative path',
    'libs/core/src/pool/a.ts',
    `import '../../../nest/src/x.js';`,
    'restricted',
  ],
  ['nest imports a side lib', 'libs/nest/src/a.ts', `import '@nestjs-resources/typeorm';`, 'restricted'],
  ['nest imports a sub-path of an unlisted package', 'libs/nest/src/d.ts', `import 'zod/promises';`, 'restricted'],
  ['nest imports an unlisted package', 'libs/nest/src/b.ts', `import 'zod';`, 'restricted'],
  [
    'a side lib imports another side lib',
    'libs/typeorm/src/a.ts',
    `import '@nestjs-resources/monitoring';`,
    'restricted',
  ],
  [
    'a side lib reaches across dynamically',
    'libs/monitoring/src/a.ts',
    `await import('../../core/src/index.js');`,
    'restricted',
  ],
  ['a side lib imports the application', 'libs/testing/src/a.ts', `import '../../../src/main.js';`, 'restricted'],
  ['a lib imports a test tool outside of specs', 'libs/nest/src/c.ts', `import '@jest/globals';`, 'restricted'],
  ['the application imports a lib by path', 'src/a.ts', `import '../libs/core/src/index.js';`, 'restricted'],
  ['a promise floats', 'libs/core/src/task/a.ts', `export const a = (): void => { Promise.resolve(1); };`, 'floating'],
  [
    'a promise is used as a condition',
    'src/b.ts',
    `export const b = (p: Promise<boolean>): number => (p ? 1 : 2);`,
    'misused',
  ],
  [
    'files import each other',
    'src/cycle-a.ts',
    `import { b } from './cycle-b.js';\nexport const a = (): number => b();`,
    'cycle',
  ],
];

const allowed: [file: string, code: string][] = [
  [
    'libs/core/src/pool/good.ts',
    `import 'node:events';\nimport '../breaker/x.js';\nimport '../clock/x.js';\nimport './x.js';`,
  ],
  [
    'libs/core/src/pool/good.spec.ts',
    `import '@jest/globals';\nimport 'fast-check';\nimport '../clock/x.js';\nimport './good.js';`,
  ],
  ['libs/core/src/task/good.ts', `import 'node:timers/promises';\nimport 'node:fs/promises';`],
  ['libs/nest/src/timers.ts', `import 'node:timers/promises';`],
  ['libs/core/src/breaker/breaker-engine.ts', `import 'cockatiel';`],
  ['libs/core/src/index.ts', `export * from './pool/x.js';`],
  ['libs/nest/src/good.ts', `import '@nestjs-resources/core';\nimport '@nestjs/common';\nimport './decorators/x.js';`],
  ['libs/nest/src/good.spec.ts', `import '@nestjs/testing';\nimport 'supertest';`],
  ['libs/typeorm/src/session/good.ts', `import '@nestjs-resources/nest';\nimport 'typeorm';\nimport '../driver/x.js';`],
  ['src/cycle-b.ts', `import { a } from './cycle-a.js';\nexport const b = (): number => a();`],
  ['src/good.ts', `import '@nestjs-resources/nest';\nimport 'zod';`],
];

describe('the linter', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nestjs-resources-layers-'));
  let findings = new Map<string, string[]>();

  beforeAll(() => {
    for (const name of ['.oxlintrc.json', '.gitignore']) cpSync(join(root, name), join(folder, name));
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig));
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'dir');
    for (const [file, code] of [...forbidden.map(([, file, code]) => [file, code] as const), ...allowed]) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), `${code}\n`);
    }
    findings = lint(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(forbidden)('refuses when %s', (_sentence, file, _code, rule) => {
    expect(findings.get(file)).toEqual([expect.stringContaining(rule)]);
  });

  it.each(allowed.filter(([file]) => !file.includes('cycle')))('accepts %s', (file) => {
    expect(findings.get(file)).toBeUndefined();
  });
});

function lint(folder: string): Map<string, string[]> {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, 'node_modules/oxlint/bin/oxlint'), '--disable-nested-config', '--format', 'json'],
    { cwd: folder, encoding: 'utf8' },
  );
  if (!stdout.startsWith('{')) throw new Error(`oxlint did not run: ${stdout}${stderr}`);
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { filename: string; code: string }[] };
  const findings = new Map<string, string[]>();
  for (const { filename, code } of diagnostics) findings.set(filename, [...(findings.get(filename) ?? []), code]);
  return findings;
}
