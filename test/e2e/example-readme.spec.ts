import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from '@jest/globals';
import { root } from './example-service.js';

/** What the thirty lines take for granted. */
const WORLD = `
import { type CanActivate, Injectable, Module } from '@nestjs/common';
import { CircuitBreaker, type ConnectionPool, definePool, InjectPool, ResourceModule } from '@nestjs-resources/nest';
import { ResourceMonitoringModule } from '@nestjs-resources/monitoring';
import { SessionFactory, TypeOrmResourceModule } from '@nestjs-resources/typeorm';
class Order { id!: number; }
class AdminGuard implements CanActivate { canActivate(): boolean { return true; } }
interface SmtpClient { send(text: string): Promise<void>; noop(): Promise<void>; quit(): Promise<void> }
declare function openSmtp(signal: AbortSignal): Promise<SmtpClient>;
declare function charge(order: Order): Promise<string>;
`;

/** As `nest new` sets up the compiler. */
const COMPILER =
  '--ignoreConfig --noEmit --strict --skipLibCheck --target es2023 --lib es2023,esnext.disposable --module nodenext --types node ' +
  '--experimentalDecorators --emitDecoratorMetadata';

it('the thirty lines of the README compile', () => {
  const [, code = ''] = /## Thirty lines[^]*?```ts\n([^]*?)```/.exec(readFileSync(`${root}/README.md`, 'utf8')) ?? [];
  expect(code).toContain('AppModule');
  // Inside the project, so that packages resolve as they do for its application.
  const folder = mkdtempSync(join(root, 'dist', 'readme-'));
  writeFileSync(join(folder, 'app.ts'), WORLD + code);
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const { stdout } = spawnSync(process.execPath, [compiler, ...COMPILER.split(' '), 'app.ts'], {
    cwd: folder,
    encoding: 'utf8',
  });
  rmSync(folder, { recursive: true });
  expect(stdout).toBe('');
}, 60_000);

const pages = ['README.md', 'CONTRIBUTING.md', ...markdownIn('docs')];

it.each(pages)('every page that %s links to exists', (page) => {
  const text = readFileSync(join(root, page), 'utf8');
  const targets = [...text.matchAll(/\]\((?!https?:)([^)#\s]+)/g)].map(([, target = '']) => target);
  expect(targets.filter((target) => !existsSync(join(root, dirname(page), target)))).toEqual([]);
});

function markdownIn(folder: string): string[] {
  const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith('.md')).map((name) => join(folder, name));
}
