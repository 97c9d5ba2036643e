import { type Estimate, median, ratio } from '../interval.js';
import type { Contestant, Way } from './contestant.js';
import type { Round } from './load.js';
import type { Operation } from './operations.js';
import type { Plan } from './plan.js';

/** What an operation costs with some clients, each way. */
export interface Comparison {
  readonly operation: Operation;
  readonly clients: number;
  readonly rates: Readonly<Record<Way, number>>;
  readonly cpu: Readonly<Record<Way, number>>;
  /** Throughput over that of stock. */
  readonly ours: Estimate;
  readonly session: Estimate;
}

/** The contestants in turn, round after round, each round beginning with another one. */
export async function compare(
  contestants: readonly Contestant[],
  operation: Operation,
  clients: number,
  { rounds, duration }: Plan,
): Promise<Comparison> {
  const measured: Record<Way, Round[]> = { stock: [], ours: [], session: [] };
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < contestants.length; turn++) {
      const contestant = contestants[(round + turn) % contestants.length] as Contestant;
      measured[contestant.way].push(await contestant.load(operation, clients, duration));
    }
  }
  const { stock, ours, session } = measured;
  return {
    operation,
    clients,
    rates: { stock: median(rates(stock)), ours: median(rates(ours)), session: median(rates(session)) },
    cpu: { stock: median(cpu(stock)), ours: median(cpu(ours)), session: median(cpu(session)) },
    ours: ratio(rates(ours), rates(stock)),
    session: ratio(rates(session), rates(stock)),
  };
}

function rates(rounds: readonly Round[]): number[] {
  return rounds.map(({ rate }) => rate);
}

function cpu(rounds: readonly Round[]): number[] {
  return rounds.map(({ cpu: each }) => each);
}
