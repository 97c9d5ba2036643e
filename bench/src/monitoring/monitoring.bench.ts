import { overhead } from './overhead.js';
import { probes } from './probes.js';
import { scrape } from './scrape.js';

/** What being watched costs. */
export async function run(): Promise<void> {
  await overhead();
  await scrape();
  await probes();
}
