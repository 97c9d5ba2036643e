import {
  type AcquireOptions,
  type CloseReport,
  ConnectionPool,
  type Lease,
  type PoolDefinition,
  type RegisterOptions,
  ResourceRegistry,
} from '@nestjs-resources/core';
import { Injectable } from '@nestjs/common';

import { kindMismatch } from './kind-mismatch.js';
import { ResourceFactory } from './resource.factory.js';

type Work<T, R> = (resource: T, lease: Lease<T>) => R | Promise<R>;

/** The pools of the registry. Keeps no list of its own. */
@Injectable()
export class PoolService {
  constructor(
    private readonly registry: ResourceRegistry,
    private readonly factory: ResourceFactory,
  ) {}

  /** @throws {ResourceNotFoundError} also if the name stands for something else */
  get<T = unknown>(name: string): ConnectionPool<T> {
    const resource = this.registry.get(name);
    if ((resource as { kind?: unknown }).kind !== 'pool') throw kindMismatch(name, 'pool', this.registry);
    return resource as ConnectionPool<T>;
  }

  /**
   * Makes a pool while the application runs, with the defaults of the module. It starts at once, and is closed by
   * `remove()` or with the application.
   *
   * @throws {OptionsError} and {@link ResourceExistsError}
   */
  create<T>(name: string, definition: PoolDefinition<T>, options?: RegisterOptions): ConnectionPool<T> {
    return this.registry.register(name, this.factory.createPool<T>(name, definition), options);
  }

  has(name: string): boolean {
    return this.registry.has(name) && this.registry.entry(name).kind === 'pool';
  }

  /** Names of all pools. */
  list(): string[] {
    return this.registry.list().flatMap(({ name, kind }) => (kind === 'pool' ? [name] : []));
  }

  /** Closes the pool and frees its name. */
  remove(name: string): Promise<CloseReport | undefined> {
    this.get(name);
    return this.registry.unregister(name);
  }

  /** Lends a resource for the duration of `work`. */
  use<T, R>(name: string, work: Work<T, R>, options?: AcquireOptions): Promise<R> {
    return this.get<T>(name).use(work, options);
  }
}
