const AREAS: Readonly<Record<string, () => Promise<{ run(wanted: readonly string[]): Promise<void> }>>> = {
  pool: () => import('./pool/pool.bench.js'),
  breaker: () => import('./breaker/breaker.bench.js'),
  lifecycle: () => import('./lifecycle/lifecycle.bench.js'),
  monitoring: () => import('./monitoring/monitoring.bench.js'),
  typeorm: () => import('./typeorm/typeorm.bench.js'),
};

/** `npm run bench -- <area> [<case> …]`, or all of them. Not every area can run a case alone. */
const [wanted, ...cases] = process.argv.slice(2);
for (const [area, load] of Object.entries(AREAS)) {
  if (wanted !== undefined && wanted !== area) continue;
  process.stdout.write(`\n## ${area} (Node ${process.version})\n`);
  await (await load()).run(cases);
}
