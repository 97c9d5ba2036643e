import type { Clock, EventPattern, EventRecord, HealthSummary, ResourceEvents } from '@nestjs-resources/core';

import { tickFor, type TickPair } from './ticker.js';

/** Where a stream is written to: what Node's response can do, no more. */
export interface StreamSink {
  /** @returns false when it would rather be written to after `drain` */
  write(text: string): boolean;
  once(event: 'drain', listener: () => void): unknown;
  end(): unknown;
  /** Cuts the connection, with whatever is still to be sent. */
  destroy(): unknown;
}

export interface EventStreamOptions {
  readonly events: ResourceEvents;
  readonly clock: Clock;
  /** Milliseconds between two signs of life while nothing happens. */
  readonly heartbeat: number;
  /** Milliseconds a client may take to read what it was sent, before it is cut off. */
  readonly patience: number;
  readonly snapshot: () => HealthSummary;
  readonly filter: EventPattern;
  /** Whether it gets figures each second, too. */
  readonly ticks: boolean;
}

/**
 * Events as one client sees them: first a snapshot, or what it has missed since it last heard, then each event as it
 * happens, and the figures of each second.
 *
 * Invariant: nothing is written while the client does not read. What happens meanwhile waits in the ring of the events; if it
 * waits there for too long it is overwritten, and the client is told to begin anew with `reset` and a snapshot. Ticks do not
 * wait: the next one that is sent is a full one. A slow client costs nothing but its connection, and one that has stopped
 * reading not even that for long.
 */
export class EventStream {
  private sequence: number;
  private blocked = false;
  private over = false;
  /** Whether it has not got the tick before, so that changes alone would mislead it. */
  private behind = true;
  private stopListening: (() => void) | undefined = undefined;
  private stopHeartbeat: (() => void) | undefined = undefined;
  private stopPatience: (() => void) | undefined = undefined;

  constructor(
    private readonly sink: StreamSink,
    private readonly options: EventStreamOptions,
  ) {
    this.sequence = options.events.lastSequence;
  }

  /** @param lastSeen - sequence of the last event the client has got, from `Last-Event-ID` */
  begin(lastSeen?: number): void {
    const { events } = this.options;
    if (lastSeen === undefined || lastSeen > events.lastSequence) this.writeSnapshot('snapshot');
    else this.sequence = lastSeen;
    this.stopListening = events.subscribe(() => this.flush());
    this.beat();
    this.flush();
  }

  /** Sends the figures of this second, unless the client is still busy with what it has got. */
  tick({ full, changes }: TickPair): void {
    if (!this.options.ticks || this.over) return;
    const missed = this.blocked;
    if (!missed) {
      const tick = tickFor(this.behind ? full : changes, this.options.filter);
      this.write(`event: tick\ndata: ${JSON.stringify(tick)}\n\n`);
    }
    this.behind = missed;
  }

  /** Ends it, for whatever reason; once. What a client does not read must not keep the server from closing. */
  end(): void {
    if (this.over) return;
    this.over = true;
    this.stopListening?.();
    this.stopHeartbeat?.();
    this.stopPatience?.();
    if (this.blocked) this.sink.destroy();
    else this.sink.end();
  }

  private flush(): void {
    const { events, filter } = this.options;
    if (this.blocked || this.over) return;
    if (this.sequence + 1 < events.firstSequence) this.writeSnapshot('reset');
    for (const record of events.since(this.sequence, filter)) {
      this.writeEvent(record);
      if (this.blocked) return;
    }
    // What the filter has passed over need not be looked at again.
    this.sequence = events.lastSequence;
  }

  private writeEvent(record: EventRecord): void {
    this.sequence = record.sequence;
    this.write(`id: ${record.sequence}\nevent: event\ndata: ${JSON.stringify(record)}\n\n`);
  }

  private writeSnapshot(name: 'snapshot' | 'reset'): void {
    this.sequence = this.options.events.lastSequence;
    this.write(`id: ${this.sequence}\nevent: ${name}\ndata: ${JSON.stringify(this.options.snapshot())}\n\n`);
  }

  private beat(): void {
    const { clock, heartbeat } = this.options;
    this.stopHeartbeat = clock.schedule(heartbeat, () => {
      if (!this.blocked) this.write(': alive\n\n');
      this.beat();
    });
  }

  private write(text: string): void {
    if (this.sink.write(text)) return;
    const { clock, patience } = this.options;
    this.blocked = true;
    this.stopPatience = clock.schedule(patience, () => this.end());
    this.sink.once('drain', () => {
      this.stopPatience?.();
      this.blocked = false;
      this.flush();
    });
  }
}
