import { circuitBreakerOptionTable, findProblems, poolOptionTable, type OptionProblem } from '@nestjs-resources/core';

import type { BreakerRule } from '../guard/guard.js';
import type { AnyPoolDefinition, ResourceOptions } from '../resource-options.interface.js';
import type { ResourceFactory } from '../resource.factory.js';
import { messages } from '../resource.messages.js';
import { layerProblems } from './breaker-layers.js';
import type { Declaration } from './declaration.js';

/** Finds what is wrong with what a name stands for, by the table that the thing itself is checked by when it is made. */
export class ValueChecks {
  constructor(
    private readonly options: ResourceOptions,
    private readonly factory: ResourceFactory,
  ) {}

  problemsOf({ group, name, value }: Declaration): OptionProblem[] {
    const path = `${group}.${name}`;
    switch (group) {
      case 'pools':
        return this.problemsOfPool(name, value, path);
      case 'breakers':
        return this.problemsOfBreaker(name, (value ?? {}) as BreakerRule, path);
      case 'resources':
        return typeof value === 'object' && value !== null ? [] : [{ option: path, problem: messages.notAnObject }];
    }
  }

  problemsOfBreaker(name: string, rule: BreakerRule, path: string): OptionProblem[] {
    const { name: _named, ...options } = this.factory.breakerOptions(name, rule) as { name: string };
    return [
      ...layerProblems(rule, this.options.configs ?? {}, path),
      ...findProblems(circuitBreakerOptionTable, options, path),
    ];
  }

  private problemsOfPool(name: string, value: unknown, path: string): OptionProblem[] {
    const definition = value as AnyPoolDefinition | null | undefined;
    if (definition?.kind !== 'pool-definition') return [{ option: path, problem: messages.notDefined }];
    return findProblems(poolOptionTable, this.factory.poolOptions(name, definition), path);
  }
}
