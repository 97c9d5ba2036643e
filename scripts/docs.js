import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import * as core from '@nestjs-resources/core';
import { sessionDefaultsTable } from '@nestjs-resources/typeorm';
import prettier from 'prettier';

/** `npm run docs` writes the reference of all options from the tables that check them. */
const PAGES = [
  {
    page: 'pool',
    of: 'a pool',
    table: core.poolOptionTable,
    more: '../pool.md',
    spec: 'libs/core/src/pool/pool-options.spec.ts',
  },
  { page: 'breaker', of: 'a circuit breaker', table: core.circuitBreakerOptionTable, more: '../breaker.md' },
  { page: 'task', of: 'a background task', table: core.backgroundTaskOptionTable, more: '../lifecycle.md' },
  {
    page: 'sessions',
    of: 'the sessions of a data source',
    table: sessionDefaultsTable,
    more: '../sessions.md',
    spec: 'libs/typeorm/src/session/session-options.spec.ts',
  },
  { page: 'monitor', of: 'the monitor', table: core.monitorOptionTable, more: '../health.md' },
];

const folder = new URL('../docs/options/', import.meta.url);
await mkdir(folder, { recursive: true });
for (const page of PAGES) {
  const file = fileURLToPath(new URL(`${page.page}.md`, folder));
  const options = await prettier.resolveConfig(file);
  await writeFile(file, await prettier.format(await render(page), { ...options, filepath: file }));
}

async function render({ of, table, more, spec }) {
  const tests = spec ? (await readFile(new URL(`../${spec}`, import.meta.url), 'utf8')).split('\n') : [];
  const rows = core.describeOptions(table).map((row) => {
    const texts = [row.accepts, row.absent, row.description].map(cell);
    return `| \`${row.option}\` | ${[...texts, ...(spec ? [linkTo(row)] : [])].join(' | ')} |`;
  });
  const guarded = spec ? ['guarded by |', ' --- |'] : ['', ''];
  const head = [`| option | accepts | if left out | | ${guarded[0]}`, `| --- | --- | --- | --- |${guarded[1]}`];
  return [
    `# Options of ${of}`,
    `Written by \`npm run docs\` from the table that checks them. Durations are milliseconds, rates are percent. What they are for: [here](${more}).`,
    [...head, ...rows].join('\n'),
    '',
  ].join('\n\n');

  /** The test named after the option, which fails if the option does nothing. A group is guarded by what is in it. */
  function linkTo({ option, accepts }) {
    if (accepts === 'options') return '';
    const line = tests.find((text) => /^ +it\(['"]/.test(text) && text.trim().slice(4).startsWith(`${option}: `));
    if (!line) throw new Error(`No test in ${spec} is named after the option '${option}'.`);
    const name = /it\((['"])(.*?)\1, /.exec(line)[2];
    return `[${cell(name.slice(option.length + 2))}](../../${spec})`;
  }
}

function cell(text) {
  return text.replaceAll('|', '\\|');
}
