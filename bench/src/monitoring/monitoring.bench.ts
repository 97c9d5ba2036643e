import { overhead } from './overhead.js';
import { probes } from './probes.js';
import { scrape } from './scrape.js';

const CASES: Readonly<Record<string, () => Promise<void>>> = { overhead, scrape, probes };

/** What being watched costs; or, `npm run bench -- monitoring probes`, only some of it. */
export async function run(wanted: readonly string[] = []): Promise<void> {
  const unknown = wanted.filter((name) => !(name in CASES));
  if (unknown.length > 0) throw new Error(`No case ${unknown.join(', ')}; there are ${Object.keys(CASES).join(', ')}.`);
  for (const [name, measureCase] of Object.entries(CASES)) {
    if (wanted.length === 0 || wanted.includes(name)) await measureCase();
  }
}
