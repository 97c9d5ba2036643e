import type { EventRecord } from './event-record.js';

/**
 * The latest records, as many as fit. The place of a record follows from its sequence, so the ring is never searched:
 *
 *     capacity 4, sequences 3 to 6      [ 5 │ 6 │ 3 │ 4 ]      place of 6 = (6 - 1) % 4
 */
export class EventRing {
  private readonly records: EventRecord[] = [];
  private latest = 0;

  constructor(private readonly capacity: number) {}

  /** Sequence of the newest record; 0 when there is none. */
  get last(): number {
    return this.latest;
  }

  /** Sequence of the oldest record that is still kept; 0 when there is none. */
  get first(): number {
    return this.latest === 0 ? 0 : Math.max(1, this.latest - this.capacity + 1);
  }

  add(record: EventRecord): void {
    this.latest = record.sequence;
    this.records[(record.sequence - 1) % this.capacity] = record;
  }

  /** The kept records after `sequence`, oldest first. */
  after(sequence: number): EventRecord[] {
    const result: EventRecord[] = [];
    for (let next = Math.max(sequence + 1, this.first); next <= this.latest; next++) {
      const record = this.records[(next - 1) % this.capacity];
      if (record) result.push(record);
    }
    return result;
  }
}
