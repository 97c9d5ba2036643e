import {
  type HealthSummary,
  OptionsError,
  refuseNonObject,
  ResourceHealth,
  ResourceMonitor,
  type ResourceSnapshot,
} from '@nestjs-resources/core';
import { Injectable } from '@nestjs/common';

import { PoolService } from './pool.service.js';

/**
 * What Terminus takes from an indicator. Written as a shape, so that this package needs Terminus neither to be installed nor
 * to be loaded; `degraded` counts as serving from Terminus 12 on.
 */
export type HealthIndicatorAnswer<Key extends string = string> = Record<
  Key,
  { readonly status: 'up' | 'degraded' | 'down' } & Record<string, unknown>
>;

/**
 * Health of resources, for a controller of Terminus. `check` and `checkGroup` answer from the monitor's last results: they
 * never queue behind the traffic of the resource they are asked about. `ping` takes a resource out of a pool and tries it.
 *
 * @example
 * @Get('health')
 * @HealthCheck()
 * check() {
 *   return this.health.check([() => this.resources.check('db'), () => this.resources.checkGroup('ready')]);
 * }
 */
@Injectable()
export class ResourceHealthIndicator {
  constructor(
    private readonly monitor: ResourceMonitor,
    private readonly pools: PoolService,
  ) {}

  /** How one resource is. One that is not critical is never worse than degraded. @throws {ResourceNotFoundError} */
  check<const Key extends string>(name: Key): HealthIndicatorAnswer<Key> {
    const snapshot = this.monitor.getResource(name);
    return answer(name, snapshot.health, detailsOf(snapshot), snapshot.critical);
  }

  /** How a group of the monitor is, e.g. `ready`. @throws {HealthGroupNotFoundError} */
  checkGroup<const Key extends string>(group: Key): HealthIndicatorAnswer<Key> {
    const summary = this.monitor.getHealthSummary(group);
    return answer(group, summary.overallHealth, { unwell: unwell(summary) });
  }

  /**
   * Takes one resource out of a pool, which validates it, and gives it back. Joins the queue, so it costs a place: use it
   * for a page that people look at, not for a probe.
   *
   * @param options - `timeout` in milliseconds, @default 1_000
   */
  async ping<const Key extends string>(
    name: Key,
    options: { timeout?: number } = {},
  ): Promise<HealthIndicatorAnswer<Key>> {
    refuseNonObject('ResourceHealthIndicator.ping', options);
    const pool = this.pools.get(name);
    try {
      const lease = await pool.acquire({ timeout: options.timeout ?? 1_000, label: 'health ping' });
      lease.release();
      return answer(name, ResourceHealth.HEALTHY, {});
    } catch (error) {
      // Who asks wrongly has learned nothing of the pool.
      if (error instanceof OptionsError) throw error;
      const { code } = (error ?? {}) as { code?: unknown };
      return answer(name, ResourceHealth.UNHEALTHY, typeof code === 'string' ? { code } : {});
    }
  }
}

function answer<Key extends string>(
  key: Key,
  health: ResourceHealth,
  details: Readonly<Record<string, unknown>>,
  critical = true,
): HealthIndicatorAnswer<Key> {
  return { [key]: { status: statusOf(health, critical), health, ...details } } as unknown as HealthIndicatorAnswer<Key>;
}

function statusOf(health: ResourceHealth, critical: boolean): 'up' | 'degraded' | 'down' {
  if (health === ResourceHealth.HEALTHY) return 'up';
  return health === ResourceHealth.DEGRADED || !critical ? 'degraded' : 'down';
}

function detailsOf({ kind, state, reason }: ResourceSnapshot): Record<string, unknown> {
  return { kind, state, ...(reason === undefined ? undefined : { reason }) };
}

/** Who spoils the health of a group, and how. */
function unwell({ resources }: HealthSummary): Record<string, string> {
  const entries = Object.entries(resources).filter(([, { health }]) => health !== ResourceHealth.HEALTHY);
  return Object.fromEntries(entries.map(([name, { health }]) => [name, health]));
}
