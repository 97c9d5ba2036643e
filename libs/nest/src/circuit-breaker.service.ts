import {
  type CircuitBreaker,
  type CloseReport,
  type ExecuteOptions,
  type PolicyContext,
  ResourceError,
  ResourceRegistry,
} from '@nestjs-resources/core';
import { Inject, Injectable } from '@nestjs/common';

import type { BreakerRule } from './guard/guard.js';
import { kindMismatch } from './kind-mismatch.js';
import type { ResourceOptions } from './resource-options.interface.js';
import { MOST_BREAKERS } from './resource-options.table.js';
import { ResourceFactory } from './resource.factory.js';
import { messages } from './resource.messages.js';
import { RESOURCE_MODULE_OPTIONS } from './resource.tokens.js';

/** The circuit breakers of the registry. Keeps no list of its own. */
@Injectable()
export class CircuitBreakerService {
  constructor(
    private readonly registry: ResourceRegistry,
    private readonly factory: ResourceFactory,
    @Inject(RESOURCE_MODULE_OPTIONS) private readonly options: ResourceOptions,
  ) {}

  /** @throws {ResourceNotFoundError} also if the name stands for something else */
  get(name: string): CircuitBreaker {
    const resource = this.registry.get(name);
    if ((resource as { kind?: unknown }).kind !== 'breaker') throw kindMismatch(name, 'breaker', this.registry);
    return resource as CircuitBreaker;
  }

  /**
   * Makes a breaker while the application runs, with the defaults and configurations of the module.
   *
   * @throws {OptionsError} and {@link ResourceExistsError}
   * @throws {ResourceError} BREAKER_LIMIT if there are `maxBreakers` already
   */
  create(name: string, rule?: BreakerRule): CircuitBreaker {
    const { maxBreakers = MOST_BREAKERS } = this.options;
    if (this.list().length >= maxBreakers) {
      throw new ResourceError(messages.tooManyBreakers(name, maxBreakers), { code: 'BREAKER_LIMIT', resource: name });
    }
    return this.registry.register(name, this.factory.createBreaker(name, rule));
  }

  /** The breaker with this name; if there is none, one made by `rule`. */
  getOrCreate(name: string, rule?: BreakerRule): CircuitBreaker {
    return this.registry.has(name) ? this.get(name) : this.create(name, rule);
  }

  has(name: string): boolean {
    return this.registry.has(name) && this.registry.entry(name).kind === 'breaker';
  }

  /** Names of all circuit breakers. */
  list(): string[] {
    return this.registry.list().flatMap(({ name, kind }) => (kind === 'breaker' ? [name] : []));
  }

  /** Closes the breaker and frees its name. */
  remove(name: string): Promise<CloseReport | undefined> {
    this.get(name);
    return this.registry.unregister(name);
  }

  /** Runs `work` behind the breaker with this name. */
  async execute<R>(
    name: string,
    work: (context: PolicyContext) => R | Promise<R>,
    options?: ExecuteOptions<R>,
  ): Promise<R> {
    return this.get(name).execute(work, options);
  }
}
