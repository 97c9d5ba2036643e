import { ResourceNotFoundError } from '../registry/resource-not-found.error.js';
import type { ResourceRegistry } from '../registry/resource-registry.js';
import { CheckLanes } from './check-lanes.js';
import { CheckRunner } from './check-runner.js';
import type { CheckResult } from './health-check.js';
import type { Watched } from './health-summary.js';
import { HistoryBudget } from './history-budget.js';
import type { CheckedMonitorOptions } from './monitor-options.js';
import type { CustomCheck } from './custom-check.js';
import { subjectOf, subjectOfCheck, type Subject } from './subject.js';
import { Watch, type HealthTransition } from './watch.js';

/** Is told what happens to the health of subjects, each time once. */
export interface WatchListener {
  changed(watched: Watched, transition: HealthTransition): void;
  flapping(watched: Watched): void;
}

/** What remembering costs, in bytes. */
export interface MonitorMemory {
  /** Taken by histories. */
  readonly used: number;
  readonly limit: number;
  /** How many are watched, and how many of them found no room for a history. */
  readonly watched: number;
  readonly withoutHistory: number;
}

/**
 * Pairs what exists with what is known of it.
 *
 * Invariant: what exists is read from the registry and the registered checks each time it is asked for. A watch only
 * remembers; one whose subject is gone, or has been replaced under its name, is never shown again.
 */
export class WatchList {
  private readonly watches = new Map<string, Watch>();
  private readonly lanes: CheckLanes;
  readonly budget: HistoryBudget;

  constructor(
    private readonly registry: ResourceRegistry,
    private readonly customs: ReadonlyMap<string, CustomCheck>,
    private readonly system: CustomCheck | undefined,
    private readonly options: CheckedMonitorOptions,
    private readonly listener: WatchListener,
  ) {
    this.lanes = new CheckLanes(options.clock, options.concurrency);
    this.budget = new HistoryBudget(options.history.memory);
  }

  /** Resources in the order of their registration, then the checks that belong to none, then the system. */
  subjects(): Subject[] {
    const entries = this.registry.list();
    const subjects = entries.map((entry) => subjectOf(entry, this.customs.get(entry.name)));
    for (const custom of this.customs.values()) {
      if (!this.registry.has(custom.name)) subjects.push(subjectOfCheck(custom));
    }
    if (this.system && this.isFree(this.system.name)) subjects.push(subjectOfCheck(this.system));
    return subjects;
  }

  /** Everything, judged now. */
  all(): Watched[] {
    return this.subjects().map((subject) => this.watched(subject));
  }

  /** What has this name, judged now. */
  one(name: string): Watched | undefined {
    const subject = this.subject(name);
    return subject && this.watched(subject);
  }

  /** @throws {ResourceNotFoundError} */
  find(name: string): Watched {
    const watched = this.one(name);
    if (watched) return watched;
    const known = this.subjects().map((subject) => subject.name);
    throw new ResourceNotFoundError(name, known);
  }

  get memory(): MonitorMemory {
    const { used, limit } = this.budget;
    const watches = [...this.watches.values()];
    return { used, limit, watched: watches.length, withoutHistory: watches.filter((watch) => !watch.history).length };
  }

  /** Forgets what is gone. */
  prune(): void {
    for (const [name, watch] of this.watches) {
      const subject = this.subject(name);
      if (!subject || !watch.isOf(subject)) this.forget(name, watch);
    }
  }

  private subject(name: string): Subject | undefined {
    const custom = this.customs.get(name);
    if (this.registry.has(name)) return subjectOf(this.registry.entry(name), custom);
    if (custom) return subjectOfCheck(custom);
    return this.system?.name === name ? subjectOfCheck(this.system) : undefined;
  }

  private isFree(name: string): boolean {
    return !this.registry.has(name) && !this.customs.has(name);
  }

  private watched(subject: Subject): Watched {
    const { clock } = this.options;
    const known = this.watches.get(subject.name);
    const watch = known?.isOf(subject) ? known : this.begin(subject, known);
    const watched = { subject, watch };
    const transition = watch.judge(subject, clock.now(), clock.wallNow());
    if (transition) this.listener.changed(watched, transition);
    return watched;
  }

  private begin(subject: Subject, replaced: Watch | undefined): Watch {
    if (replaced) this.forget(subject.name, replaced);
    const { clock } = this.options;
    const schedule = { ...this.options, ...subject.custom?.options };
    const runner = new CheckRunner(clock, this.lanes, (result) => this.take(watch, result));
    const watch: Watch = new Watch(subject, schedule, runner, clock.wallNow());
    this.watches.set(subject.name, watch);
    return watch;
  }

  /** A result of something that has vanished meanwhile changes nothing that anybody sees. */
  private take(watch: Watch, result: CheckResult): void {
    const flapped = watch.flapping;
    watch.take(result);
    const watched = this.one(watch.subject.name);
    if (watched?.watch === watch && watch.flapping && !flapped) this.listener.flapping(watched);
  }

  private forget(name: string, watch: Watch): void {
    this.watches.delete(name);
    watch.history?.end();
    watch.timings?.end();
  }
}
