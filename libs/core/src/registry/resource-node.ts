import type { Outcome } from '../call/outcome.js';
import type { Clock } from '../clock/clock.js';
import type { RegistryEvent } from '../events/known-events.js';
import type { ResourceEvents } from '../events/resource-events.js';
import { isPromiseLike } from '../resource/promise-like.js';
import type { CallContext, Resource, ResourceEvent } from '../resource/resource.js';
import { observeResource } from './check-registration.js';
import type { CloseTime } from './close-time.js';
import { isCloseReport } from './close-verb.js';
import type { NodeEnd } from './node-end.js';
import type { RegisteredResource, ResourceState } from './registered-resource.js';
import type { CheckedRegisterOptions } from './registry-options.table.js';
import { PendingStarts } from './pending-starts.js';
import { ResourceCalls, type Answer, type CallTimeouts } from './resource-calls.js';
import type { GraphNode } from './resource-graph.js';
import type { ResourceSkippedError } from './resource-skipped.error.js';

const CRITICAL_KINDS: ReadonlySet<string> = new Set(['pool', 'data-source']);
const NO_LIMIT: CloseTime = { graceful: Infinity, hard: Infinity };

/** What all nodes of a registry share. */
export interface NodeSurroundings {
  readonly clock: Clock;
  readonly events: ResourceEvents;
  readonly timeouts: CallTimeouts;
}

