import { ResourceError } from '@nestjs-resources/core';
import type { ConnectionSource } from '../session/connection-source.js';
import { OneAtATime } from '../session/one-at-a-time.js';

/** More connections of one pool are needed at once than it has: it would wait for itself. Code `NOT_ENOUGH_CONNECTIONS`. */
export class NotEnoughConnectionsError extends ResourceError {
  constructor(
    readonly needed: number,
    readonly maxSize: number,
  ) {
    super(
      `${needed} connections of one pool are needed at once, which has ${maxSize}. Put work into fewer sessions, or raise maxSize.`,
      { code: 'NOT_ENOUGH_CONNECTIONS' },
    );
  }
}

/** Who takes several connections of a pool, and the place of the pool in the order of all. */
interface Place {
  readonly order: number;
  readonly turns: OneAtATime;
}

const places = new WeakMap<ConnectionSource, Place>();
let last = 0;

/**
 * Takes several connections, of one pool or of several, so that no two takers wait for what the other holds: of each pool one
 * at a time takes several, and all ask for the pools in the same order.
 *
 * @param sources - one for each connection that is needed
 * @throws {NotEnoughConnectionsError}
 */
export async function takeSeveral<T>(
  sources: readonly ConnectionSource[],
  signal: AbortSignal | undefined,
  take: () => Promise<T>,
): Promise<T> {
  const pools = [...new Set(sources)];
  for (const pool of pools) assertEnough(pool, sources.filter((source) => source === pool).length);
  const taken: OneAtATime[] = [];
  try {
    for (const { turns } of pools.map(placeOf).sort((a, b) => a.order - b.order)) {
      await turns.enter({ signal });
      taken.push(turns);
    }
    return await take();
  } finally {
    for (const turns of taken) turns.leave();
  }
}

function assertEnough({ maxSize = Infinity }: ConnectionSource, needed: number): void {
  if (needed > maxSize) throw new NotEnoughConnectionsError(needed, maxSize);
}

function placeOf(source: ConnectionSource): Place {
  let place = places.get(source);
  if (!place) places.set(source, (place = { order: ++last, turns: new OneAtATime() }));
  return place;
}
