import { type EventRecord, ResourceEvents, ResourceManager } from '@nestjs-resources/core';
import { Injectable, Logger } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';

import { closedTooEarly } from './foreign-connections.js';
import { messages } from './resource.messages.js';

type Level = 'log' | 'warn' | 'error' | 'debug';

/** What is worth a line, and how loud. Calls and leases are not: they are figures, not news. */
const LEVELS: Readonly<Record<string, Level | ((record: EventRecord) => Level)>> = {
  // The trials of an outage, which may be several in a second, are no news.
  'breaker.state.changed': ({ from, to }) => (to === 'closed' ? 'log' : from === 'closed' ? 'warn' : 'debug'),
  'health.changed': ({ from, to }) => (to !== 'HEALTHY' ? 'warn' : from === 'UNKNOWN' ? 'debug' : 'log'),
  'resource.start.failed': 'error',
  'resource.start.late': 'warn',
  'resource.skipped': 'warn',
  'resource.close.failed': 'error',
  'breaker.mode.changed': 'warn',
  'health.flapping': 'warn',
  'pool.create.failed': 'warn',
  'pool.destroy.failed': 'warn',
  'pool.leak.suspected': 'warn',
  'pool.stalled': 'error',
  'task.failed': 'error',
  'resource.started': 'debug',
  'resource.closed': 'debug',
  'application.initialized': 'debug',
  'application.draining': 'log',
};

/** Tells through Nest's logger what happened to resources, and at the end everything in one line. */
@Injectable()
export class ResourceLog {
  private readonly logger = new Logger('ResourceModule');

  constructor(
    private readonly events: ResourceEvents,
    private readonly manager: ResourceManager,
    private readonly modules: ModulesContainer,
  ) {}

  mount(): void {
    for (const module of closedTooEarly(this.modules)) this.logger.warn(messages.closedTooEarly(module));
    this.events.subscribe((record) => this.write(record), { type: Object.keys(LEVELS) });
    this.events.subscribe(() => this.summarize(), { type: 'application.stopped' });
  }

  private write(record: EventRecord): void {
    const { type, resource, kind: _kind, sequence: _sequence, timestamp: _timestamp, ...details } = record;
    const whose = resource === undefined ? '' : ` '${resource}'`;
    this.logger[this.levelOf(record)](`${type}${whose}${describe(details)}`);
  }

  private levelOf(record: EventRecord): Level {
    // What is closed on purpose is not healthy any more, and that is no news.
    if (record.type === 'health.changed' && this.ending) return 'debug';
    const level = LEVELS[record.type] ?? 'log';
    return typeof level === 'function' ? level(record) : level;
  }

  private get ending(): boolean {
    const { phase } = this.manager;
    return phase === 'draining' || phase === 'stopping' || phase === 'stopped';
  }

  private summarize(): void {
    const { report } = this.manager;
    if (report) this.logger[report.clean ? 'log' : 'warn'](report.summary);
  }
}

/** `from closed to open: reason` and the like: short texts and numbers, in the order in which the event names them. */
function describe(details: Readonly<Record<string, unknown>>): string {
  const parts = Object.entries(details).flatMap(([key, value]) => {
    const shown = shownDetail(value);
    return shown === undefined ? [] : [`${key} ${shown}`];
  });
  return parts.length > 0 ? ` (${parts.join(', ')})` : '';
}

function shownDetail(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(Math.round(value * 10) / 10);
  if (typeof value === 'boolean') return String(value);
  const { message } = (value ?? {}) as { message?: unknown };
  return typeof message === 'string' ? message : undefined;
}
