import type { EventRecord } from './event-record.js';

/** What one resource repeats takes no more than this share of the ring, but never less than so many places. */
const SHARE = 1 / 20;
const FEWEST = 10;

/**
 * The latest records, as many as fit. In an outage a resource may repeat one event thousands of times; so that this does not
 * push out everything else, the oldest of what is repeated too often become one record that says how many it stands for:
 *
 *     share 3      a1 b2 a3 a4    + a5 ─►    b2 a3×2 a4 a5    + a6 ─►    b2 a4×3 a5 a6
 *
 * A record that stands for others keeps its own sequence, the last of theirs, so whoever has seen none of them still hears
 * of all.
 */
export class EventRing {
  /** By sequence, the oldest first. */
  private readonly records = new Map<number, EventRecord>();
  /** By type and resource: how many are kept, or their sequences, the oldest first, once they are too many. */
  private readonly alike = new Map<string, Map<string | undefined, number | number[]>>();
  private readonly share: number;
  /** No kept record has a smaller sequence. To ask the map for its first key would mean to pass over all that has left it. */
  private oldest = 1;
  private latest = 0;
  private lost = 0;

  constructor(private readonly capacity: number) {
    this.share = Math.max(FEWEST, Math.floor(capacity * SHARE));
  }

  /** Sequence of the newest record; 0 when there is none. */
  get last(): number {
    return this.latest;
  }

  /** Sequence of the oldest record of which there is still something to tell; 0 when there is none. */
  get first(): number {
    return this.latest === 0 ? 0 : this.lost + 1;
  }

  add(record: EventRecord): void {
    this.latest = record.sequence;
    this.records.set(record.sequence, record);
    this.count(record);
    if (this.records.size > this.capacity) this.dropOldest();
  }

  /** The kept records after `sequence`, oldest first. */
  after(sequence: number): EventRecord[] {
    if (this.latest - sequence > this.records.size) {
      return [...this.records.values()].filter((record) => record.sequence > sequence);
    }
    const result: EventRecord[] = [];
    for (let next = sequence + 1; next <= this.latest; next++) {
      const record = this.records.get(next);
      if (record) result.push(record);
    }
    return result;
  }

  private count({ type, resource, sequence }: EventRecord): void {
    const ofType = this.alike.get(type) ?? new Map<string | undefined, number | number[]>();
    if (ofType.size === 0) this.alike.set(type, ofType);
    const alike = ofType.get(resource) ?? 0;
    if (typeof alike !== 'number') this.mergeOldest(alike, sequence);
    else if (alike < this.share) ofType.set(resource, alike + 1);
    else ofType.set(resource, this.mergeOldest(this.sequencesOf(type, resource, sequence), sequence));
  }

  private sequencesOf(type: string, resource: string | undefined, before: number): number[] {
    const alike = [...this.records.values()].filter((record) => record.type === type && record.resource === resource);
    return alike.map(({ sequence }) => sequence).filter((sequence) => sequence < before);
  }

  /** Makes room among `alike` for the newest. */
  private mergeOldest(alike: number[], newest: number): number[] {
    alike.push(newest);
    if (alike.length <= this.share) return alike;
    const oldest = this.take(alike.shift());
    const next = this.records.get(alike[0] ?? 0);
    if (!oldest || !next) return alike;
    const repeated = (oldest.repeated ?? 1) + (next.repeated ?? 1);
    const merged = { ...next, repeated, repeatedSince: oldest.repeatedSince ?? oldest.timestamp };
    this.records.set(next.sequence, Object.freeze(merged));
    return alike;
  }

  private dropOldest(): void {
    while (!this.records.has(this.oldest)) this.oldest++;
    const oldest = this.take(this.oldest);
    if (!oldest) return;
    this.lost = oldest.sequence;
    const ofType = this.alike.get(oldest.type);
    const alike = ofType?.get(oldest.resource);
    if (typeof alike === 'object') alike.shift();
    const left = typeof alike === 'object' ? alike.length : (alike ?? 1) - 1;
    if (left === 0) ofType?.delete(oldest.resource);
    else if (typeof alike === 'number') ofType?.set(oldest.resource, left);
    if (ofType?.size === 0) this.alike.delete(oldest.type);
  }

  private take(sequence: number | undefined): EventRecord | undefined {
    const record = this.records.get(sequence ?? 0);
    if (record) this.records.delete(record.sequence);
    return record;
  }
}
