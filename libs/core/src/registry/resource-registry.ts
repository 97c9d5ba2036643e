import type { Clock } from '../clock/clock.js';
import { systemClock } from '../clock/system-clock.js';
import { ResourceEvents } from '../events/resource-events.js';
import { checkOptions } from '../options/check-options.js';
import { OptionsError, type OptionProblem } from '../options/options.error.js';
import { refuseMisfits } from '../options/refuse-misfits.js';
import { refuseNonObject } from '../options/refuse-non-object.js';
import type { CloseReport } from '../resource/close-report.js';
import type { Metrics } from '../resource/metrics.js';
import type { Resource } from '../resource/resource.js';
import { noteWhoAwaitsClose } from '../task/awaited-calls.js';
import { CloseAll } from './close-all.js';
import { closeTime, timeoutOf } from './close-time.js';
import { checkRegistration, checkStart } from './check-registration.js';
import { Departures } from './departures.js';
import { readMetrics } from './read-metrics.js';
import type { RegisteredResource } from './registered-resource.js';
import { RegistryClosedError } from './registry-closed.error.js';
import type { RegistryCloseReport } from './registry-close-report.js';
import type { RegisterOptions, ResourceRegistryOptions } from './registry-options.js';
import { registryOptionTable, type CheckedRegistryOptions } from './registry-options.table.js';
import { ResourceExistsError } from './resource-exists.error.js';
import { ResourceGraph } from './resource-graph.js';
import { ResourceInUseError } from './resource-in-use.error.js';
import { ResourceNode, type NodeSurroundings } from './resource-node.js';
import { ResourceNotFoundError } from './resource-not-found.error.js';
import { ResourceStartError } from './resource-start.error.js';
import { StartAll, type RegistryStartOptions } from './start-all.js';

const DEFAULT_CLOSE_TIMEOUT = 25_000;

/**
 * What exists: every resource of an application, under one name each.
 *
 * Invariants: nothing starts before what it depends on runs, nothing closes before what depends on it has closed; every
 * resource is closed exactly once; a failed start closes everything, so a registry is either running as declared or closed.
 *
 * @example
 * const registry = new ResourceRegistry();
 * registry.register('orders-db', pool);
 * registry.register('outbox', task, { dependsOn: ['orders-db'] });
 * await registry.start();
 */
export class ResourceRegistry {
  /** Where everything that happens to the resources is told. */
  readonly events: ResourceEvents;
  private readonly clock: Clock;
  private readonly surroundings: NodeSurroundings;
  private readonly graph = new ResourceGraph<ResourceNode>();
  private readonly starter: StartAll;
  private readonly departures: Departures;
  private isServing = false;
  private isQuiet = false;
  private starting: Promise<void> | undefined = undefined;
  private closing: Promise<RegistryCloseReport> | undefined = undefined;

  /** @throws {OptionsError} naming everything that is wrong with the options */
  constructor(options: ResourceRegistryOptions = {}) {
    refuseNonObject('ResourceRegistry', options);
    const { events, clock = systemClock, random = Math.random, ...given } = options;
    refuseMisfits('ResourceRegistry', {
      clock: [clock, 'a Clock', 'schedule'],
      ...(events !== undefined && { events: [events, 'a ResourceEvents', 'publish'] }),
    });
    const checked = checkOptions<CheckedRegistryOptions>(registryOptionTable, given, { subject: 'ResourceRegistry' });
    const { startTimeout, closeTimeout, retry } = checked;
    this.clock = clock;
    this.events = events ?? new ResourceEvents({ clock });
    const timeouts = { start: startTimeout, close: closeTimeout };
    this.surroundings = { clock, events: this.events, timeouts };
    this.starter = new StartAll(this.graph, clock, { retry, random });
    this.departures = new Departures(this.graph, this.starter, clock);
  }

  /**
   * Gives `resource` a name and a place. Begins nothing before `start()`; while the others run already, it starts at once.
   *
   * @returns the resource
   * @throws {ResourceExistsError} when the name is taken
   * @throws {RegistryClosedError}
   * @throws {OptionsError} when the name or an option is impossible
   */
  register<T extends Resource>(name: string, resource: T, options?: RegisterOptions): T;
  register<T extends object>(name: string, resource: T, options?: RegisterOptions): T;
  register<T extends object>(name: string, resource: T, options: RegisterOptions = {}): T {
    const node = this.admit(name, resource, options);
    node.observe();
    this.graph.add(node);
    node.emit({ type: 'resource.registered' });
    if (this.isServing && !node.options.lazy) this.starter.enlist([node]);
    return resource;
  }

  /** @throws {ResourceNotFoundError} saying which name was probably meant */
  get<T extends object = object>(name: string): T {
    return this.node(name).resource as T;
  }

  has(name: string): boolean {
    const node = this.graph.get(name);
    return node !== undefined && !this.departures.has(node);
  }

  /** All resources, in the order of their registration. */
  list(): RegisteredResource[] {
    return this.nodes().map((node) => node.toEntry());
  }

  /** @throws {ResourceNotFoundError} */
  entry(name: string): RegisteredResource {
    return this.node(name).toEntry();
  }

  /** The figures of each resource by its name. One that cannot give them has `error` instead. */
  getMetrics(): Record<string, Metrics> {
    const read = this.nodes().map(({ name, kind, resource }) => [name, readMetrics(name, kind, resource)] as const);
    return Object.fromEntries(read);
  }

  /**
   * Asks for a resource: resolves when it runs. A lazy one is started by this, and so is, before `start()`, any other
   * together with what it depends on.
   *
   * @throws {ResourceStartError} when it does not start
   * @throws {ResourceNotFoundError}
   */
  async started(name: string): Promise<void> {
    const node = this.node(name);
    if (this.closing || node.isEnding) throw new RegistryClosedError(`Resource '${name}' cannot be started`, name);
    if (!this.isServing) refuse('Resources', this.graph.findProblems());
    const started = this.starter.whenStarted(node);
    if (node.state === 'registered') this.starter.enlist([node]);
    return started;
  }

