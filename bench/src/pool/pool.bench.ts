import { BURST_ROUNDS, CASES, LONG_ROUNDS, SHORT_ROUNDS, type Finding } from './cases.js';
import { keep, machine, print, table, type Verdict } from './report.js';

/**
 * Everything the pool is judged by, beside its peers, in one run; or, `npm run bench -- pool many growth`, only some of it.
 */
export async function run(wanted: readonly string[]): Promise<void> {
  const unknown = wanted.filter((name) => !(name in CASES));
  if (unknown.length > 0) throw new Error(`No case ${unknown.join(', ')}; there are ${Object.keys(CASES).join(', ')}.`);
  process.stdout.write(
    `\n${machine()}; acquire timeouts on, median of ${SHORT_ROUNDS} short, ${LONG_ROUNDS} long or ${BURST_ROUNDS} burst rounds, interleaved\n`,
  );
  const found: Record<string, Finding> = {};
  for (const [name, measure] of Object.entries(CASES)) {
    if (wanted.length === 0 || wanted.includes(name)) found[name] = await measure();
  }
  const verdicts = Object.values(found).flatMap((finding) => finding.verdicts);
  showVerdicts(verdicts);
  keep('pool', { ...found, verdicts });
}

function showVerdicts(verdicts: readonly Verdict[]): void {
  const rows = verdicts.map((each) => [
    each.case,
    each.ours,
    each.fastestPeer,
    each.figure.toFixed(2),
    each.target,
    each.reached ? 'yes' : 'NO',
  ]);
  print('Targets', table(['case', 'ours', 'fastest peer', 'figure', 'to reach', 'reached'], rows));
}
