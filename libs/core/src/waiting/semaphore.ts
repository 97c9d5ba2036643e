import type { Permits } from './permits.js';

/** Counted permits with a limit that can be moved. Knows nothing of waiting: put a {@link WaitingLine} in front. */
export class Semaphore implements Permits {
  private taken = 0;
  private readonly listeners = new Set<() => void>();

  /** @param most - a whole number of at least 1, or `Infinity` */
  constructor(private most: number) {}

  get limit(): number {
    return this.most;
  }

  /** How many are out. May exceed the limit after it has shrunk. */
  get inUse(): number {
    return this.taken;
  }

  tryTake(): boolean {
    if (this.taken >= this.most) return false;
    this.taken++;
    return true;
  }

  give(): void {
    if (this.taken === 0) throw new RangeError('A permit was given back that nobody had taken.');
    this.taken--;
    if (this.taken < this.most) this.announceRoom();
  }

  /** Moves the limit. Room that this makes is announced. */
  resize(limit: number): void {
    const grown = limit > this.most;
    this.most = limit;
    if (grown && this.taken < limit) this.announceRoom();
  }

  onRoom(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  private announceRoom(): void {
    for (const listener of this.listeners) listener();
  }
}