  /**
   * Starts everything that is not lazy, each as soon as its own dependencies run. A second call joins the first.
   *
   * @throws {OptionsError} naming every unknown name and every cycle, before anything runs
   * @throws {ResourceStartError} when something critical does not start; what had been started was closed again
   */
  start(options: RegistryStartOptions = {}): Promise<void> {
    if (this.closing) return Promise.reject(new RegistryClosedError('Resources cannot be started'));
    // A step later, so that a second call from within the first joins it.
    this.starting ??= Promise.resolve().then(() => this.startAll(checkStart(options)));
    return this.starting;
  }

  /** Tells every resource to begin no new work of its own. Nothing that failed is tried again from now on. */
  quiesce(): void {
    if (this.isQuiet) return;
    this.isQuiet = true;
    this.starter.stopRetrying();
    for (const node of this.nodes().reverse()) node.quiesce();
  }

  /**
   * Waits for the work that resources had begun before `quiesce()`.
   *
   * @returns the names of those that had not ended in time
   */
  async settle(options: { timeout?: number } = {}): Promise<string[]> {
    const timeout = timeoutOf(options, Infinity);
    const nodes = this.nodes();
    const ended = await Promise.all(nodes.map((node) => node.settle(timeout)));
    return nodes.filter((_node, index) => !ended[index]).map(({ name }) => name);
  }

  /**
   * Takes a resource out and closes it. What fails on the way is told as an event and in the report, not thrown.
   *
   * @returns what the resource reports, or a report of ours when something failed
   * @throws {ResourceNotFoundError}
   * @throws {ResourceInUseError} while something that runs depends on it
   */
  async unregister(name: string): Promise<CloseReport | undefined> {
    const node = this.node(name);
    if (this.closing) {
      // It has its place in that.
      await this.closing;
      return this.has(name) ? this.departures.release(node) : undefined;
    }
    const dependants = this.departures.dependantsOf(node);
    if (dependants.length > 0) throw new ResourceInUseError(name, dependants);
    noteWhoAwaitsClose((task) => task === node.resource);
    return this.departures.release(node);
  }

  /**
   * Closes everything in the reverse order, within `timeout`: a start is given up first, what has not ended in time is left
   * behind and named. Never rejects; a second call joins the first. For good.
   *
   * @param options - `timeout`: milliseconds for all together, @default 25_000
   */
  close(options: { timeout?: number } = {}): Promise<RegistryCloseReport> {
    const timeout = timeoutOf(options, DEFAULT_CLOSE_TIMEOUT);
    this.noteCaller();
    this.closing ??= this.closeLater(timeout, new RegistryClosedError('The start was given up'));
    return this.closing;
  }

  /** @internal To be called by whoever is asked to close everything: a task that waits for that is not waited for. */
  noteCaller(): void {
    noteWhoAwaitsClose((task) => this.nodes().some(({ resource }) => resource === task));
  }

  private nodes(): ResourceNode[] {
    return [...this.graph].filter((node) => !this.departures.has(node));
  }

  private node(name: string): ResourceNode {
    const node = this.graph.get(name);
    const known = (): string[] => this.nodes().map((other) => other.name);
    if (!node || this.departures.has(node)) throw new ResourceNotFoundError(name, known());
    return node;
  }

  private admit(name: string, resource: object, options: RegisterOptions): ResourceNode {
    if (this.closing) throw new RegistryClosedError(`Resource '${name}' cannot be registered`, name);
    const checked = checkRegistration(name, resource, options);
    const holder = this.graph.get(name);
    if (holder) throw new ResourceExistsError(name, this.departures.has(holder));
    const node = new ResourceNode(name, resource, checked, this.surroundings);
    if (this.isServing) refuse(`Resource '${name}'`, this.graph.findProblemsWith(node));
    return node;
  }

  private async startAll(options: RegistryStartOptions): Promise<void> {
    const problems = this.graph.findProblems();
    if (problems.length > 0) this.starting = undefined;
    refuse('Resources', problems);
    if (this.closing) throw new RegistryClosedError('Resources cannot be started');
    this.isServing = true;
    try {
      await this.starter.run(
        this.nodes().filter((node) => !node.options.lazy),
        options,
      );
    } catch (error) {
      throw await this.rolledBack(error, options.closeTimeout);
    }
  }

  /** A start that failed leaves nothing open. */
  private async rolledBack(error: unknown, timeout = DEFAULT_CLOSE_TIMEOUT): Promise<unknown> {
    const ran = new Set(this.nodes().flatMap(({ name, state }) => (state === 'running' ? [name] : [])));
    this.closing ??= this.closeLater(timeout, error);
    const { closed, errors } = await this.closing;
    if (!(error instanceof ResourceStartError)) return error;
    const rolledBack = closed.filter((name) => ran.has(name));
    return new ResourceStartError({ failures: error.failures, rolledBack, rollbackErrors: errors });
  }

  /** A step later, so that whoever is told of the end finds the registry closed, and joins instead of closing again. */
  private closeLater(timeout: number, reason: unknown): Promise<RegistryCloseReport> {
    return Promise.resolve().then(async () => {
      this.starter.stop(reason);
      const time = closeTime(this.clock.now(), timeout);
      return new CloseAll(this.graph, this.clock, time, reason).run();
    });
  }
}

function refuse(subject: string, problems: readonly OptionProblem[]): void {
  if (problems.length > 0) throw new OptionsError(subject, problems);
}
