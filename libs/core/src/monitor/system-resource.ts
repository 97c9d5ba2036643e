import { availableParallelism, freemem, hostname, loadavg, platform, totalmem } from 'node:os';
import { monitorEventLoopDelay, type IntervalHistogram } from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';

import type { Clock } from '../clock/clock.js';
import { ResourceHealth, type Health } from '../resource/health.js';
import type { Metrics } from '../resource/metrics.js';
import type { Resource } from '../resource/resource.js';

/** Percent above which it is DEGRADED, smoothed. */
const TOO_FULL = 90;
/** Milliseconds of event loop delay (99th percentile since the check before) above which it is DEGRADED, smoothed. */
const TOO_SLOW = 500;
/** Weight of the newest reading: one peak alone moves the smoothed value by less than a third of itself. */
const WEIGHT = 0.3;
const LOOP_RESOLUTION = 20;
/** Measurements of the event loop that must agree: one long step, or a laptop's lid, is no lasting delay. */
const LASTING = 3;
const NANOS = 1e6;

/** One set of readings; what could not be read is absent. */
interface Readings {
  readonly cpuPercent?: number;
  readonly memoryPercent?: number;
  readonly heapPercent?: number;
  readonly eventLoopDelay?: number;
}

/**
 * The process and its machine, as an entry beside the resources.
 *
 * Reading never blocks and each reading fails alone. It is smoothed and at most DEGRADED, and it is not critical: a busy
 * instance must not be taken out of service for being busy.
 */
export class SystemResource implements Resource {
  readonly kind = 'system';
  private readonly loop: IntervalHistogram = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION });
  private smoothed: Readings = {};
  private cpu = process.cpuUsage();
  private measuredAt: number;
  private delays: readonly number[] = [];

  constructor(private readonly clock: Clock) {
    this.measuredAt = clock.now();
  }

  /** Begins to measure the event loop. Keeps no process alive. */
  watch(): void {
    this.loop.enable();
  }

  unwatch(): void {
    this.loop.disable();
    this.delays = [];
  }

  check(): Health {
    this.smoothed = smooth(this.smoothed, this.read());
    const { eventLoopDelay = 0, ...shares } = this.smoothed;
    const full = Object.entries(shares).find(([, percent]) => percent > TOO_FULL);
    if (full) return degraded(`${full[0]} is ${Math.round(full[1])} (smoothed), more than ${TOO_FULL}.`);
    if (eventLoopDelay > TOO_SLOW) {
      return degraded(`eventLoopDelay is ${Math.round(eventLoopDelay)} ms (smoothed), more than ${TOO_SLOW} ms.`);
    }
    return { status: ResourceHealth.HEALTHY };
  }

  /** Milliseconds by which the event loop was late in each of the last measurements; 0 before there are enough. */
  get lasting(): number {
    return this.delays.length < LASTING ? 0 : Math.min(...this.delays);
  }

  getMetrics(): Metrics {
    return {
      type: this.kind,
      name: 'system',
      ...this.smoothed,
      ...safely(() => ({ cpuCount: availableParallelism(), load: loadavg()[0] ?? 0 })),
      ...safely(() => ({ memoryTotal: totalmem(), memoryAvailable: freemem() })),
      ...safely(() => ({ processMemoryRss: process.memoryUsage.rss() })),
      ...safely(() => ({ processUptime: process.uptime() * 1000 })),
    };
  }

  /** What does not change: for the entry, not for the time series. */
  get metadata(): Readonly<Record<string, unknown>> {
    return {
      ...safely(() => ({ hostname: hostname(), platform: platform() })),
      node: process.version,
      pid: process.pid,
    };
  }

  private read(): Readings {
    return {
      ...safely(() => ({ cpuPercent: this.cpuSince() })),
      ...safely(() => ({ memoryPercent: (1 - freemem() / totalmem()) * 100 })),
      ...safely(heapShare),
      ...safely(() => ({ eventLoopDelay: this.loopDelay() })),
    };
  }

  /** Share of one core that this process has used since the reading before; more than 100 on several cores is cut. */
  private cpuSince(): number {
    const now = this.clock.now();
    const used = process.cpuUsage(this.cpu);
    const elapsed = Math.max(1, now - this.measuredAt);
    this.cpu = process.cpuUsage();
    this.measuredAt = now;
    return Math.min(100, ((used.user + used.system) / 1000 / elapsed) * 100);
  }

  private loopDelay(): number {
    const delay = this.loop.percentile(99) / NANOS;
    this.loop.reset();
    const late = Math.max(0, delay - LOOP_RESOLUTION);
    this.delays = [...this.delays, late].slice(-LASTING);
    return late;
  }
}

function heapShare(): Readings {
  const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
  return { heapPercent: (used / limit) * 100 };
}

function degraded(reason: string): Health {
  return { status: ResourceHealth.DEGRADED, reason };
}

/** Exponential smoothing: a value that was not there before counts as it is. */
function smooth(before: Readings, now: Readings): Readings {
  const entries = Object.entries(now).map(([name, value]: [string, number]) => {
    const old = (before as Record<string, number | undefined>)[name];
    return [name, old === undefined ? value : old + WEIGHT * (value - old)];
  });
  return Object.fromEntries(entries) as Readings;
}

/** Some readings are refused by containers or systems; each is lost alone. */
function safely<R extends object>(read: () => R): R | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
