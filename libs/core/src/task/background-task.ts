import { attempt } from '../call/attempt.js';
import type { Outcome } from '../call/outcome.js';
import { pause } from '../call/pause.js';
import { inCleanContext } from '../clock/clean-context.js';
import type { Clock } from '../clock/clock.js';
import { systemClock } from '../clock/system-clock.js';
import { errorText } from '../errors/error-text.js';
import { ResourceError } from '../errors/resource.error.js';
import { checkOptions } from '../options/check-options.js';
import { refuseMisfits } from '../options/refuse-misfits.js';
import { refuseNonObject } from '../options/refuse-non-object.js';
import type { CloseReport } from '../resource/close-report.js';
import type { Health } from '../resource/health.js';
import { Listeners } from '../resource/listeners.js';
import type { CloseContext, Resource, ResourceListener } from '../resource/resource.js';
import { AwaitedCalls } from './awaited-calls.js';
import { Restarts } from './restarts.js';
import type { TaskEvent } from './task-event.js';
import { taskHealth } from './task-health.js';
import type { TaskMetrics, TaskState } from './task-metrics.js';
import type { BackgroundTaskOptions } from './task-options.js';
import { backgroundTaskOptionTable, type CheckedTaskOptions } from './task-options.table.js';

/**
 * Work that goes on beside the requests: until it is done, fails for good, or is told to stop.
 *
 * Invariants: at most one run at a time; it is run again only after a failure, never after completion; `stop()` ends within
 * its timeout whatever the work does, and is for good.
 *
 *                ┌──────────── failed, may try again ◄──┐
 *                ▼                                      │
 *     idle ─► running ─► completed │ failed ─► waiting ─┘         stop() from everywhere: stopped
 *
 * @example
 * const outbox = new BackgroundTask({
 *   name: 'outbox',
 *   restartOnFailure: true,
 *   run: async ({ signal }) => {
 *     while (!signal.aborted) await sendPending(signal);
 *   },
 * });
 */
export class BackgroundTask implements Resource {
  readonly kind = 'task';
  readonly name: string;
  private readonly options: CheckedTaskOptions;
  private readonly clock: Clock;
  private readonly random: () => number;
  private readonly listeners = new Listeners();
  private readonly awaited = new AwaitedCalls(this);
  private current: TaskState = 'idle';
  private life: Promise<void> | undefined = undefined;
  private controller: AbortController | undefined = undefined;
  private stopRequested = false;
  private failure: { readonly error: unknown } | undefined = undefined;
  private restarts: Restarts;
  private startedAt = 0;
  private endedAt = 0;
  private lastRunAt: number | null = null;

  /** @throws {OptionsError} naming everything that is wrong with the options */
  constructor(options: BackgroundTaskOptions) {
    refuseNonObject('Task', options);
    const { clock = systemClock, random = Math.random, ...given } = options;
    const subject = `Task '${String(options.name)}'`;
    refuseMisfits(subject, { clock: [clock, 'a Clock', 'schedule'] });
    this.options = checkOptions(backgroundTaskOptionTable, given, { subject, resource: options.name });
    this.name = this.options.name;
    this.clock = clock;
    this.random = random;
    this.restarts = new Restarts(this.options, random);
  }

  get state(): TaskState {
    return this.current;
  }

  /** What the last failed run failed with, untouched; `undefined` if none has failed. */
  get lastError(): unknown {
    return this.failure?.error;
  }

  /**
   * Begins to run and returns. What has completed or failed may be started again.
   *
   * @throws {ResourceError} TASK_RUNNING when it runs already, TASK_STOPPED after `stop()`
   */
  start(): void {
    if (this.stopRequested) throw this.refusal('TASK_STOPPED', 'has been stopped, which is for good. Make a new one.');
    if (this.isAlive) throw this.refusal('TASK_RUNNING', 'is already running. Start it once, or wait for its end.');
    this.controller = new AbortController();
    const { signal } = this.controller;
    this.restarts = new Restarts(this.options, this.random);
    this.startedAt = this.clock.now();
    this.current = 'running';
    this.emit({ type: 'task.started' });
    this.life = inCleanContext(() => this.live(signal));
  }

  /** Asks the run to end, and waits for nothing. For good. */
  quiesce(): void {
    if (this.stopRequested) return;
    this.stopRequested = true;
    if (this.current === 'idle') this.enter('stopped');
    this.controller?.abort();
  }

