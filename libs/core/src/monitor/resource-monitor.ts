import type { Cancel } from '../clock/clock.js';
import { checkOptions } from '../options/check-options.js';
import { refuseMisfits } from '../options/refuse-misfits.js';
import { refuseNonObject } from '../options/refuse-non-object.js';
import type { ResourceHealth } from '../resource/health.js';
import type { ResourceEvent } from '../resource/resource.js';
import type { ResourceRegistry } from '../registry/resource-registry.js';
import { HealthCheckExistsError } from './health-check-exists.error.js';
import type { HealthAnswer, HealthCheck, HealthCheckOptions } from './health-check.js';
import { HealthGroups } from './health-groups.js';
import { HealthOverview, type Overview } from './health-overview.js';
import { overallOf, summarize, type HealthSummary, type Watched } from './health-summary.js';
import { EventTally, type ResourceTally } from './event-tally.js';
import { windowOf, type HistoryWindow } from './history-window.js';
import type { HistoryColumns, HistoryRange } from './history.js';
import type { CheckedMonitorOptions, ResourceMonitorOptions } from './monitor-options.js';
import { monitorOptionTable } from './monitor-options.table.js';
import { BEAT, MonitorLoop } from './monitor-loop.js';
import type { MetricsFilter } from './metrics-filter.js';
import { monitorFigures, type MonitorFigures } from './monitor-figures.js';
import { metricsOf, type MonitorMetrics } from './monitor-metrics.js';
import { snapshotOf, type ResourceSnapshot, type SnapshotOptions } from './resource-snapshot.js';
import { customCheck, type CustomCheck } from './custom-check.js';
import type { Subject } from './subject.js';
import { SystemResource } from './system-resource.js';
import { WatchList, type MonitorMemory } from './watch-list.js';
import type { HealthTransition } from './watch.js';

/**
 * Watches everything in a registry and says how it is, from results that are already there: asking costs no check, and a
 * resource that hangs delays nobody.
 *
 * It keeps no list of its own: what is registered appears, and what is unregistered vanishes, at once. It is not a resource
 * and never registers itself. Its timers do not keep the process alive.
 *
 * @example
 * const monitor = new ResourceMonitor(registry);
 * monitor.registerHealthCheck('disk', async () => ((await free('/')) > 0.05 ? 'HEALTHY' : 'DEGRADED'));
 * monitor.start();
 * monitor.getHealthSummary('ready').overallHealth;
 */
export class ResourceMonitor {
  private readonly options: CheckedMonitorOptions;
  private readonly groups: HealthGroups;
  private readonly customs = new Map<string, CustomCheck>();
  private readonly list: WatchList;
  private readonly system: SystemResource | undefined;
  private readonly overview: HealthOverview;
  private readonly loop: MonitorLoop;
  private readonly tally: EventTally;
  private unsubscribe: Cancel | undefined = undefined;

  /** @throws {OptionsError} */
  constructor(
    private readonly registry: ResourceRegistry,
    options: ResourceMonitorOptions = {},
  ) {
    refuseMisfits('ResourceMonitor', { registry: [registry, 'a ResourceRegistry', 'list'] });
    this.options = checkOptions<CheckedMonitorOptions>(monitorOptionTable, options, { subject: 'ResourceMonitor' });
    this.groups = new HealthGroups(this.options.groups);
    this.system = this.options.system ? new SystemResource(this.options.clock) : undefined;
    this.list = new WatchList(registry, this.customs, systemCheck(this.system), this.options, {
      changed: (watched, transition) => this.announceChange(watched, transition),
      flapping: ({ subject }) => this.publish(subject, { type: 'health.flapping' }),
    });
    this.loop = new MonitorLoop(this.list, this.options);
    this.tally = new EventTally(registry.events, this.options.clock, (name) => registry.has(name));
    this.overview = new HealthOverview(this.options.clock, BEAT, (group) => this.lookOver(group));
  }

  get isRunning(): boolean {
    return this.loop.isRunning;
  }

  /** Names of the groups that can be asked for. */
  get groupNames(): readonly string[] {
    return this.groups.names;
  }

  /**
   * Begins to check, at once and then again and again. Does nothing if it runs.
   *
   * @throws {OptionsError} if a group names what does not exist
   */
  start(): void {
    if (this.loop.isRunning) return;
    this.groups.assertKnown(this.list.subjects());
    this.system?.watch();
    this.unsubscribe = this.registry.events.subscribe(this.changed, { type: 'resource.*' });
    this.loop.start();
  }

  /** Ends checking; checks that run are aborted. Can be started again. */
  async stop(): Promise<void> {
    this.unsubscribe?.();
    this.loop.stop();
    this.system?.unwatch();
    this.overview.forget();
  }

