import {
  type Cancel,
  type EventPattern,
  inCleanContext,
  repeat,
  ResourceEvents,
  ResourceManager,
  ResourceMonitor,
  Semaphore,
  systemClock,
} from '@nestjs-resources/core';
import { Inject, Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';

import { fittingSummary } from '../http/fitting-summary.js';
import { RequestRefused } from '../http/problem.js';
import type { CheckedMonitoringOptions } from '../monitoring-options.js';
import { MONITORING_OPTIONS } from '../monitoring.tokens.js';
import { EventStream, type StreamSink } from './event-stream.js';
import { Ticker } from './ticker.js';

const HEARTBEAT = 15_000;
const TICK = 1_000;
const PATIENCE = 60_000;

/** What a client wants to hear. */
export interface Wish {
  readonly filter: EventPattern;
  readonly ticks: boolean;
  /** Sequence of the last event it has got. */
  readonly lastSeen: number | undefined;
}

/**
 * All open streams. They end when the application begins to drain: an open stream would keep the server from closing.
 * Figures are read once a second for all of them, and not at all while nobody listens.
 */
@Injectable()
export class EventStreams implements OnModuleInit, OnModuleDestroy {
  private readonly open = new Set<EventStream>();
  private readonly room: Semaphore;
  private stopListening: (() => void) | undefined = undefined;
  private stopTicking: Cancel | undefined = undefined;

  constructor(
    @Inject(MONITORING_OPTIONS) { streams }: CheckedMonitoringOptions,
    private readonly events: ResourceEvents,
    private readonly monitor: ResourceMonitor,
    private readonly manager: ResourceManager,
  ) {
    this.room = new Semaphore(streams);
  }

  onModuleInit(): void {
    this.stopListening = this.events.subscribe(() => this.endAll(), { type: 'application.draining' });
  }

  /** Also when nobody says that the application drains. */
  onModuleDestroy(): void {
    this.stopListening?.();
    this.endAll();
  }

  /** Takes a place for a client. @throws {RequestRefused} 503 when there is none, or the application ends */
  admit(): void {
    const { phase } = this.manager;
    const ending = phase === 'draining' || phase === 'stopping' || phase === 'stopped';
    if (ending) throw new RequestRefused(503, 'The application is shutting down.', { code: 'SHUTTING_DOWN' });
    if (this.room.tryTake()) return;
    throw new RequestRefused(503, `All ${this.room.limit} streams are taken. Come back later, or poll the events.`, {
      code: 'STREAMS_EXHAUSTED',
      headers: { 'Retry-After': '30' },
    });
  }

  /** Serves a client that was admitted, until `closed` is called. */
  serve(sink: StreamSink, { filter, ticks, lastSeen }: Wish): { readonly closed: () => void } {
    const stream = new EventStream(sink, {
      events: this.events,
      clock: systemClock,
      heartbeat: HEARTBEAT,
      patience: PATIENCE,
      snapshot: () => fittingSummary(this.monitor.getHealthSummary()),
      filter,
      ticks,
    });
    this.open.add(stream);
    this.stopTicking ??= this.beginTicking();
    stream.begin(lastSeen);
    return { closed: () => this.leave(stream) };
  }

  private beginTicking(): Cancel {
    const ticker = new Ticker(() => this.monitor.getFigures());
    return inCleanContext(() =>
      repeat(systemClock, TICK, () => {
        const pair = ticker.next();
        for (const stream of this.open) stream.tick(pair);
      }),
    );
  }

  private leave(stream: EventStream): void {
    stream.end();
    if (this.open.delete(stream)) this.room.give();
    if (this.open.size > 0) return;
    this.stopTicking?.();
    this.stopTicking = undefined;
  }

  private endAll(): void {
    for (const stream of this.open) this.leave(stream);
  }
}
