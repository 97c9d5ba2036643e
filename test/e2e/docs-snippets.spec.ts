import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, expect, it } from '@jest/globals';
import ts from 'typescript';
import { root } from './example-service.js';

/** As `nest new` sets up the compiler. */
const COMPILER: ts.CompilerOptions = {
  noEmit: true,
  strict: true,
  skipLibCheck: true,
  target: ts.ScriptTarget.ES2023,
  lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
  module: ts.ModuleKind.NodeNext,
  types: ['node'],
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
};

/** Where a name comes from that an example neither declares nor imports: the first that has it. */
const MODULES = [
  '@nestjs-resources/nest',
  '@nestjs-resources/core',
  '@nestjs-resources/typeorm',
  '@nestjs-resources/monitoring',
  '@nestjs-resources/monitoring/opentelemetry',
  '@nestjs-resources/testing',
  '@nestjs/common',
  '@nestjs/config',
  '@nestjs/core',
  '@nestjs/terminus',
  '@nestjs/testing',
  '@nestjs/typeorm',
  'typeorm',
  '@jest/globals',
  'node:timers/promises',
  './world.js',
];

/** Names of two modules, of which an example means the one that would come second, and of its page only. */
const MEANT: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'docs/breaker.md': { CircuitBreaker: '@nestjs-resources/core' },
  'docs/nest.md': { HealthCheck: '@nestjs/terminus' },
};

/** What an example may be: part of a method, a whole file, members of a class, or things in a list. The first that parses. */
const FORMS: readonly ((code: string) => string)[] = [
  (code) => `export class Snippet extends Surroundings {\nasync snippet(): Promise<void> {\n${code}\n}\n}`,
  (code) => `${code}\nexport {};`,
  (code) => `export abstract class Snippet extends Surroundings {\n${code}\n}`,
  (code) => `export const snippet = [\n${code}\n];`,
];

interface Snippet {
  /** Page and line, for whoever has to mend it. */
  readonly where: string;
  readonly page: string;
  readonly code: string;
}

mkdirSync(join(root, 'dist'), { recursive: true });
// Inside the project, so that packages resolve as they do for its application.
const folder = mkdtempSync(join(root, 'dist', 'snippets-'));
afterAll(() => rmSync(folder, { recursive: true }));

const snippets = pages().flatMap(snippetsOf);

it('every example of the documentation compiles, as it stands', () => {
  writeFileSync(join(folder, 'world.ts'), readFileSync(join(root, 'test/support/snippet-world.ts')));
  writeFileSync(
    join(folder, 'all.ts'),
    MODULES.map((from) => `import * as _${MODULES.indexOf(from)} from '${from}';`).join('\n'),
  );
  const modules = ts.createProgram([join(folder, 'all.ts')], COMPILER);
  const homes = homesOf(modules);
  const files = snippets.map((snippet, index) => {
    const file = join(folder, `snippet-${index}.ts`);
    writeFileSync(file, whole(snippet, homes));
    return file;
  });
  const program = ts.createProgram([...files, join(folder, 'world.ts')], COMPILER, undefined, modules);
  const mistakes = files.flatMap((file, index) =>
    ts.getPreEmitDiagnostics(program, program.getSourceFile(file)).map((diagnostic) => {
      const text = ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n');
      const line = diagnostic.file?.text.slice(diagnostic.start).split('\n', 1)[0];
      return `${snippets[index]?.where}: ${text}   at: ${line}`;
    }),
  );
  expect(mistakes).toEqual([]);
  expect(snippets.length).toBeGreaterThan(40);
}, 240_000);

/** The example as a file of its own, with the imports it takes for granted. */
function whole({ page, code }: Snippet, homes: ReadonlyMap<string, string>): string {
  // An ellipsis stands for whatever fits.
  const complete = code.replaceAll(/\{ … \}|…/g, 'undefined as never');
  const isFile = /^(?:import|export) /m.test(code);
  const formed =
    FORMS.slice(isFile ? 1 : 0)
      .map((form) => form(complete))
      .find(parses) ?? complete;
  const own = declaredIn(formed);
  const names = new Set(formed.match(/[A-Za-z_$][\w$]*/g));
  const imports = [...names].flatMap((name) => {
    const from = MEANT[page]?.[name] ?? homes.get(name);
    return from && !own.has(name) ? [`import { ${name} } from '${from}';`] : [];
  });
  return [...imports, formed].join('\n');
}

function parses(code: string): boolean {
  return ts.transpileModule(code, { reportDiagnostics: true, compilerOptions: COMPILER }).diagnostics?.length === 0;
}

/** Names that the outermost level of a file declares or imports. What an inner block declares hides an import by itself. */
function declaredIn(code: string): Set<string> {
  const names = new Set<string>();
  const file = ts.createSourceFile('snippet.ts', code, ts.ScriptTarget.ES2023, true);
  const visit = (node: ts.Node): void => {
    if (ts.isImportSpecifier(node) || ts.isImportClause(node)) if (node.name) names.add(node.name.text);
    if ((ts.isClassDeclaration(node) || ts.isVariableDeclaration(node)) && node.name && ts.isIdentifier(node.name))
      if (node.parent === file || ts.isVariableDeclarationList(node.parent)) names.add(node.name.text);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return names;
}

/** The module of each name. */
function homesOf(program: ts.Program): Map<string, string> {
  const checker = program.getTypeChecker();
  const homes = new Map<string, string>();
  const importing = program.getSourceFile(join(folder, 'all.ts'));
  for (const statement of importing?.statements ?? []) {
    if (!ts.isImportDeclaration(statement)) continue;
    const from = (statement.moduleSpecifier as ts.StringLiteral).text;
    const symbol = checker.getSymbolAtLocation(statement.moduleSpecifier);
    if (!symbol) throw new Error(`${from} was not found.`);
    for (const { name } of checker.getExportsOfModule(symbol)) if (!homes.has(name)) homes.set(name, from);
  }
  return homes;
}

function pages(): string[] {
  const docs = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
  const libs = readdirSync(join(root, 'libs')).map((lib) => join('libs', lib, 'README.md'));
  return ['README.md', ...docs.map((name) => join('docs', name)), ...libs];
}

function snippetsOf(page: string): Snippet[] {
  const text = readFileSync(join(root, page), 'utf8');
  return [...text.matchAll(/^```ts\n([^]*?)^```/gm)].map(({ index, 1: code = '' }) => {
    const line = text.slice(0, index).split('\n').length;
    return { page, code, where: `${relative('.', page)}:${line}` };
  });
}
