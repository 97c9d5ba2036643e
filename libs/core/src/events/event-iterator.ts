import type { EventRecord } from './event-record.js';

/** Iterates over events as they happen. */
export interface EventIterator extends AsyncIterableIterator<EventRecord> {
  /** How many records were dropped because the reader was slower than the events. */
  readonly dropped: number;
}

/**
 * Joins a fast writer and a reader that takes its time. At most `capacity` records wait for the reader; when there are more,
 * the oldest is dropped and counted. Either records wait or readers do, never both.
 */
export class BufferedEvents implements EventIterator {
  private readonly records: EventRecord[] = [];
  private readonly readers: ((result: IteratorResult<EventRecord>) => void)[] = [];
  private lost = 0;
  private over = false;

  /** @param ended - told once, when nobody reads any more */
  constructor(
    private readonly capacity: number,
    private readonly ended: () => void,
  ) {}

  get dropped(): number {
    return this.lost;
  }

  push(record: EventRecord): void {
    const reader = this.readers.shift();
    if (reader) return reader({ done: false, value: record });
    this.records.push(record);
    if (this.records.length <= this.capacity) return;
    this.records.shift();
    this.lost++;
  }

  /** No more will come. What waits can still be read. */
  end(): void {
    this.over = true;
    for (const reader of this.readers.splice(0)) reader({ done: true, value: undefined });
  }

  next(): Promise<IteratorResult<EventRecord>> {
    const record = this.records.shift();
    if (record) return Promise.resolve({ done: false, value: record });
    if (this.over) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => this.readers.push(resolve));
  }

  return(): Promise<IteratorResult<EventRecord>> {
    this.records.length = 0;
    this.end();
    this.ended();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