/**
 * One resource and where it is in its life. Knows nothing of the others.
 *
 * Invariants: a call of `start` that somebody waits for overlaps neither with another one nor with `close`; what a start has
 * opened, also one that succeeds after its time, is closed exactly once; a resource that never started is closed once too.
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
  /** Whether its first start has come to an end, whichever. */
  hasSettled = false;
  /** Why it failed or was skipped. */
  error: unknown = undefined;
  private readonly calls: ResourceCalls;
  private readonly starts = new PendingStarts();
  private mustClose = true;
  /** A start that had been given up has succeeded while the next one was on its way. */
  private openedLate = false;
  /** The close after such a success. */
  private closingLate: Promise<void> | undefined = undefined;
  private starting: AbortController | undefined = undefined;
  private ending: Promise<NodeEnd> | undefined = undefined;
  private stopObserving: (() => void) | undefined = undefined;

  constructor(
    readonly name: string,
    readonly resource: Resource,
    readonly options: CheckedRegisterOptions,
    private readonly surroundings: NodeSurroundings,
  ) {
    const { clock, timeouts } = surroundings;
    this.kind = resource.kind ?? 'custom';
    this.critical = options.critical ?? CRITICAL_KINDS.has(this.kind);
    this.prerequisites = [...new Set([...options.dependsOn, ...options.after])];
    this.calls = new ResourceCalls(name, resource, { ...timeouts, ...options.timeouts }, clock);
  }

  /** Neither runs nor is on its way. */
  get isIdle(): boolean {
    return this.state === 'registered' || this.state === 'failed' || this.state === 'skipped';
  }

  get isEnding(): boolean {
    return this.ending !== undefined;
  }

  /** Whether something of it goes on although nobody waits for it: a start that was given up, or the close after one. */
  get hasLeftovers(): boolean {
    return this.starts.any || this.closingLate !== undefined;
  }

  /** What has to end before it can be started again; `undefined` if nothing. */
  get obstacle(): Promise<void> | undefined {
    return this.closingLate ?? (this.starts.tooMany ? this.starts.oneEnded() : undefined);
  }

  dependsOn({ name }: ResourceNode): boolean {
    return this.options.dependsOn.includes(name);
  }

  toEntry(): RegisteredResource {
    const { name, kind, state, critical, error, resource, options } = this;
    const { lazy, dependsOn, after } = options;
    const entry = { name, kind, state, critical, lazy, dependsOn, after, resource };
    return error === undefined ? entry : { ...entry, error };
  }

  emit(event: RegistryEvent): void {
    this.publish(event);
  }

  /** Tells what the resource tells, until it is closed. */
  observe(): void {
    const stop: unknown = observeResource(this.name, this.resource, (event) => this.publish(event));
    if (typeof stop === 'function') this.stopObserving = stop as () => void;
  }

  /** Calls `start`. The outcome is never a rejection, and synchronous if the resource is. */
  start(): Answer<void> {
    const { clock } = this.surroundings;
    const began = clock.now();
    this.state = 'starting';
    this.error = undefined;
    this.starting = new AbortController();
    this.emit({ type: 'resource.starting' });
    const work = (context: CallContext): void | PromiseLike<void> => this.callStart(context);
    const outcome = this.calls.start(work, this.starting.signal, () => this.takeLateStart());
    return isPromiseLike(outcome) ? outcome.then((end) => this.endStart(end, began)) : this.endStart(outcome, began);
  }

  /** Gives up a start that is on its way. */
  abortStart(reason: unknown): void {
    this.starting?.abort(reason);
  }

  /** Does not start it, because of another that does not run. */
  skip(error: ResourceSkippedError): void {
    this.state = 'skipped';
    this.error = error;
    this.emit({ type: 'resource.skipped', because: error.because });
  }

  quiesce(): void {
    if (this.isEnding) return;
    const tell = (outcome: Outcome<void>): void => {
      if (!outcome.ok) this.emit({ type: 'resource.quiesce.failed', error: outcome.error });
    };
    const outcome = this.calls.quiesce();
    if (isPromiseLike(outcome)) void outcome.then(tell);
    else tell(outcome);
  }

  /** @returns whether what it had begun has ended in time */
  async settle(timeout: number): Promise<boolean> {
    if (this.isEnding) return true;
    const outcome = await this.calls.settle(timeout);
    if (!outcome.ok) this.emit({ type: 'resource.settle.failed', error: outcome.error });
    return outcome.ok;
  }

  /** Ends it within `whole`, after a start that is on its way has been given up. Never rejects; a second call joins. */
  close(whole: CloseTime, reason: unknown): Promise<NodeEnd> {
    if (this.ending) return this.ending;
    const time = this.calls.closeTime(whole);
    // A step later, so that whoever is told of the end finds it closing already.
    const isOpen = this.state === 'running' || this.openedLate;
    this.ending = Promise.resolve().then(() => this.end(time, isOpen));
    this.state = 'closing';
    this.abortStart(reason);
    this.emit({ type: 'resource.closing' });
    return this.ending;
  }

  private publish(event: ResourceEvent): void {
    this.surroundings.events.publish({ resource: this.name, kind: this.kind }, event);
  }

  private callStart(context: CallContext): void | PromiseLike<void> {
    this.mustClose = true;
    const result = this.resource.start?.(context);
    if (isPromiseLike(result)) this.starts.add(result);
    return result;
  }

  private endStart(outcome: Outcome<void>, began: number): Outcome<void> {
    this.starting = undefined;
    if (this.ending) return { ok: false, error: undefined, because: 'aborted' };
    if (outcome.ok) {
      this.state = 'running';
      this.emit({ type: 'resource.started', took: this.surroundings.clock.now() - began });
    } else {
      this.state = 'failed';
      this.error = outcome.error;
      this.emit({ type: 'resource.start.failed', error: outcome.error, because: outcome.because });
      if (this.openedLate) this.closeLate();
    }
    this.openedLate = false;
    return outcome;
  }

  /**
   * A start that was given up has succeeded: what it has opened would stay open for the life of the process. If a later one
   * runs, it is closed with that; if a later one is on its way, that one decides.
   */
  private takeLateStart(): void {
    this.emit({ type: 'resource.start.late' });
    if (this.state === 'starting') this.openedLate = true;
    else if (this.state !== 'running') this.closeLate();
  }

  private closeLate(): void {
    const closing = this.callClose(this.calls.closeTime(NO_LIMIT)).then(() => {
      if (this.closingLate === closing) this.closingLate = undefined;
    });
    this.closingLate = closing;
  }

  private async end(time: CloseTime, isOpen: boolean): Promise<NodeEnd> {
    // What is open is closed now: a start that hangs to this day is not worth waiting for.
    const inTime = isOpen || (await this.startHasEnded(time));
    const end = inTime && this.mustClose ? await this.callClose(time) : { name: this.name, late: !inTime };
    if (!end.late) this.state = 'closed';
    if (!end.late && !end.failure) this.emit({ type: 'resource.closed', ...(end.report && { report: end.report }) });
    this.stopObserving?.();
    return end;
  }

  /** Waits, within its time, for a start that has been given up. */
  private async startHasEnded(time: CloseTime): Promise<boolean> {
    while (this.hasLeftovers) {
      const outcome = await this.calls.wait(this.closingLate ?? this.starts.allEnded(), time);
      if (!outcome.ok) return false;
    }
    return true;
  }

  private async callClose(time: CloseTime): Promise<NodeEnd> {
    const { name } = this;
    this.mustClose = false;
    const outcome = await this.calls.close(time, () => this.endLate());
    if (!outcome.ok) {
      this.emit({ type: 'resource.close.failed', error: outcome.error });
      return { name, late: outcome.because === 'timed out', failure: { error: outcome.error } };
    }
    return isCloseReport(outcome.value) ? { name, late: false, report: outcome.value } : { name, late: false };
  }

  /** Left behind, and now it has ended after all. */
  private endLate(): void {
    if (this.state === 'closing') this.state = 'closed';
  }
}
