import { describe, expect, it, jest } from '@jest/globals';

import { ManualClock } from '../clock/manual-clock.js';
import type { EventRecord } from './event-record.js';
import { ResourceEvents } from './resource-events.js';

const source = { resource: 'smtp', kind: 'pool' };

function setUp(capacity = 1_000): { events: ResourceEvents; heard: string[]; hear: (record: EventRecord) => void } {
  const events = new ResourceEvents({ capacity, clock: new ManualClock(0, 1_000) });
  const heard: string[] = [];
  return { events, heard, hear: ({ sequence, type }) => void heard.push(`${sequence} ${type}`) };
}

describe('events', () => {
  it('are numbered, dated and told at once', () => {
    const { events, heard, hear } = setUp();
    events.subscribe(hear);
    const record = events.publish(source, { type: 'pool.started', size: 2 });
    expect(record).toEqual({
      sequence: 1,
      timestamp: 1_000,
      resource: 'smtp',
      kind: 'pool',
      type: 'pool.started',
      size: 2,
    });
    events.publish({}, { type: 'application.ready' });
    expect(heard).toEqual(['1 pool.started', '2 application.ready']);
    expect(events.lastSequence).toBe(2);
  });

  it('contain no secret', () => {
    const { events } = setUp();
    const error = new Error('connect postgres://me:hunter2@db failed');
    const record = events.publish(source, { type: 'pool.create.failed', error, password: 'hunter2' });
    expect(JSON.stringify(record)).not.toContain('hunter2');
    expect(record).toMatchObject({ error: { name: 'Error' }, password: '***' });
  });

  it('cannot be dressed up by their details', () => {
    const { events } = setUp();
    const record = events.publish(source, { type: 'pool.started', sequence: 99, resource: 'other' });
    expect(record).toMatchObject({ sequence: 1, resource: 'smtp', ofEvent: { sequence: 99, resource: 'other' } });
    const nobodys = events.publish({}, { type: 'pool.started', resource: 'other' });
    expect([nobodys.resource, nobodys.ofEvent]).toEqual([undefined, { resource: 'other' }]);
    expect(Object.isFrozen(record)).toBe(true);
  });

  it('are counted by the stream alone, and keep a `repeated` of their own', () => {
    const { events } = setUp(20);
    for (let i = 0; i < 25; i++)
      events.publish(source, { type: 'mail.bounced', repeated: i, repeatedSince: 7, to: 'me' });
    const [first, ...others] = events.since(0);
    const ofEvent = (repeated: number): object => ({ to: 'me', ofEvent: { repeated, repeatedSince: 7 } });
    expect(first).toMatchObject({ repeated: 16, repeatedSince: 1_000, ...ofEvent(15) });
    expect(others).toMatchObject(Array.from({ length: 9 }, (_, index) => ofEvent(index + 16)));
    expect(others.filter((record) => 'repeated' in record || 'repeatedSince' in record)).toEqual([]);
  });

  it.each([null, undefined, 5, 'pool.started', {}, { type: '' }, { type: 5 }])('are no %p', (event) => {
    const { events } = setUp();
    const words = 'ResourceEvents.publish: event: must be an object with a non-empty text as its type, got ';
    expect(() => events.publish(source, event as never)).toThrow(words);
    expect(() => events.publish(null as never, { type: 'ok' })).toThrow('source: must be an object');
    expect(events.lastSequence).toBe(0);
  });

  it.each([null, 5, {}, () => undefined])('are not of a type %p', (type) => {
    const { events, hear } = setUp();
    expect(() => events.subscribe(hear, { type } as never)).toThrow('type: must be a text or several, got');
  });

  it.each([null, 5, 'pool.*', ['pool.*']])('are not filtered by %p', (filter) => {
    const { events, hear } = setUp();
    expect(() => events.subscribe(hear, filter as never)).toThrow('Filter of events: must be an object with options');
    expect(() => new ResourceEvents(filter as never)).toThrow('ResourceEvents: must be an object with options');
  });

  it('are filtered by type, beginning of a type, resource, kind or a function', () => {
    const { events } = setUp();
    const count = (filter: Parameters<typeof events.since>[1]): number => events.since(0, filter).length;
    events.publish(source, { type: 'pool.started' });
    events.publish({ resource: 'pay', kind: 'breaker' }, { type: 'breaker.state.changed' });
    events.publish({ resource: 'pay', kind: 'breaker' }, { type: 'breaker.reset' });
    expect(count({ type: 'breaker.*' })).toBe(2);
    expect(count({ type: ['pool.*', 'breaker.reset'] })).toBe(2);
    expect(count({ type: 'breaker' })).toBe(0);
    expect(count({ resource: 'pay', type: 'breaker.reset' })).toBe(1);
    expect(count({ kind: 'pool' })).toBe(1);
    expect(count(({ sequence }) => sequence > 1)).toBe(2);
    expect(count({ type: '*' })).toBe(3);
  });

  it('are kept, as many as fit', () => {
    const { events } = setUp(3);
    for (let number = 1; number <= 5; number++) events.publish({}, { type: `e${number}` });
    expect([events.firstSequence, events.lastSequence]).toEqual([3, 5]);
    expect(events.since(0).map(({ type }) => type)).toEqual(['e3', 'e4', 'e5']);
    expect(events.since(4).map(({ type }) => type)).toEqual(['e5']);
    expect(events.since(5)).toEqual([]);
    expect(events.since(99)).toEqual([]);
  });

  it('that one resource repeats do not push out the others, and every listener hears each', () => {
    const { events, heard, hear } = setUp();
    const outage = { resource: 'payments', kind: 'breaker' };
    events.publish({}, { type: 'application.ready' });
    events.publish(outage, { type: 'breaker.state.changed', to: 'open' });
    events.subscribe(hear);
    for (let call = 1; call <= 10_000; call++) events.publish(outage, { type: 'breaker.rejected', call });
    events.publish(source, { type: 'pool.started' });

    expect(heard).toHaveLength(10_001);
    const kept = events.since(0);
    expect(kept.map(({ type }) => type)).toEqual([
      'application.ready',
      'breaker.state.changed',
      ...Array<string>(50).fill('breaker.rejected'),
      'pool.started',
    ]);
    const rejected = kept.filter(({ type }) => type === 'breaker.rejected');
    const { sequence, timestamp } = rejected[0] as EventRecord;
    expect(rejected[0]).toMatchObject({ sequence: 9_953, call: 9_951, repeated: 9_951, repeatedSince: 1_000 });
    expect(timestamp).toBe(1_000);
    expect(rejected.slice(1).map(({ call }) => call)).toEqual(Array.from({ length: 49 }, (_, index) => 9_952 + index));
    expect(rejected.slice(1).every(({ repeated }) => repeated === undefined)).toBe(true);
    // Nobody has missed anything, and whoever was away hears of all that came meanwhile.
    expect(events.firstSequence).toBe(1);
    expect(events.since(sequence - 1)).toHaveLength(51);
    expect(events.since(5_000)).toHaveLength(51);
    expect(events.since(10_002).map(({ type }) => type)).toEqual(['pool.started']);
  });

  it('that are repeated are counted whatever comes between them', () => {
    const { events } = setUp(40);
    for (let round = 0; round < 1_000; round++)
      for (const resource of ['a', 'b', 'c']) events.publish({ resource }, { type: 'breaker.rejected' });
    const kept = events.since(0);
    expect(kept).toHaveLength(30);
    expect(kept.reduce((sum, { repeated = 1 }) => sum + repeated, 0)).toBe(3_000);
    expect(kept.map(({ sequence }) => sequence)).toEqual(
      kept.map(({ sequence }) => sequence).toSorted((a, b) => a - b),
    );
  });

  it('reach each listener in their order, also those that a listener causes', () => {
    const { events, heard, hear } = setUp();
    events.subscribe(({ type }) => void (type === 'first' && events.publish({}, { type: 'second' })));
    events.subscribe(hear);
    events.publish({}, { type: 'first' });
    expect(heard).toEqual(['1 first', '2 second']);
  });

  it('go on although a listener or its filter throws, or its promise rejects', () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const { events, heard, hear } = setUp();
    events.subscribe(() => {
      throw new Error('no');
    });
    events.subscribe(hear, () => {
      throw new Error('no');
    });
    events.subscribe((() => Promise.reject(new Error('no'))) as () => void);
    events.subscribe(hear);
    events.publish({}, { type: 'a' });
    expect(heard).toEqual(['1 a']);
    expect(warn).toHaveBeenCalledTimes(2);
    warn.mockRestore();
  });

  it('end for a listener when it wants, also during an event', () => {
    const { events, heard, hear } = setUp();
    const stop = events.subscribe((record) => {
      hear(record);
      stop();
    });
    events.publish({}, { type: 'a' });
    events.publish({}, { type: 'b' });
    expect(heard).toEqual(['1 a']);
  });
});

