import type { Cancel } from '../clock/clock.js';
import { repeat } from '../clock/repeat.js';
import { isPromiseLike } from '../resource/promise-like.js';
import { figuresOf, numbersIn } from './figures.js';
import type { Watched } from './health-summary.js';
import { History } from './history.js';
import type { CheckedMonitorOptions } from './monitor-options.js';
import { RecentTimings } from './recent-timings.js';
import type { WatchList } from './watch-list.js';

/** Milliseconds between two looks at what is due. */
export const BEAT = 1_000;

/**
 * Asks everything in turn: at each beat it runs the checks and takes the samples that are due. Intervals are jittered, so
 * the checks and samples of resources that started together drift apart.
 */
export class MonitorLoop {
  private running: { readonly stopping: AbortController; readonly cancel: Cancel } | undefined = undefined;
  private soon: Cancel | undefined = undefined;

  constructor(
    private readonly list: WatchList,
    private readonly options: CheckedMonitorOptions,
  ) {}

  get isRunning(): boolean {
    return this.running !== undefined;
  }

  /** Begins at once. */
  start(): void {
    const cancel = repeat(this.options.clock, BEAT, () => this.beat());
    this.running = { stopping: new AbortController(), cancel };
    this.beat();
  }

  /** Aborts the checks that run; they have no result. */
  stop(): void {
    const { running } = this;
    this.running = undefined;
    this.soon?.();
    this.soon = undefined;
    running?.cancel();
    running?.stopping.abort();
  }

  /** Does not wait for the next beat. When everything starts many things happen at once, and one look is enough. */
  lookSoon(): void {
    if (!this.running || this.soon) return;
    this.soon = this.options.clock.schedule(0, () => {
      this.soon = undefined;
      this.beat();
    });
  }

  /** Runs a check now, or joins the run that is under way. Returns when there is a result, or no hope of one. */
  check({ subject, watch }: Watched): void | Promise<void> {
    if (!subject.check || subject.given) return;
    const { name, check: run } = subject;
    const running = watch.runner.run({ name, timeout: watch.schedule.timeout, run }, this.running?.stopping.signal);
    this.defer(watch);
    return isPromiseLike(running) ? running.then(() => this.defer(watch)) : undefined;
  }

  private beat(): void {
    const now = this.options.clock.now();
    for (const watched of this.list.all()) {
      if (now >= watched.watch.checkDue) void this.check(watched);
      if (now >= watched.watch.sampleDue) this.sample(watched, now);
    }
    this.list.prune();
  }

  /** The next check is due an interval after this one has ended. */
  private defer(watch: Watched['watch']): void {
    watch.checkDue = this.options.clock.now() + this.jittered(watch.interval);
  }

  private jittered(interval: number): number {
    const { jitter, random } = this.options;
    return interval * (1 + jitter * (2 * random() - 1));
  }

  private sample({ subject, watch }: Watched, now: number): void {
    const { clock, history } = this.options;
    if (!watch.history && subject.state !== 'running') return;
    watch.sampleDue = now + this.jittered(history.interval);
    watch.history ??= History.begin(history.size, this.list.budget);
    watch.timings ??= new RecentTimings(this.list.budget);
    watch.timings.record(subject.resource, now);
    watch.history?.record(clock.wallNow(), watch.health, numbersIn(figuresOf(subject)));
  }
}
