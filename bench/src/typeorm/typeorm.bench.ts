import { keep, machine, print, table } from '../pool/report.js';
import type { Estimate } from '../interval.js';
import { Contestant, type Repeated, type Way, WAYS } from './contestant.js';
import { OPERATIONS } from './operations.js';
import { type Plan, planOf } from './plan.js';
import { type Recovery, restartUnder } from './restart.js';
import { type DatabaseType, type Server, serverClass } from './servers.js';
import { compare, type Comparison } from './throughput.js';

const POOL_SIZE = 10;
const SHORT_SESSIONS = 10_000;
/** Milliseconds for which each contestant does each operation before anything is measured. */
const WARM_UP = 300;

/** TypeORM on our pool beside TypeORM on its driver's pool, and what sessions cost. */
export async function run(wanted: readonly string[]): Promise<void> {
  const plan = planOf(wanted);
  process.stdout.write(`${machine()}\n`);
  for (const type of plan.types) {
    const Server = await serverClass(type);
    const missing = Server.missing();
    if (missing === undefined) await measure(type, await Server.start(), plan);
    else print(type, `Not measured: ${missing}.`);
  }
}

async function measure(type: DatabaseType, server: Server, plan: Plan): Promise<void> {
  const contestants: Contestant[] = [];
  try {
    for (const way of WAYS) contestants.push(await Contestant.start(way, type, server.url, POOL_SIZE));
    const comparisons = await compareAll(contestants, plan);
    if (comparisons.length > 0) showComparisons(type, comparisons, plan);
    const different = contestants.filter(({ way }) => way !== 'context');
    if (plan.sessions)
      for (const each of different) showRepeated(each.way, await each.repeat('select', SHORT_SESSIONS));
    const recoveries = plan.restart ? await restartUnder(different, server) : [];
    if (plan.restart) showRecoveries(type, recoveries);
    keep(`typeorm-${type}`, { comparisons, recoveries });
  } finally {
    for (const contestant of contestants) await contestant.end();
    await server.stop();
  }
}

async function compareAll(contestants: readonly Contestant[], plan: Plan): Promise<Comparison[]> {
  const comparisons: Comparison[] = [];
  for (const operation of plan.operations) {
    for (const contestant of contestants) await contestant.load(operation, POOL_SIZE, WARM_UP);
    for (const clients of plan.clients) comparisons.push(await compare(contestants, operation, clients, plan));
  }
  return comparisons;
}

function showComparisons(type: DatabaseType, comparisons: readonly Comparison[], { rounds, duration }: Plan): void {
  const head = [
    '',
    'clients',
    'stock, ops/s',
    'ours ÷ stock (95 %)',
    'session ÷ stock (95 %)',
    'session ÷ context (95 %)',
    'CPU µs: stock',
    'context',
    'ours',
    'session',
  ];
  const rows = comparisons.map(({ operation, clients, rates, ours, session, sessionInContext, cpu }) => [
    OPERATIONS[operation],
    String(clients),
    rates.stock.toFixed(0),
    shown(ours),
    shown(session),
    shown(sessionInContext),
    ...WAYS.map((way) => cpu[way].toFixed(1)),
  ]);
  print(`${type}: pool of ${POOL_SIZE}, ${rounds} rounds of ${duration} ms`, table(head, rows));
}

function shown({ median, low, high }: Estimate): string {
  return `${median.toFixed(2)} (${low.toFixed(2)} – ${high.toFixed(2)})`;
}

function showRepeated(way: Way, { took, heap, inUse }: Repeated): void {
  const kilobytes = (heap / 1_000).toFixed(0);
  process.stdout.write(
    `\n${SHORT_SESSIONS} × SELECT 1, one after another, ${way}: ${took.toFixed(0)} ms, ${inUse} in use afterwards, ${kilobytes} KB of heap left\n`,
  );
}

function showRecoveries(type: DatabaseType, recoveries: readonly Recovery[]): void {
  const head = ['', 'calls that failed', 'crashes', 'ms from ready to no more failures'];
  const rows = recoveries.map(({ way, failures, crashes, took }) => [way, failures, crashes, took].map(String));
  print(`${type}: the server is killed, away for a second, and started again`, table(head, rows));
}
