import type { ResourceEvents } from '../events/resource-events.js';
import type { ResourceRegistry } from '../registry/resource-registry.js';
import type {
  Hook,
  ManagerPhase,
  ResourceManagerOptions,
  ShutdownHookOptions,
  ShutdownReport,
  StartupHookOptions,
} from './manager-types.js';

/** When things happen: the phases of an application, and nothing else. */
export class ResourceManager {
  readonly registry: ResourceRegistry;
  readonly events: ResourceEvents;
  private current: ManagerPhase = 'created';

  constructor(options: ResourceManagerOptions) {
    this.registry = options.registry;
    this.events = options.registry.events;
  }

  get phase(): ManagerPhase {
    return this.current;
  }

  /** Whether requests should be sent here. */
  get isReady(): boolean {
    return this.current === 'ready';
  }

  /** How the end went; `undefined` before it. */
  get report(): ShutdownReport | undefined {
    return undefined;
  }

  addStartupHook(_hook: Hook, _options: StartupHookOptions = {}): void {}

  addShutdownHook(_hook: Hook, _options: ShutdownHookOptions = {}): void {}

  async initialize(_options: { signal?: AbortSignal } = {}): Promise<void> {
    this.current = 'initialized';
  }

  ready(): void {
    this.current = 'ready';
  }

  quiesce(): void {
    this.current = 'draining';
  }

  async settle(): Promise<void> {}

  /** Never rejects. */
  async shutdown(_options: { timeout?: number } = {}): Promise<void> {
    this.current = 'stopped';
  }
}
