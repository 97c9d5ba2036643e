import {
  type ConnectionPool,
  errorText,
  redactText,
  ResourceEvents,
  ResourceMonitor,
  ResourceRegistry,
  systemClock,
} from '@nestjs-resources/core';
import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';

import { RequestRefused } from '../http/problem.js';
import type { CheckedMonitoringOptions } from '../monitoring-options.js';
import { MONITORING_OPTIONS } from '../monitoring.tokens.js';
import type { BreakerStateBody, DrainBody, OverrideBody, ReasonBody, ResizeBody } from './action-body.js';
import { Overrides } from './overrides.js';
import { breakerNamed, poolNamed } from './targets.js';

const DRAIN_TIMEOUT = 30_000;

/** What was done, as it is told to those who read the events and the log. */
interface Action {
  readonly action: string;
  readonly who: string;
  readonly reason?: string;
  readonly from?: unknown;
  readonly to?: unknown;
  readonly ttl?: number;
}

/** What an operator may do to what runs. Everything is told: an event and a line in the log. */
@Injectable()
export class OperatorActions implements OnModuleDestroy {
  private readonly logger = new Logger('ResourceMonitoringModule');
  private readonly overrides = new Overrides(systemClock);
  private readonly ttl: number;

  constructor(
    @Inject(MONITORING_OPTIONS) { admin }: CheckedMonitoringOptions,
    private readonly registry: ResourceRegistry,
    private readonly monitor: ResourceMonitor,
    private readonly events: ResourceEvents,
  ) {
    this.ttl = admin?.ttl ?? Infinity;
  }

  onModuleDestroy(): void {
    this.overrides.clear();
  }

  /** Runs a check now. @throws {RequestRefused} 409 while an earlier run hangs */
  async check(name: string, who: string): Promise<unknown> {
    if (this.monitor.getResource(name).check?.hanging) {
      throw new RequestRefused(409, `The last check of '${name}' still has not ended.`, { resource: name });
    }
    await this.monitor.refresh(name);
    this.tell(name, { action: 'check', who });
    const { health, reason, check } = this.monitor.getResource(name);
    return { name, health, ...(reason === undefined ? undefined : { reason }), check };
  }

  setBreakerState(name: string, { state, reason, ttl = this.ttl }: BreakerStateBody, who: string): unknown {
    const breaker = breakerNamed(this.registry, name);
    const from = { state: breaker.state, mode: breaker.mode };
    if (state === 'closed') breaker.reset();
    // The engine is the lasting state; what overrules it ends by itself.
    else breaker.setMode(state, state === 'auto' ? { reason } : { reason, ttl });
    const to = { state: breaker.state, mode: breaker.mode };
    const lasts = state === 'auto' || state === 'closed' ? undefined : { ttl };
    this.tell(name, { action: 'breaker.state', who, reason, from, to, ...lasts });
    return { name, ...to, ...lasts };
  }

  resize(name: string, { reason, ttl = this.ttl, ...bounds }: ResizeBody, who: string): unknown {
    const pool = poolNamed(this.registry, name);
    const from = boundsOf(pool);
    pool.resize(bounds);
    this.overrides.begin(`bounds ${name}`, ttl, () => this.revert(name, pool, 'resize', () => pool.resize(from)));
    this.tell(name, { action: 'pool.resize', who, reason, from, to: boundsOf(pool), ttl });
    return { name, ...boundsOf(pool), ttl };
  }

  async evict(name: string, { reason }: ReasonBody, who: string): Promise<unknown> {
    const evicted = await poolNamed(this.registry, name).evict();
    this.tell(name, { action: 'pool.evict', who, reason, to: evicted });
    return { name, evicted };
  }

  suspend(name: string, { reason, ttl = this.ttl }: OverrideBody, who: string): unknown {
    const pool = poolNamed(this.registry, name);
    const from = pool.state;
    pool.suspend();
    this.reopenAfter(name, pool, ttl);
    this.tell(name, { action: 'pool.suspend', who, reason, from, to: pool.state, ttl });
    return { name, state: pool.state, ttl };
  }

  /** Begins to drain; how it ends is an event. */
  drain(name: string, { reason, ttl = this.ttl, timeout = DRAIN_TIMEOUT }: DrainBody, who: string): unknown {
    const pool = poolNamed(this.registry, name);
    const from = pool.state;
    pool.drain({ timeout }).then(
      () => this.tell(name, { action: 'pool.drained', who }),
      (error: unknown) => this.tell(name, { action: 'pool.drain.failed', who, reason: errorText(error) }),
    );
    this.reopenAfter(name, pool, ttl);
    this.tell(name, { action: 'pool.drain', who, reason, from, to: pool.state, ttl });
    return { name, state: pool.state, ttl };
  }

  resume(name: string, { reason }: ReasonBody, who: string): unknown {
    const pool = poolNamed(this.registry, name);
    const from = pool.state;
    this.overrides.forget(`gate ${name}`);
    pool.resume();
    this.tell(name, { action: 'pool.resume', who, reason, from, to: pool.state });
    return { name, state: pool.state };
  }

  private reopenAfter(name: string, pool: ConnectionPool<unknown>, ttl: number): void {
    this.overrides.begin(`gate ${name}`, ttl, () => this.revert(name, pool, 'resume', () => pool.resume()));
  }

  /** The time of an override is over. What has been replaced meanwhile is left alone. */
  private revert(name: string, pool: object, action: string, undo: () => void): void {
    if (!this.registry.has(name) || this.registry.get(name) !== pool) return;
    try {
      undo();
      this.tell(name, { action: `pool.${action}`, who: 'time', reason: 'the override is over' });
    } catch (error) {
      this.logger.warn(`The override of '${name}' could not be undone: ${errorText(error)}`);
    }
  }

  private tell(name: string, action: Action): void {
    const source = this.registry.has(name)
      ? { resource: name, kind: this.registry.entry(name).kind }
      : { resource: name };
    const { type: _, sequence: __, ...record } = this.events.publish(source, { type: 'admin.action', ...action });
    this.logger.log(`${action.action} of '${redactText(name)}' by ${redactText(action.who)}`, record);
  }
}

function boundsOf(pool: ConnectionPool<unknown>): { minSize: number; maxSize: number } {
  const { minSize, maxSize } = pool.getMetrics();
  return { minSize, maxSize };
}
