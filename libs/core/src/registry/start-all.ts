import { CallTimeoutError } from '../call/call-timeout.error.js';
import type { Outcome } from '../call/outcome.js';
import type { Clock } from '../clock/clock.js';
import { isPromiseLike } from '../resource/promise-like.js';
import type { ResourceGraph } from './resource-graph.js';
import type { ResourceNode } from './resource-node.js';
import { ResourceSkippedError } from './resource-skipped.error.js';
import { ResourceStartError, type StartFailure } from './resource-start.error.js';
import { StartQueue } from './start-queue.js';
import { StartRetries, type StartRetryOptions } from './start-retries.js';
import { StartWaiters, whyNot } from './start-waiters.js';

export interface RegistryStartOptions {
  /** Gives the start up: what was started is closed again, and the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Milliseconds for all together. @default Infinity */
  readonly timeout?: number;
  /** Milliseconds for closing everything again if the start fails. @default 25_000 */
  readonly closeTimeout?: number;
}

/**
 * Starts nodes, each as soon as everything before it has settled. Lives as long as its registry: a resource registered while
 * the others run, a lazy one that is asked for, and one that is tried again take the same way.
 *
 *     enlisted ─► blocked by what is under way ─► ready ─► starting ─► settled ─► unblocks those behind
 *
 * Invariants: a node starts only when all it depends on run; `pump` is not re-entered, so that a long chain of synchronous
 * starts is a loop and not a recursion; once stopped, nothing starts.
 */
export class StartAll {
  private readonly queue: StartQueue;
  private readonly retries: StartRetries;
  private readonly waiters = new StartWaiters();
  private readonly starting = new Set<ResourceNode>();
  private readonly failures = new Map<ResourceNode, unknown>();
  private whole: { readonly resolve: () => void; readonly reject: (reason: unknown) => void } | undefined = undefined;
  private pumping = false;
  private stopped: { readonly reason: unknown } | undefined = undefined;

  constructor(
    private readonly graph: ResourceGraph<ResourceNode>,
    private readonly clock: Clock,
    retryOptions: StartRetryOptions,
  ) {
    this.queue = new StartQueue(graph);
    this.retries = new StartRetries(clock, retryOptions, (node) => this.enlist([node]));
  }

  /**
   * Starts `nodes` and settles when nothing is under way any more. Rejects, having stopped everything, as soon as something
   * critical does not run, the time is over, or somebody gives up.
   */
  run(nodes: readonly ResourceNode[], { signal, timeout = Infinity }: RegistryStartOptions): Promise<void> {
    const onAbort = (): void => this.stop(signal?.reason);
    const release = this.clock.hold?.();
    const cancel = this.clock.schedule(timeout, () => this.stop(this.tooLate(timeout)));
    signal?.addEventListener('abort', onAbort, { once: true });
    return new Promise<void>((resolve, reject) => {
      this.whole = { resolve, reject };
      if (signal?.aborted) this.stop(signal.reason);
      else this.begin(nodes);
    }).finally(() => {
      this.whole = undefined;
      cancel();
      release?.();
      signal?.removeEventListener('abort', onAbort);
    });
  }

  /** Whether `node` is starting or waits for its turn. */
  isUnderWay(node: ResourceNode): boolean {
    return this.queue.isUnderWay(node);
  }

  /** Starts `nodes` and, before them, whatever they depend on that has not been asked for yet. */
  enlist(nodes: Iterable<ResourceNode>): void {
    if (this.stopped) return;
    const added = this.withDependencies(nodes);
    for (const node of added) this.retries.cancel(node);
    this.queue.add(added);
    this.pump();
  }

  /** Settles when `node` runs, or with why it does not. */
  whenStarted(node: ResourceNode): Promise<void> {
    if (node.state === 'running') return Promise.resolve();
    if (this.stopped) return Promise.reject(this.stopped.reason as Error);
    const hasFailed = node.state === 'failed' || node.state === 'skipped';
    return hasFailed && !this.isUnderWay(node) ? Promise.reject(whyNot(node)) : this.waiters.join(node);
  }

  /** Forgets `node`, which is about to be closed. Those behind it do not wait for it any more. */
  forget(node: ResourceNode, reason: unknown): void {
    this.retries.forget(node);
    this.failures.delete(node);
    this.queue.remove(node);
    this.starting.delete(node);
    this.waiters.refuse(node, reason);
    this.queue.settled(node);
    this.pump();
  }

