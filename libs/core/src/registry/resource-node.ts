import type { CallContext, CloseContext, Resource } from '../resource/resource.js';
import type { CloseReport } from '../resource/close-report.js';
import type { Clock } from '../clock/clock.js';
import { attempt } from '../call/attempt.js';
import type { Outcome } from '../call/outcome.js';
import type { ResourceEvents } from '../events/resource-events.js';
import { isPromiseLike } from '../resource/promise-like.js';
import { closeVerbOf, isCloseReport } from './close-verb.js';
import { closeTimeWithin, type CloseTime } from './close-time.js';
import type { RegisteredResource, ResourceState } from './registered-resource.js';
import type { CheckedRegisterOptions } from './registry-options.table.js';
import type { GraphNode } from './resource-graph.js';

const CRITICAL_KINDS: ReadonlySet<string> = new Set(['pool', 'data-source']);

/** What all nodes of a registry share. */
export interface NodeSurroundings {
  readonly clock: Clock;
  readonly events: ResourceEvents;
  readonly startTimeout: number;
  readonly closeTimeout: number;
}

/** How a node ended. */
export interface NodeEnd {
  readonly name: string;
  readonly report?: CloseReport;
  readonly error?: unknown;
  /** It had not ended when its time was over. */
  readonly late: boolean;
}

/**
 * One resource and where it is in its life. Knows nothing of the others.
 *
 * Invariants: `start` and `close` of the resource never overlap; a start that succeeds, also one that succeeds after its
 * time, is followed by exactly one close; `close` is called at most once for each.
 *
 *     registered ─► starting ─► running ─┐
 *         │  ▲         │                 ├─► closing ─► closed
 *         ▼  │         ▼                 │
 *      skipped      failed ──(again)     ┘       every state can go to closing
 */
export class ResourceNode implements GraphNode {
  readonly kind: string;
  readonly critical: boolean;
  readonly prerequisites: readonly string[];
  state: ResourceState = 'registered';
  /** Why it failed or was skipped. */
  error: unknown = undefined;
  /** A call of `start` that has not ended, even if nobody waits for its outcome any more, and the close after a late one. */
  unfinished: Promise<void> | undefined = undefined;
  private mustClose = true;
  private starting: AbortController | undefined = undefined;
  private ending: Promise<NodeEnd> | undefined = undefined;

  constructor(
    readonly name: string,
    readonly resource: object,
    readonly options: CheckedRegisterOptions,
    private readonly surroundings: NodeSurroundings,
  ) {
    this.kind = (resource as Resource).kind ?? 'custom';
    this.critical = options.critical ?? CRITICAL_KINDS.has(this.kind);
    this.prerequisites = [...new Set([...options.dependsOn, ...options.after])];
  }

  get isEnding(): boolean {
    return this.ending !== undefined;
  }

  toEntry(): RegisteredResource {
    const { name, kind, state, critical, error, resource, options } = this;
    const { lazy, dependsOn, after } = options;
    const entry = { name, kind, state, critical, lazy, dependsOn, after, resource };
    return error === undefined ? entry : { ...entry, error };
  }

  emit(type: string, details: object = {}): void {
    const { name: resource, kind } = this;
    this.surroundings.events.publish({ resource, kind }, { type, ...details });
  }

  /** Calls `start`. The outcome is never a rejection, and synchronous if the resource is. */
  start(): Outcome<void> | Promise<Outcome<void>> {
    const { clock, startTimeout } = this.surroundings;
    this.state = 'starting';
    this.error = undefined;
    this.starting = new AbortController();
    this.emit('resource.starting');
    const began = clock.now();
    const outcome = attempt((context) => this.callStart(context), {
      clock,
      what: `Starting resource '${this.name}'`,
      resource: this.name,
      timeout: this.options.timeouts.start ?? startTimeout,
      signal: this.starting.signal,
      late: () => this.takeBackLateStart(),
      hold: true,
    });
    return isPromiseLike(outcome) ? outcome.then((end) => this.endStart(end, began)) : this.endStart(outcome, began);
  }

  /** Gives up a start that is on its way. */
  abortStart(reason: unknown): void {
    this.starting?.abort(reason);
  }

  /** Does not start it, because of another that does not run. */
  skip(because: string, error: unknown): void {
    this.state = 'skipped';
    this.error = error;
    this.emit('resource.skipped', { because });
  }

