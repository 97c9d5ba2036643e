/** How a pool is made for a case. All of them wait at most 30 s, where they can limit waiting at all. */
export interface PoolSize {
  /** Resources that exist before the case begins. @default 0 */
  readonly warm?: number;
  readonly max: number;
  /** Milliseconds a creation takes. @default 0: the resource is there at once, or in the next microtask */
  readonly createTime?: number;
  /** How many may wait, where there is such a limit. */
  readonly queue?: number;
}

/**
 * One pool behind the same few verbs. The loops are written out for each pool, so that each has call sites of its own and is
 * measured as the compiler would treat it in an application that uses this pool alone.
 */
export interface Contestant {
  /** Acquires and releases, one after the other. */
  readonly alone: (times: number) => Promise<void>;
  /** The same, holding the resource for a turn of the microtask queue. */
  readonly worker: (times: number) => Promise<void>;
  readonly acquire: () => Promise<unknown>;
  readonly release: (resource: never) => void;
  /** Resources that exist now. */
  readonly size: () => number;
  readonly close: () => Promise<void>;
}

export interface Entry {
  readonly name: string;
  readonly open: (size: PoolSize) => Contestant;
}

export class Thing {
  static made = 0;
  readonly id = Thing.made++;
}

/** Makes a resource for a peer that wants a promise. */
export function makeThing(createTime: number): () => Promise<Thing> {
  if (createTime === 0) return () => Promise.resolve(new Thing());
  return () => new Promise((resolve) => setTimeout(() => resolve(new Thing()), createTime));
}

/** Opens a pool with its warm resources. */
export async function openWarm(entry: Entry, size: PoolSize): Promise<Contestant> {
  const pool = entry.open(size);
  const taken = await Promise.all(Array.from({ length: size.warm ?? 0 }, () => pool.acquire()));
  for (const resource of taken) pool.release(resource as never);
  return pool;
}

/** Awaited, it lets the microtasks that are due run. */
export const turn: Promise<void> = Promise.resolve();