  /** Tries nothing again from now on. */
  stopRetrying(): void {
    this.retries.stop();
  }

  /** Starts nothing any more, and gives up what is starting. */
  stop(reason: unknown): void {
    if (this.stopped) return;
    this.stopped = { reason };
    this.whole?.reject(reason);
    this.retries.stop();
    this.queue.clear();
    for (const node of this.starting) node.abortStart(reason);
    this.waiters.refuseAll(reason);
  }

  private begin(nodes: readonly ResourceNode[]): void {
    // Asked for before the others, and given up so often that it cannot be called again now.
    const stuck = nodes.find((node) => node.critical && node.state === 'failed' && node.obstacle !== undefined);
    if (stuck) this.fatal(stuck, stuck.error);
    else this.enlist(nodes);
  }

  private withDependencies(nodes: Iterable<ResourceNode>): Set<ResourceNode> {
    const added = new Set<ResourceNode>();
    const found = [...nodes];
    for (const node of found) {
      if (added.has(node) || !this.canStart(node)) continue;
      added.add(node);
      for (const name of node.options.dependsOn) {
        const dependency = this.graph.get(name);
        // An array that grows is iterated to its new end.
        if (dependency?.state === 'registered') found.push(dependency);
      }
    }
    return added;
  }

  private canStart(node: ResourceNode): boolean {
    return node.isIdle && !node.obstacle && !this.isUnderWay(node);
  }

  private pump(): void {
    if (this.pumping) return;
    this.pumping = true;
    for (let node = this.queue.next(); node; node = this.queue.next()) this.startOrSkip(node);
    this.pumping = false;
    if (this.queue.isEmpty && this.starting.size === 0) this.whole?.resolve();
  }

  private startOrSkip(node: ResourceNode): void {
    const missing = node.options.dependsOn.find((name) => this.graph.get(name)?.state !== 'running');
    if (missing !== undefined) return this.skip(node, missing);
    this.starting.add(node);
    const outcome = node.start();
    if (isPromiseLike(outcome)) void outcome.then((end) => this.ended(node, end));
    else this.ended(node, outcome);
  }

  private ended(node: ResourceNode, outcome: Outcome<void>): void {
    if (!this.starting.delete(node)) return;
    if (outcome.ok) this.succeeded(node);
    else if (!this.stopped) this.failed(node, outcome.error);
    this.settled(node);
  }

  private succeeded(node: ResourceNode): void {
    this.retries.forget(node);
    this.failures.delete(node);
  }

  private failed(node: ResourceNode, error: unknown): void {
    this.failures.set(node, error);
    if (node.critical) this.fatal(node, error);
    this.retries.schedule(node);
  }

  private skip(node: ResourceNode, missing: string): void {
    const error = new ResourceSkippedError(node.name, missing, this.graph.get(missing)?.error);
    node.skip(error);
    if (node.critical) this.fatal(node, error);
    this.settled(node);
  }

  private settled(node: ResourceNode): void {
    this.waiters.settled(node);
    this.queue.settled(node);
    const again = node.state === 'running' ? this.skippedBecauseOf(node) : [];
    if (again.length > 0) this.enlist(again);
    this.pump();
  }

  private skippedBecauseOf(node: ResourceNode): ResourceNode[] {
    const skipped: ResourceNode[] = [];
    for (const other of this.graph.behind(node)) {
      if (other.state === 'skipped' && other.dependsOn(node)) skipped.push(other);
    }
    return skipped;
  }

  /** Only while the whole starts: afterwards the others serve, and one that fails does not take them with it. */
  private fatal(node: ResourceNode, error: unknown): void {
    if (this.whole) this.stop(new ResourceStartError({ failures: this.failuresFrom(node, error) }));
  }

  private tooLate(timeout: number): ResourceStartError {
    const error = new CallTimeoutError('Starting all resources', timeout);
    return new ResourceStartError({ failures: [...this.starting].map(({ name }) => ({ name, error })) });
  }

  /** What was fatal, and then whatever else has failed. */
  private failuresFrom(fatal: ResourceNode, error: unknown): StartFailure[] {
    const others = [...this.failures].filter(([node]) => node !== fatal);
    return [{ name: fatal.name, error }, ...others.map(([node, reason]) => ({ name: node.name, error: reason }))];
  }
}
