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
  /** Throughput over that of stock where AsyncLocalStorage is in use anyway. */
  readonly sessionInContext: Estimate;
}

/** The contestants in turn, round after round, each round beginning with another one. */
export async function compare(
  contestants: readonly Contestant[],
  operation: Operation,
  clients: number,
  { rounds, duration }: Plan,
): Promise<Comparison> {
  const measured: Record<Way, Round[]> = { stock: [], context: [], ours: [], session: [] };
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < contestants.length; turn++) {
      const contestant = contestants[(round + turn) % contestants.length] as Contestant;
      measured[contestant.way].push(await contestant.load(operation, clients, duration));
    }
  }
  const { stock, context, ours, session } = measured;
  return {
    operation,
    clients,
    rates: medians(measured, ({ rate }) => rate),
    cpu: medians(measured, ({ cpu }) => cpu),
    ours: ratio(rates(ours), rates(stock)),
    session: ratio(rates(session), rates(stock)),
    sessionInContext: ratio(rates(session), rates(context)),
  };
}

function rates(rounds: readonly Round[]): number[] {
  return rounds.map(({ rate }) => rate);
}

function medians(measured: Readonly<Record<Way, Round[]>>, figure: (round: Round) => number): Record<Way, number> {
  const { stock, context, ours, session } = measured;
  const of = (rounds: readonly Round[]): number => median(rounds.map(figure));
  return { stock: of(stock), context: of(context), ours: of(ours), session: of(session) };
}