  /** Ends it within `whole`, after a start that is on its way has been given up. Never rejects; a second call joins. */
  close(whole: CloseTime, reason: unknown): Promise<NodeEnd> {
    if (this.ending) return this.ending;
    const { clock, closeTimeout } = this.surroundings;
    const time = closeTimeWithin(whole, clock.now(), this.options.timeouts.close ?? closeTimeout);
    this.ending = Promise.resolve().then(() => this.end(time));
    this.state = 'closing';
    this.abortStart(reason);
    this.emit('resource.closing');
    return this.ending;
  }

  private callStart(context: CallContext): void | PromiseLike<void> {
    this.mustClose = true;
    const result = (this.resource as Resource).start?.(context);
    if (!isPromiseLike(result)) return;
    const ended = (): void => {
      if (this.unfinished === unfinished) this.unfinished = undefined;
    };
    const unfinished: Promise<void> = Promise.resolve(result).then(ended, ended);
    this.unfinished = unfinished;
    return result;
  }

  private endStart(outcome: Outcome<void>, began: number): Outcome<void> {
    this.starting = undefined;
    if (this.ending) return outcome.ok ? { ok: false, error: undefined, because: 'aborted' } : outcome;
    if (outcome.ok) {
      this.state = 'running';
      this.emit('resource.started', { took: this.surroundings.clock.now() - began });
    } else {
      this.state = 'failed';
      this.error = outcome.error;
      this.emit('resource.start.failed', { error: outcome.error, because: outcome.because });
    }
    return outcome;
  }

  /** It runs, but nobody waits for it any more: what it opened would stay open for the life of the process. */
  private takeBackLateStart(): void {
    this.emit('resource.start.late');
    this.mustClose = false;
    const { clock, closeTimeout } = this.surroundings;
    const now = clock.now();
    const timeout = this.options.timeouts.close ?? closeTimeout;
    const time = closeTimeWithin({ graceful: Infinity, hard: Infinity }, now, timeout);
    const unfinished: Promise<void> = this.callClose(time).then(() => {
      if (this.unfinished === unfinished) this.unfinished = undefined;
    });
    this.unfinished = unfinished;
  }

  private async end(time: CloseTime): Promise<NodeEnd> {
    const inTime = await this.startHasEnded(time);
    const end = inTime && this.mustClose ? await this.callClose(time) : { name: this.name, late: !inTime };
    if (end.late) return end;
    this.state = 'closed';
    if (!('error' in end)) this.emit('resource.closed', end.report ? { report: end.report } : {});
    return end;
  }

  /** Waits, within its time, for a start that has been given up. */
  private async startHasEnded(time: CloseTime): Promise<boolean> {
    while (this.unfinished) {
      const outcome = await this.within(time, 'Ending the start of', () => this.unfinished);
      if (!outcome.ok) return false;
    }
    return true;
  }

  private async callClose(time: CloseTime): Promise<NodeEnd> {
    const { name } = this;
    const verb = closeVerbOf(this.resource);
    this.mustClose = false;
    if (!verb) return { name, late: false };
    const outcome = await this.within(time, 'Closing', (context) => verb(withDeadline(context, time.graceful)));
    if (outcome.ok)
      return isCloseReport(outcome.value) ? { name, late: false, report: outcome.value } : { name, late: false };
    this.emit('resource.close.failed', { error: outcome.error });
    return { name, late: outcome.because === 'timed out', error: outcome.error };
  }

  private within<R>(
    time: CloseTime,
    doing: string,
    work: (context: CallContext) => R | PromiseLike<R>,
  ): Outcome<R> | Promise<Outcome<R>> {
    const { clock } = this.surroundings;
    const what = `${doing} resource '${this.name}'`;
    const timeout = Math.max(0, time.hard - clock.now());
    return attempt(work, { clock, what, resource: this.name, timeout, late: () => this.endLate(), hold: true });
  }

  /** Left behind, and now it has ended after all. */
  private endLate(): void {
    if (this.state === 'closing') this.state = 'closed';
  }
}

/** Keeps the signal lazy: a resource that does not read it costs no controller. */
function withDeadline(context: CallContext, deadline: number): CloseContext {
  return {
    get signal() {
      return context.signal;
    },
    deadline,
  };
}
