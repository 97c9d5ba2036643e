import {
  CircuitBreaker,
  circuitBreakerOptionTable,
  ConnectionPool,
  OptionsError,
  poolOptionTable,
  refuseNonObject,
  type CircuitBreakerOptions,
  type PoolOptions,
} from '@nestjs-resources/core';
import { Inject, Injectable } from '@nestjs/common';

import { breakerLayers } from './blueprint/breaker-layers.js';
import { mergeOptions } from './blueprint/merge-options.js';
import type { BreakerRule } from './guard/guard.js';
import type { AnyPoolDefinition, ResourceOptions } from './resource-options.interface.js';
import { messages } from './resource.messages.js';
import { RESOURCE_MODULE_OPTIONS } from './resource.tokens.js';

/** Makes pools and breakers, cold, of what is declared for them and the defaults of the module. */
@Injectable()
export class ResourceFactory {
  constructor(@Inject(RESOURCE_MODULE_OPTIONS) private readonly options: ResourceOptions) {}

  /** @throws {OptionsError} */
  createPool<T>(name: string, definition: AnyPoolDefinition): ConnectionPool<T> {
    refuseOtherThanDefinition(name, definition);
    return new ConnectionPool<T>(this.poolOptions(name, definition) as PoolOptions<T>);
  }

  /** @throws {OptionsError} */
  createBreaker(name: string, given?: BreakerRule): CircuitBreaker {
    const rule = given ?? {};
    refuseNonObject(`Circuit breaker '${String(name)}'`, rule);
    return new CircuitBreaker(this.breakerOptions(name, rule) as CircuitBreakerOptions & { name: string });
  }

  /** All options of a pool, unchecked. */
  poolOptions(name: string, definition: AnyPoolDefinition): object {
    const { clock, defaults } = this.options;
    return mergeOptions(
      poolOptionTable,
      { ...(clock && { clock }), ...defaults?.pool },
      { ...definition.options, name },
    );
  }

  /** All options of a breaker, unchecked. */
  breakerOptions(name: string, rule: BreakerRule): object {
    const { clock, defaults, configs } = this.options;
    const layers = breakerLayers(rule, configs ?? {});
    const base: object = { ...(clock && { clock }), ...defaults?.breaker };
    const merged = layers.reduce<object>((below, layer) => mergeOptions(circuitBreakerOptionTable, below, layer), base);
    return { ...merged, name };
  }
}

function refuseOtherThanDefinition(name: string, given: AnyPoolDefinition | null | undefined): void {
  if (given?.kind === 'pool-definition') return;
  throw new OptionsError(`Pool '${String(name)}'`, [{ option: '', problem: messages.notDefined }], name);
}
