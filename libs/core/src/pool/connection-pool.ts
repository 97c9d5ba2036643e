import type { CloseReport } from '../resource/close-report.js';
import type { Health } from '../resource/health.js';
import type { CallContext, CloseContext, Resource } from '../resource/resource.js';
import type { Lease } from './lease.js';
import type { PoolEvent, PoolObserveOptions } from './pool-event.js';
import type { PoolMetrics } from './pool-metrics.js';
import type { AcquireOptions, PoolBounds, PoolOptions } from './pool-options.js';
import type { PoolState } from './pool-state.js';

/** Which resources `evict` means: one, those for which the function says so, or (left out) all. */
export type EvictTarget<T> = T | Lease<T> | ((resource: T) => boolean);

/** Not complete yet: the surface others compile against. */
export class ConnectionPool<T> implements Resource {
  readonly kind = 'pool';
  readonly name: string;

  constructor(options: PoolOptions<T>) {
    this.name = options.name;
  }

  get state(): PoolState {
    return missing();
  }
  get size(): number {
    return missing();
  }
  get idle(): number {
    return missing();
  }
  get leased(): number {
    return missing();
  }
  get creating(): number {
    return missing();
  }
  get closing(): number {
    return missing();
  }
  get waiting(): number {
    return missing();
  }
  start(_context?: CallContext): Promise<void> {
    return missing();
  }
  acquire(_options?: AcquireOptions): Promise<Lease<T>> {
    return missing();
  }
  tryAcquire(_options?: Pick<AcquireOptions, 'label' | 'leakAfter'>): Lease<T> | undefined {
    return missing();
  }
  use<R>(_work: (resource: T, lease: Lease<T>) => R | Promise<R>, _options?: AcquireOptions): Promise<R> {
    return missing();
  }
  release(_lease: Lease<T>): void {
    missing();
  }
  resize(_bounds: PoolBounds): void {
    missing();
  }
  evict(_target?: EvictTarget<T>, _options?: { readonly hard?: boolean }): Promise<number> {
    return missing();
  }
  suspend(): void {
    missing();
  }
  resume(): void {
    missing();
  }
  drain(_options?: { readonly timeout?: number }): Promise<void> {
    return missing();
  }
  close(_options?: { readonly timeout?: number } | CloseContext): Promise<CloseReport> {
    return missing();
  }
  check(_context?: CallContext): Health | Promise<Health> {
    return missing();
  }
  getMetrics(): PoolMetrics {
    return missing();
  }
  observe(_listener: (event: PoolEvent) => void, _options?: PoolObserveOptions): () => void {
    return missing();
  }
  [Symbol.asyncDispose](): Promise<void> {
    return missing();
  }
}

function missing(): never {
  throw new Error('The pool is being built.');
}
