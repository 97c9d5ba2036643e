import type { Metrics } from '../resource/metrics.js';
import type { CloseReport } from '../resource/close-report.js';
import { ResourceEvents } from '../events/resource-events.js';
import type { RegisteredResource } from './registered-resource.js';
import type { RegistryCloseReport } from './registry-close-report.js';
import type { RegisterOptions, ResourceRegistryOptions } from './registry-options.js';
import { ResourceNotFoundError } from './resource-not-found.error.js';

/** What exists. The parts that start and stop follow. */
export class ResourceRegistry {
  /** Where everything that happens to the resources is told. */
  readonly events: ResourceEvents;
  private readonly resources = new Map<string, object>();

  constructor(options: ResourceRegistryOptions = {}) {
    this.events = options.events ?? new ResourceEvents();
  }

  register<T extends object>(name: string, resource: T, _options: RegisterOptions = {}): T {
    this.resources.set(name, resource);
    return resource;
  }

  get<T extends object = object>(name: string): T {
    const resource = this.resources.get(name);
    if (!resource) throw new ResourceNotFoundError(name, [...this.resources.keys()]);
    return resource as T;
  }

  has(name: string): boolean {
    return this.resources.has(name);
  }

  list(): RegisteredResource[] {
    return [...this.resources.keys()].map((name) => this.entry(name));
  }

  /** @throws {ResourceNotFoundError} */
  entry(name: string): RegisteredResource {
    const resource = this.get(name);
    const { kind = 'custom' } = resource as { kind?: string };
    return { name, kind, state: 'running', critical: true, lazy: false, dependsOn: [], after: [], resource };
  }

  getMetrics(): Record<string, Metrics> {
    return {};
  }

  async started(_name: string): Promise<void> {}

  async unregister(name: string): Promise<CloseReport | undefined> {
    this.resources.delete(name);
    return undefined;
  }

  async start(_options: { signal?: AbortSignal; timeout?: number } = {}): Promise<void> {}

  quiesce(): void {}

  /** Waits for the work that resources had begun before `quiesce`. Returns the names of those that did not end in time. */
  async settle(_options: { timeout?: number } = {}): Promise<string[]> {
    return [];
  }

  async close(_options: { timeout?: number } = {}): Promise<RegistryCloseReport> {
    return { clean: true, duration: 0, closed: [], late: [], errors: [], holders: [], reports: {} };
  }
}