  /** Resolves when a run that was asked to end has ended. */
  settle(): void | Promise<void> {
    return this.stopRequested && !this.awaited.includeClose && !this.isInside ? this.life : undefined;
  }

  /** Asks the run to end and waits for it, at most `stopTimeout`. Never rejects. Called from within the run, it only asks. */
  async stop(): Promise<void> {
    await this.halt(this.options.stopTimeout);
  }

  /** As {@link stop}, and reports a run that did not end in time. */
  async close(context?: CloseContext): Promise<CloseReport> {
    const { stopTimeout } = this.options;
    const began = this.clock.now();
    const timeout = Math.min(stopTimeout, Math.max(0, (context?.deadline ?? Infinity) - began));
    const outcome = await this.halt(timeout, this.awaited.includeClose);
    const errors = outcome.ok ? [] : [outcome.error];
    return { clean: outcome.ok, duration: this.clock.now() - began, destroyed: 0, holders: [], errors };
  }

  /** Completion is not ill health; a task that waits for its restart is degraded, one that has failed is unhealthy. */
  check(): Health {
    return taskHealth(this.current, this.failure, this.restarts.failuresInARow);
  }

  getMetrics(): TaskMetrics {
    const { name, current: state, lastRunAt, failure } = this;
    const { made: restarts } = this.restarts;
    const lastError = failure ? errorText(failure.error) : null;
    const uptime = (this.isAlive ? this.clock.now() : this.endedAt) - this.startedAt;
    return { type: 'task', name, state, running: state === 'running', restarts, lastError, lastRunAt, uptime };
  }

  observe(listener: ResourceListener): () => void {
    return this.listeners.add(listener);
  }

  private get isAlive(): boolean {
    return this.current === 'running' || this.current === 'waiting';
  }

  private get isInside(): boolean {
    return this.current === 'running' && this.awaited.includeThis;
  }

  /** From start to end. Never rejects. */
  private async live(signal: AbortSignal): Promise<void> {
    // The caller of start() has returned before the work begins.
    await Promise.resolve();
    while (!signal.aborted) {
      const began = this.clock.now();
      const outcome = await this.runOnce(signal);
      if (signal.aborted) break;
      if (outcome.ok) return this.enter('completed');
      this.noteFailure(outcome.error, this.clock.now() - began);
      if (!this.restarts.isAllowed) return this.enter('failed');
      await this.waitForRestart(signal);
    }
    this.enter('stopped');
  }

  private async runOnce(signal: AbortSignal): Promise<Outcome<void>> {
    this.current = 'running';
    this.lastRunAt = this.clock.wallNow();
    const what = `Task '${this.name}'`;
    return attempt(() => this.awaited.during(() => this.options.run({ signal })), {
      clock: this.clock,
      what,
      timeout: Infinity,
    });
  }

  private noteFailure(error: unknown, lasted: number): void {
    this.failure = { error };
    this.restarts.noteFailure(lasted);
    this.emit({ type: 'task.failed', error, restarts: this.restarts.made });
  }

  /** Resolves when it is time, or when there will be no restart. */
  private waitForRestart(signal: AbortSignal): Promise<void> {
    const { delay } = this.restarts;
    this.restarts.made++;
    this.current = 'waiting';
    this.emit({ type: 'task.restarting', delay });
    return pause(this.clock, delay, signal, false).catch(() => undefined);
  }

  private async halt(timeout: number, isAwaitedByRun = false): Promise<Outcome<void>> {
    this.quiesce();
    if (isAwaitedByRun || this.isInside) return { ok: true, value: undefined };
    const what = `Task '${this.name}' was told to stop and`;
    const outcome = await attempt(() => this.life, {
      clock: this.clock,
      what,
      resource: this.name,
      timeout,
      hold: true,
    });
    // Left behind: it may go on, but nobody waits for it and it is not run again.
    if (!outcome.ok) this.enter('stopped');
    return outcome;
  }

  private enter(state: 'completed' | 'failed' | 'stopped'): void {
    if (this.current === 'stopped') return;
    this.current = state;
    this.endedAt = this.clock.now();
    if (state !== 'failed') this.emit({ type: `task.${state}` });
  }

  private emit(event: TaskEvent): void {
    if (this.listeners.heard) this.listeners.emit(event);
  }

  private refusal(code: string, remedy: string): ResourceError {
    return new ResourceError(`Task '${this.name}' ${remedy}`, { code, resource: this.name });
  }
}