  /**
   * Adds a check. Under the name of a resource it speaks for that resource; under any other name it is an entry of its own.
   *
   * @returns how to remove it
   * @throws {HealthCheckExistsError} if the name has a check already
   * @throws {OptionsError} if the name, the check or an option is impossible
   */
  registerHealthCheck<const A extends HealthAnswer>(
    name: string,
    check: HealthCheck<A>,
    options: HealthCheckOptions = {},
  ): () => void {
    if (this.customs.has(name)) throw new HealthCheckExistsError(name);
    const custom = customCheck(name, check, options);
    this.customs.set(name, custom);
    this.changed();
    return () => {
      if (this.customs.get(name) === custom) this.unregisterHealthCheck(name);
    };
  }

  /** Removes a check, if there is one. A resource for which it spoke speaks for itself again. */
  unregisterHealthCheck(name: string): void {
    if (this.customs.delete(name)) this.changed();
  }

  /** How everything, or a group, is: from the last results. An empty registry is UNKNOWN, an empty group HEALTHY. */
  getHealthSummary(group?: string): HealthSummary {
    const members = this.members(group);
    return summarize(this.options.clock.wallNow(), overallOf(group, members), members);
  }

  /** Overall health and number of members, at most a second old: cheap enough for every response. */
  getOverview(group?: string): Overview {
    return this.isRunning ? this.overview.of(group) : this.lookOver(group);
  }

  /** @throws {ResourceNotFoundError} */
  getResourceHealth(name: string): ResourceHealth {
    return this.list.find(name).watch.health;
  }

  /** All that is known of one resource. @throws {ResourceNotFoundError} */
  getResource(name: string, options: SnapshotOptions = {}): ResourceSnapshot {
    refuseNonObject('ResourceMonitor.getResource', options);
    return snapshotOf(this.list.find(name), this.options.clock.wallNow(), options);
  }

  /** All that is known of everything, of the resource with a name, or of what a filter selects. */
  getMetrics(filter?: string | MetricsFilter, options: SnapshotOptions = {}): MonitorMetrics {
    const wanted = typeof filter === 'string' ? { name: filter } : (filter ?? {});
    refuseNonObject('ResourceMonitor.getMetrics: filter', wanted);
    refuseNonObject('ResourceMonitor.getMetrics', options);
    return metricsOf(this.members(wanted.group), wanted, this.options.clock.wallNow(), options);
  }

  /** The numbers of everything now, without names, states and reasons: for those who ask again and again. */
  getFigures(): MonitorFigures {
    return monitorFigures(this.list.all(), this.options.clock.wallNow());
  }

  /** What the events of a registered resource came to; nothing if there were none. */
  getTally(name: string): ResourceTally | undefined {
    return this.tally.of(name);
  }

  /**
   * Milliseconds by which the event loop is late for a while now: the least of its last three measurements, each the 99th
   * percentile of what it found. 0 while it is not known, and without the `system` entry.
   */
  get eventLoopDelay(): number {
    return this.system?.lasting ?? 0;
  }

  /** The samples of one resource. @throws {ResourceNotFoundError} */
  getHistory(name: string, range: HistoryRange = {}): HistoryColumns {
    return this.list.find(name).watch.history?.read(range) ?? { t: [], health: [], figures: {} };
  }

  /** What one resource did in the last `duration` milliseconds. @throws {ResourceNotFoundError} */
  getWindow(name: string, duration: number): HistoryWindow {
    const { clock } = this.options;
    const { subject, watch } = this.list.find(name);
    const window = windowOf(this.getHistory(name, { from: clock.wallNow() - duration }));
    const timings = watch.timings?.window(subject.resource, clock.now(), duration);
    return timings ? { ...window, timings } : window;
  }

  /** Checks one resource, or everything, now; joins checks that are under way. Settles when they have answered or timed out. */
  async refresh(name?: string): Promise<void> {
    const watched = name === undefined ? this.list.all() : [this.list.find(name)];
    await Promise.all(watched.map(async (one) => this.loop.check(one)));
  }

  /** What remembering costs. */
  get memory(): MonitorMemory {
    return this.list.memory;
  }

  private members(group: string | undefined): Watched[] {
    const all = this.list.all();
    if (group === undefined) return all;
    const subjects = all.map(({ subject }) => subject);
    const members = new Set(this.groups.membersOf(group, subjects));
    return all.filter(({ subject }) => members.has(subject));
  }

  private lookOver(group: string | undefined): Overview {
    const members = this.members(group);
    return { overallHealth: overallOf(group, members), resourceCount: members.length };
  }

  /** Something has come or gone. */
  private readonly changed = (): void => {
    this.overview.forget();
    this.loop.lookSoon();
  };

  private announceChange({ subject }: Watched, transition: HealthTransition): void {
    this.overview.forget();
    const { timestamp: _, ...change } = transition;
    this.publish(subject, { type: 'health.changed', ...change });
  }

  private publish({ name, kind }: Subject, event: ResourceEvent): void {
    (this.options.events ?? this.registry.events).publish({ resource: name, kind }, event);
  }
}

function systemCheck(system: SystemResource | undefined): CustomCheck | undefined {
  if (!system) return undefined;
  return { name: 'system', check: () => system.check(), owner: system, options: { critical: false, groups: [] } };
}
