import { describe, expect, it } from '@jest/globals';
import { ManualClock, ResourceEvents, type EventPattern, type HealthSummary } from '@nestjs-resources/core';

import { EventStream, type StreamSink } from './event-stream.js';
import { Ticker } from './ticker.js';

/** A client that can stop reading. */
class Client implements StreamSink {
  readonly texts: string[] = [];
  reading = true;
  ended = false;
  cut = false;
  private drained: (() => void) | undefined;

  write(text: string): boolean {
    this.texts.push(text);
    return this.reading;
  }

  once(_event: 'drain', listener: () => void): void {
    this.drained = listener;
  }

  end(): void {
    this.ended = true;
  }

  destroy(): void {
    this.cut = true;
  }

  readAgain(): void {
    this.reading = true;
    this.drained?.();
  }

  /** What was received: the name of each event, with the sequence. */
  get received(): string[] {
    return this.texts.map(
      (text) => /^id: (\d+)\nevent: (\w+)\ndata: (.+)\n\n$/.exec(text)?.slice(1, 3).join(' ') ?? text,
    );
  }
}

function bench({
  capacity = 100,
  filter = {},
  ticks = true,
}: { capacity?: number; filter?: EventPattern; ticks?: boolean } = {}) {
  const clock = new ManualClock();
  const events = new ResourceEvents({ clock, capacity });
  const client = new Client();
  const snapshot = () => ({ resourceCount: 1 }) as HealthSummary;
  const options = { events, clock, heartbeat: 15_000, patience: 60_000, snapshot, filter, ticks };
  const stream = new EventStream(client, options);
  let leased = 0;
  const smtp = () => ({ kind: 'pool', health: 'HEALTHY' as const, figures: { leased, idle: 1 } });
  const ticker = new Ticker(() => ({ timestamp: clock.wallNow(), resources: { smtp: smtp() } }));
  /** A second passes, in which one more is leased. @returns what the client was told of it */
  const tick = (): unknown => {
    leased++;
    const before = client.texts.length;
    stream.tick(ticker.next());
    const [text] = client.texts.slice(before);
    return text === undefined ? undefined : JSON.parse(/^event: tick\ndata: (.+)\n\n$/.exec(text)?.[1] ?? 'null');
  };
  const happen = (type: string, count = 1) => {
    for (let left = count; left > 0; left--) events.publish({ resource: 'smtp' }, { type });
  };
  return { clock, events, client, stream, happen, tick };
}

describe('EventStream', () => {
  it('begins with a snapshot and goes on with each event as it happens', () => {
    const { client, stream, happen } = bench();
    happen('pool.started', 3);
    stream.begin();
    happen('pool.resized');
    expect(client.received).toEqual(['3 snapshot', '4 event']);
    expect(client.texts[1]).toContain('"type":"pool.resized"');
  });

  it('tells a client that was here before what it has missed', () => {
    const { client, stream, happen } = bench();
    happen('pool.started', 3);
    stream.begin(1);
    expect(client.received).toEqual(['2 event', '3 event']);
  });

  it('begins anew when too much was missed, or the id is of another life of the process', () => {
    const lost = bench({ capacity: 2 });
    lost.happen('pool.started', 5);
    lost.stream.begin(1);
    expect(lost.client.received).toEqual(['5 reset']);

    const restarted = bench();
    restarted.happen('pool.started');
    restarted.stream.begin(1_000);
    expect(restarted.client.received).toEqual(['1 snapshot']);
  });

  it('gives only what the filter wants, and does not lose its place because of the rest', () => {
    const { client, stream, happen } = bench({ capacity: 2, filter: { type: 'breaker.*' } });
    stream.begin();
    happen('pool.resized', 10);
    happen('breaker.reset');
    expect(client.received).toEqual(['0 snapshot', '11 event']);
  });

  it('writes nothing while the client does not read, and goes on where it stopped', () => {
    const { client, stream, happen } = bench();
    stream.begin();
    client.reading = false;
    happen('pool.resized', 3);
    expect(client.received).toEqual(['0 snapshot', '1 event']);
    client.readAgain();
    expect(client.received).toEqual(['0 snapshot', '1 event', '2 event', '3 event']);
  });

  it('tells a client that was slower than the ring to begin anew', () => {
    const { client, stream, happen } = bench({ capacity: 2 });
    stream.begin();
    client.reading = false;
    happen('pool.resized', 10);
    client.readAgain();
    expect(client.received).toEqual(['0 snapshot', '1 event', '10 reset']);
  });

  it('shows that it is alive while nothing happens, but not to a client that does not read', async () => {
    const { clock, client, stream, happen } = bench();
    stream.begin();
    await clock.advance(30_000);
    expect(client.received.slice(1)).toEqual([': alive\n\n', ': alive\n\n']);
    client.reading = false;
    happen('pool.resized');
    await clock.advance(60_000);
    expect(client.received).toHaveLength(4);
  });

  it('leaves no timer and no listener behind when it ends', async () => {
    const { clock, client, stream, happen } = bench();
    stream.begin();
    stream.end();
    stream.end();
    happen('pool.resized');
    await clock.advance(60_000);
    expect([client.received, client.ended, clock.pending]).toEqual([['0 snapshot'], true, 0]);
  });

  it('tells the figures of each second: all at first, then what has changed', () => {
    const { stream, tick } = bench();
    stream.begin();
    expect(tick()).toMatchObject({ full: true, resources: { smtp: { figures: { leased: 1, idle: 1 } } } });
    expect(tick()).toMatchObject({ full: false, resources: { smtp: { kind: 'pool', figures: { leased: 2 } } } });
  });

  it('drops the figures of seconds in which the client does not read, and begins anew with all of them', () => {
    const { client, stream, happen, tick } = bench();
    stream.begin();
    tick();
    client.reading = false;
    happen('pool.resized');
    expect([tick(), tick()]).toEqual([undefined, undefined]);
    client.readAgain();
    expect(tick()).toMatchObject({ full: true, resources: { smtp: { figures: { leased: 4, idle: 1 } } } });
    expect(tick()).toMatchObject({ full: false });
  });

  it('tells no figures to who does not want them', () => {
    const { stream, tick } = bench({ ticks: false });
    stream.begin();
    expect(tick()).toBeUndefined();
  });

  it('holds no more than one message for a client that has stopped reading, and cuts it off after a minute', async () => {
    const { clock, client, stream, happen, tick } = bench();
    stream.begin();
    client.reading = false;
    happen('pool.resized', 500);
    for (let second = 0; second < 100; second++) tick();
    expect(client.texts).toHaveLength(2);
    await clock.advance(59_999);
    expect(client.cut).toBe(false);
    await clock.advance(1);
    expect([client.cut, client.ended, clock.pending]).toEqual([true, false, 0]);
  });

  it('is patient anew with each message', async () => {
    const { clock, client, stream, happen } = bench();
    stream.begin();
    for (let minute = 0; minute < 5; minute++) {
      client.reading = false;
      happen('pool.resized');
      await clock.advance(45_000);
      client.readAgain();
    }
    expect(client.cut).toBe(false);
  });

  it('cuts off who does not read when it ends, because a server waits for what is still to be sent', () => {
    const { client, stream, happen } = bench();
    stream.begin();
    client.reading = false;
    happen('pool.resized');
    stream.end();
    expect([client.cut, client.ended]).toEqual([true, false]);
  });
});
