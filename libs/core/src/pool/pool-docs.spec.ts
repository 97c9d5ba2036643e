import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

import { describeOptions } from '../options/describe-options.js';
import { poolOptionTable } from './pool-options.table.js';

const root = new URL('../../../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

/** The names of the tests in a file. */
function testsIn(path: string): readonly string[] {
  if (!existsSync(new URL(path, root))) return [];
  return [...read(path).matchAll(/\bit(?:\.each\(.*?\))?\((['"])(.*?)\1,/g)].map(([, , name = '']) => name);
}

/** The rows of the tables of a page: the texts of their cells. */
function rowsOf(page: string): readonly string[][] {
  const lines = read(page).split('\n');
  const rows = lines.filter(
    (line, at) => line.startsWith('|') && !/^\| -{3}/.test(line) && !(lines[at + 1] ?? '').startsWith('| -'),
  );
  return rows.map((line) =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

describe('the pages about the pool are true', () => {
  it('every option names the test that guards it', () => {
    const spec = 'libs/core/src/pool/pool-options.spec.ts';
    const tests = testsIn(spec);
    const rows = new Map(rowsOf('docs/options/pool.md').map((cells) => [cells[0], cells.at(-1) ?? '']));
    const unguarded = describeOptions(poolOptionTable)
      .filter(({ accepts }) => accepts !== 'options')
      .filter(({ option }) => {
        const [, name, file] = /^\[(.*)\]\(\.\.\/\.\.\/(.*)\)$/.exec(rows.get(`\`${option}\``) ?? '') ?? [];
        return file !== spec || !tests.includes(`${option}: ${name}`);
      });
    expect(unguarded.map(({ option }) => option)).toEqual([]);
  });

  it('every feature of ours leads to a test of that name', () => {
    const rows = rowsOf('docs/pool-features.md');
    expect(rows.length).toBeGreaterThan(70);
    const wrong = rows.filter(([, ours = '']) => {
      const [, file, , name] = /\]\(\.\.\/(\S+) (['"])(.*)\2\)$/.exec(ours) ?? [];
      return file === undefined ? !WITHOUT_TEST.test(ours) : !testsIn(file).includes(name ?? '');
    });
    expect(wrong.map(([feature]) => feature)).toEqual([]);
  });
});

/** What is not there, or is the business of another library. */
const WITHOUT_TEST = /^(?:not yet|– |.*`@nestjs-resources\/\w+`$)/;
