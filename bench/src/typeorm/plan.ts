import { type Operation, OPERATIONS } from './operations.js';
import type { DatabaseType } from './servers.js';

/** What beside operations can be measured alone. */
const EXTRAS = ['sessions', 'restart'] as const;
const TYPES: readonly DatabaseType[] = ['postgres', 'mariadb'];

/** What shall be measured, and how often. */
export interface Plan {
  readonly types: readonly DatabaseType[];
  readonly operations: readonly Operation[];
  readonly clients: readonly number[];
  readonly rounds: number;
  /** Milliseconds of each contestant in each round. */
  readonly duration: number;
  readonly sessions: boolean;
  readonly restart: boolean;
}

/** Whatever is not named is measured: `postgres transaction --clients=10 --rounds=31 --duration=200`. */
export function planOf(wanted: readonly string[]): Plan {
  const named = <Name extends string>(names: readonly Name[]): Name[] => names.filter((name) => wanted.includes(name));
  const types = named(TYPES);
  const operations = named(Object.keys(OPERATIONS) as Operation[]);
  const extras = named(EXTRAS);
  const all = operations.length + extras.length === 0;
  return {
    types: types.length > 0 ? types : TYPES,
    operations: all ? (Object.keys(OPERATIONS) as Operation[]) : operations,
    clients: numbers(wanted, 'clients') ?? [1, 10, 100],
    rounds: numbers(wanted, 'rounds')?.[0] ?? 9,
    duration: numbers(wanted, 'duration')?.[0] ?? 150,
    sessions: all || extras.includes('sessions'),
    restart: all || extras.includes('restart'),
  };
}

function numbers(wanted: readonly string[], name: string): number[] | undefined {
  const given = wanted.find((each) => each.startsWith(`--${name}=`));
  return given
    ?.slice(name.length + 3)
    .split(',')
    .map(Number);
}
