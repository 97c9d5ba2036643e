/** Who saw it. Never the service itself: what it says of itself proves nothing. */
export type Witness = 'clients' | 'database' | 'gateway' | 'pg_stat_activity' | 'process';

/** One thing that was looked at in a step. */
export interface Finding {
  readonly what: string;
  readonly seen: string;
  readonly expected: string;
  readonly witness: Witness;
  readonly held: boolean;
}

/** Something that must be exactly so. */
export function exactly(what: string, witness: Witness, seen: number | string, expected: number | string): Finding {
  return { what, witness, seen: String(seen), expected: String(expected), held: seen === expected };
}

/** A figure that must not exceed a limit. */
export function atMost(what: string, witness: Witness, seen: number, limit: number): Finding {
  return { what, witness, seen: String(seen), expected: `≤ ${limit}`, held: seen <= limit };
}

/** A figure that must reach a limit, for example because nothing was proved otherwise. */
export function atLeast(what: string, witness: Witness, seen: number, limit: number): Finding {
  return { what, witness, seen: String(seen), expected: `≥ ${limit}`, held: seen >= limit };
}
