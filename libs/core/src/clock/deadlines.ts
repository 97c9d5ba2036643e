import type { Cancel, Clock } from './clock.js';

/** More distinct timeouts than this at once, and the surplus gets a timer each. */
const MOST_LANES = 64;

/** What {@link Deadlines} watches. The links live in the entry itself: watching and forgetting are O(1) without a Map. */
export abstract class Timed {
  /** The instant, by the monotonic clock, at which the entry expires. `Infinity`: never. */
  deadline = Infinity;
  /** @internal */ lane: Lane | undefined = undefined;
  /** @internal */ earlier: Timed | undefined = undefined;
  /** @internal */ later: Timed | undefined = undefined;
}

/** Entries of one timeout, which are therefore in the order of their deadlines. One timer, armed for the head. */
class Lane {
  head: Timed | undefined = undefined;
  tail: Timed | undefined = undefined;
  cancel: Cancel | undefined = undefined;

  constructor(readonly timeout: number) {}
}

/**
 * Many deadlines, few timers. Equal timeouts that begin one after the other end one after the other, so each distinct
 * timeout is a queue with a single timer:
 *
 *     30 000 ms   head ─ waiter ─ waiter ─ waiter ─ tail       one timer, for the head
 *        250 ms   head ─ waiter ─ tail                         one timer, for the head
 *
 * A timer that finds its head gone is armed again for the new head: watching an entry that settles in time costs two
 * pointer writes and no timer. The process is held alive exactly while something is watched.
 */
export class Deadlines<T extends Timed> {
  private readonly lanes = new Map<number, Lane>();
  /** Lanes of one entry each, for what is beyond the most. */
  private readonly surplus = new Set<Lane>();
  private recent: Lane | undefined;
  private watched = 0;
  private release: Cancel | undefined;

  /** @param expired - called for each entry whose deadline has passed, already forgotten; must not throw */
  constructor(
    private readonly clock: Clock,
    private readonly expired: (entry: T) => void,
  ) {}

  /** Watches `entry` for `timeout` from now on. `Infinity` is not watched. */
  watch(entry: T, timeout: number): void {
    if (timeout === Infinity) return;
    entry.deadline = this.clock.now() + timeout;
    const lane = this.laneFor(timeout);
    entry.lane = lane;
    entry.earlier = lane.tail;
    if (lane.tail) lane.tail.later = entry;
    else lane.head = entry;
    lane.tail = entry;
    if (!lane.cancel) this.arm(lane, timeout);
    if (this.watched++ === 0) this.release = this.clock.hold?.();
  }

  /** Stops watching `entry`; nothing happens if it is not watched. */
  forget(entry: T): void {
    const { lane, earlier, later } = entry;
    if (!lane) return;
    if (earlier) earlier.later = later;
    else lane.head = later;
    if (later) later.earlier = earlier;
    else lane.tail = earlier;
    entry.lane = entry.earlier = entry.later = undefined;
    if (--this.watched === 0) this.release?.();
    if (!lane.head && this.surplus.delete(lane)) lane.cancel?.();
  }

  /** Stops all timers. Entries still watched are forgotten without expiring. */
  clear(): void {
    for (const lane of [...this.lanes.values(), ...this.surplus]) {
      while (lane.head) this.forget(lane.head as T);
      lane.cancel?.();
    }
    this.lanes.clear();
    this.recent = undefined;
  }

  private laneFor(timeout: number): Lane {
    if (this.recent?.timeout === timeout) return this.recent;
    const known = this.lanes.get(timeout);
    if (known) return (this.recent = known);
    const lane = new Lane(timeout);
    if (this.lanes.size >= MOST_LANES) {
      this.surplus.add(lane);
      return lane;
    }
    this.lanes.set(timeout, lane);
    return (this.recent = lane);
  }

  private arm(lane: Lane, delay: number): void {
    lane.cancel = this.clock.schedule(delay, () => this.expire(lane));
  }

  private expire(lane: Lane): void {
    lane.cancel = undefined;
    const now = this.clock.now();
    while (lane.head && lane.head.deadline <= now) {
      const entry = lane.head as T;
      this.forget(entry);
      this.expired(entry);
    }
    if (lane.head && !lane.cancel) this.arm(lane, lane.head.deadline - now);
    else if (!lane.head) this.drop(lane);
  }

  private drop(lane: Lane): void {
    if (this.lanes.get(lane.timeout) === lane) this.lanes.delete(lane.timeout);
    if (this.recent === lane) this.recent = undefined;
  }
}
