import { CallTimeoutError } from '../call/call-timeout.error.js';
import type { Outcome } from '../call/outcome.js';
import type { Clock } from '../clock/clock.js';
import { ResourceError } from '../errors/resource.error.js';
import { isPromiseLike } from '../resource/promise-like.js';
import type { ResourceGraph } from './resource-graph.js';
import type { ResourceNode } from './resource-node.js';
import { ResourceStartError, type StartFailure } from './resource-start.error.js';
import { StartRetries, type StartRetryOptions } from './start-retries.js';

export interface RegistryStartOptions {
  /** Gives the start up: what was started is closed again, and the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Milliseconds for all together. @default Infinity */
  readonly timeout?: number;
}

/**
 * Starts nodes, each as soon as everything before it is settled. Lives as long as its registry: a resource registered while
 * the others run, a lazy one that is asked for, and one that is tried again take the same way.
 *
 *     enlisted ─► blocked by what is not settled ─► ready ─► starting ─► settled ─► unblocks those behind
 *
 * Invariants: a node starts only when all it depends on run; each edge is looked at a fixed number of times per start; `pump`
 * is not re-entered, so that a long chain of synchronous starts is a loop and not a recursion.
 */
export class StartAll {
  private readonly blockers = new Map<ResourceNode, Set<ResourceNode>>();
  private readonly ready: ResourceNode[] = [];
  private readonly starting = new Set<ResourceNode>();
  private readonly awaited = new Map<ResourceNode, Handles[]>();
  private readonly failures = new Map<ResourceNode, unknown>();
  private readonly retries: StartRetries;
  private whole: Handles | undefined = undefined;
  private pumping = false;
  private stopped = false;

  constructor(
    private readonly graph: ResourceGraph<ResourceNode>,
    private readonly clock: Clock,
    retryOptions: StartRetryOptions,
  ) {
    this.retries = new StartRetries(clock, retryOptions, (node) => this.enlist([node]));
  }

  /**
   * Starts `nodes` and settles when nothing is on its way any more. Rejects, having stopped everything, as soon as something
   * critical does not run, the time is over, or somebody gives up.
   */
  run(nodes: Iterable<ResourceNode>, { signal, timeout = Infinity }: RegistryStartOptions): Promise<void> {
    const onAbort = (): void => this.stop(signal?.reason);
    const release = this.clock.hold?.();
    const cancel = this.clock.schedule(timeout, () => this.stop(this.tooLate(timeout)));
    signal?.addEventListener('abort', onAbort, { once: true });
    return new Promise<void>((resolve, reject) => {
      this.whole = { resolve, reject };
      if (signal?.aborted) this.stop(signal.reason);
      else this.enlist(nodes);
    }).finally(() => {
      this.whole = undefined;
      cancel();
      release?.();
      signal?.removeEventListener('abort', onAbort);
    });
  }

  /** Whether `node` is starting or waits for its turn. */
  isUnderWay(node: ResourceNode): boolean {
    return this.blockers.has(node) || node.state === 'starting';
  }

  /** Starts `nodes` and, before them, whatever they depend on that has not been asked for yet. */
  enlist(nodes: Iterable<ResourceNode>): void {
    if (this.stopped) return;
    const added = this.withDependencies(nodes);
    for (const node of added) {
      this.retries.cancel(node);
      this.blockers.set(node, new Set());
    }
    for (const node of added) {
      const blockers = this.blockers.get(node);
      for (const before of this.graph.before(node)) if (this.isUnderWay(before)) blockers?.add(before);
      if (blockers?.size === 0) this.ready.push(node);
    }
    this.pump();
  }

  /** Settles when `node` runs, or with why it does not. */
  whenStarted(node: ResourceNode): Promise<void> {
    if (node.state === 'running') return Promise.resolve();
    return new Promise((resolve, reject) => {
      const handles = { resolve, reject };
      if (this.isOver(node)) return reject(whyNot(node));
      this.awaited.set(node, [...(this.awaited.get(node) ?? []), handles]);
    });
  }

  /** Forgets `node`, which is about to be closed. Those behind it do not wait for it any more. */
  forget(node: ResourceNode, reason: unknown): void {
    this.retries.forget(node);
    this.failures.delete(node);
    this.blockers.delete(node);
    this.starting.delete(node);
    this.tell(node, reason);
    this.unblock(node);
    this.pump();
  }

  /** Tries nothing again from now on. */
  stopRetrying(): void {
    this.retries.stop();
  }

  /** Starts nothing any more, and gives up what is starting. */
  stop(reason: unknown): void {
    if (this.stopped) return;
    this.stopped = true;
    this.whole?.reject(reason);
    this.retries.stop();
    this.ready.length = 0;
    this.blockers.clear();
    for (const node of this.starting) node.abortStart(reason);
    for (const node of this.awaited.keys()) this.tell(node, reason);
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
    const { state } = node;
    return (state === 'registered' || state === 'failed' || state === 'skipped') && !this.isUnderWay(node);
  }

  /** Neither runs nor is on its way. */
  private isOver(node: ResourceNode): boolean {
    return (node.state === 'failed' || node.state === 'skipped') && !this.isUnderWay(node);
  }

  private pump(): void {
    if (this.pumping) return;
    this.pumping = true;
    for (let next = 0; next < this.ready.length; next++) {
      const node = this.ready[next];
      if (node && this.blockers.delete(node)) this.begin(node);
    }
    this.ready.length = 0;
    this.pumping = false;
    if (this.blockers.size === 0 && this.starting.size === 0) this.whole?.resolve();
  }

  private begin(node: ResourceNode): void {
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
    this.settle(node);
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

  private skip(node: ResourceNode, missing: string): void {
    const cause = this.graph.get(missing)?.error;
    const error = new ResourceError(
      `Resource '${node.name}' was not started: '${missing}', on which it depends, does not run.`,
      {
        code: 'RESOURCE_SKIPPED',
        resource: node.name,
        cause,
      },
    );
    node.skip(missing, error);
    if (node.critical) this.fatal(node, error);
    this.settle(node);
  }

  private settle(node: ResourceNode): void {
    this.tell(node, node.state === 'running' ? undefined : whyNot(node));
    this.unblock(node);
    if (node.state === 'running') this.enlist(this.skippedBecauseOf(node));
    this.pump();
  }

  private unblock(node: ResourceNode): void {
    for (const behind of this.graph.behind(node)) {
      const blockers = this.blockers.get(behind);
      if (blockers?.delete(node) && blockers.size === 0) this.ready.push(behind);
    }
  }

  private skippedBecauseOf(node: ResourceNode): ResourceNode[] {
    return [...this.graph.behind(node)].filter(
      ({ state, options }) => state === 'skipped' && options.dependsOn.includes(node.name),
    );
  }

  private tell(node: ResourceNode, reason: unknown): void {
    const handles = this.awaited.get(node) ?? [];
    this.awaited.delete(node);
    const runs = node.state === 'running';
    for (const { resolve, reject } of handles) {
      if (runs) resolve();
      else reject(reason);
    }
  }
}

function whyNot({ name, error }: ResourceNode): ResourceStartError {
  return new ResourceStartError({ failures: [{ name, error }] });
}

/** Both ends of a promise. */
interface Handles {
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}
