import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import * as core from '@nestjs-resources/core';
import prettier from 'prettier';

/** `npm run docs` writes the reference of all options from the tables that check them. */
const PAGES = [
  { page: 'pool', of: 'a pool', table: core.poolOptionTable, more: '../pool.md' },
  { page: 'breaker', of: 'a circuit breaker', table: core.circuitBreakerOptionTable, more: '../breaker.md' },
  { page: 'task', of: 'a background task', table: core.backgroundTaskOptionTable, more: '../lifecycle.md' },
  { page: 'monitor', of: 'the monitor', table: core.monitorOptionTable, more: '../health.md' },
];

const folder = new URL('../docs/options/', import.meta.url);
await mkdir(folder, { recursive: true });
for (const page of PAGES) {
  const file = fileURLToPath(new URL(`${page.page}.md`, folder));
  const options = await prettier.resolveConfig(file);
  await writeFile(file, await prettier.format(render(page), { ...options, filepath: file }));
}

function render({ of, table, more }) {
  const rows = core
    .describeOptions(table)
    .map((row) => `| \`${row.option}\` | ${[row.accepts, row.absent, row.description].map(cell).join(' | ')} |`);
  return [
    `# Options of ${of}`,
    `Written by \`npm run docs\` from the table that checks them. Durations are milliseconds, rates are percent. What they are for: [here](${more}).`,
    ['| option | accepts | if left out | |', '| --- | --- | --- | --- |', ...rows].join('\n'),
    '',
  ].join('\n\n');
}

function cell(text) {
  return text.replaceAll('|', '\\|');
}