describe('iteration', () => {
  it('gives what happens from now on, and ends with the events', async () => {
    const { events } = setUp();
    events.publish({}, { type: 'before' });
    const iterator = events[Symbol.asyncIterator]();
    events.publish({}, { type: 'a' });
    expect(await iterator.next()).toMatchObject({ done: false, value: { type: 'a' } });
    const waiting = iterator.next();
    events.publish({}, { type: 'b' });
    expect(await waiting).toMatchObject({ value: { type: 'b' } });
    events.publish({}, { type: 'c' });
    events.close();
    const rest: string[] = [];
    for await (const { type } of iterator) rest.push(type);
    expect(rest).toEqual(['c']);
  });

  it('drops the oldest for a slow reader, and counts', async () => {
    const { events } = setUp(2);
    const iterator = events.iterate({ type: 'e*' });
    for (let number = 1; number <= 5; number++) events.publish({}, { type: `e${number}` });
    expect(iterator.dropped).toBe(3);
    expect((await iterator.next()).value).toMatchObject({ type: 'e4' });
  });

  it('leaves nothing behind when the reader leaves', async () => {
    const { events } = setUp();
    for (let number = 0; number < 3; number++) {
      const iterator = events.iterate();
      events.publish({}, { type: 'a' });
      for await (const record of iterator) if (record.type === 'a') break;
      expect(await iterator.next()).toEqual({ done: true, value: undefined });
    }
    events.close();
    await expect(events.iterate()[Symbol.asyncIterator]().return?.()).resolves.toMatchObject({ done: true });
  });

  it('ends at once for who comes after the close', async () => {
    const { events } = setUp();
    events.close();
    expect(await events.iterate().next()).toEqual({ done: true, value: undefined });
    events.publish({}, { type: 'late' });
    expect(events.since(0)).toHaveLength(1);
  });
});

describe('the types of events', () => {
  it('say the details of a known type, and narrow several', () => {
    const { events } = setUp();
    const took: number[] = [];
    const told: string[] = [];
    events.subscribe((record) => void took.push(record.took), { type: 'resource.started' });
    events.subscribe(
      (record) => void told.push(record.type === 'resource.skipped' ? record.because : `${record.delay}`),
      { type: ['resource.skipped', 'task.restarting'] },
    );
    events.publish(source, { type: 'resource.started', took: 5 });
    events.publish(source, { type: 'resource.skipped', because: 'db' });
    events.publish(source, { type: 'task.restarting', delay: 7 });
    const summaries: string[] = events.since(0, { type: 'application.stopped' }).map(({ summary }) => summary);
    expect([took, told, summaries]).toEqual([[5], ['db', '7'], []]);
  });
});
