import {
  circuitBreakerOptionTable,
  definePool,
  findProblems,
  poolOptionTable,
  type OptionProblem,
} from '@nestjs-resources/core';

import type { BreakerRule } from '../guard/guard.js';
import type { AnyPoolDefinition, ResourceOptions } from '../resource-options.interface.js';
import type { ResourceFactory } from '../resource.factory.js';
import { messages } from '../resource.messages.js';
import { isRule, layerProblems } from './breaker-layers.js';
import type { Declaration, Group } from './declaration.js';

/** Where the defaults of a group stand. */
const DEFAULTS: Readonly<Record<Group, string>> = {
  pools: 'defaults.pool',
  breakers: 'defaults.breaker',
  resources: '',
};

/** Finds what is wrong with what a name stands for, by the table that the thing itself is checked by when it is made. */
export class ValueChecks {
  /** What is wrong with the defaults. Every pool inherits it, but it is said once. */
  readonly problemsOfDefaults: readonly OptionProblem[];

  constructor(
    private readonly options: ResourceOptions,
    private readonly factory: ResourceFactory,
  ) {
    const pool = this.problemsOfPool('any', definePool({ create: () => undefined }), DEFAULTS.pools);
    const breaker = this.problemsOfBreaker('any', {}, DEFAULTS.breakers);
    this.problemsOfDefaults = [...pool, ...breaker];
  }

  /** What is wrong with configurations on which no rule builds: the others are checked with what builds on them. */
  problemsOfUnusedConfigs(rules: readonly BreakerRule[]): OptionProblem[] {
    const { defaults } = this.options;
    const configs = this.options.configs ?? {};
    const used = new Set<string>();
    for (const rule of [...rules, defaults?.breaker]) {
      for (let name = rule?.config; name !== undefined && !used.has(name); name = configs[name]?.config) used.add(name);
    }
    const unused = Object.entries(configs).filter(([name]) => !used.has(name));
    return unused.flatMap(([name, rule]) => this.problemsOfBreaker('any', rule ?? {}, `configs.${name}`));
  }

  problemsOf(declaration: Declaration): OptionProblem[] {
    const path = `${declaration.group}.${declaration.name}`;
    const inherited = this.problemsOfDefaults.map(({ option }) => option);
    return this.allProblemsOf(declaration, path).filter(
      ({ option }) => !inherited.includes(option.replace(path, DEFAULTS[declaration.group])),
    );
  }

  private allProblemsOf({ group, name, value }: Declaration, path: string): OptionProblem[] {
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
    if (!isRule(rule)) return [{ option: path, problem: messages.notARule }];
    const problems = layerProblems(rule, this.options.configs ?? {}, path);
    const { name: _named, ...options } = this.factory.breakerOptions(name, rule) as { name: string };
    return [...problems, ...findProblems(circuitBreakerOptionTable, options, path)];
  }

  private problemsOfPool(name: string, value: unknown, path: string): OptionProblem[] {
    const definition = value as AnyPoolDefinition | null | undefined;
    if (definition?.kind !== 'pool-definition') return [{ option: path, problem: messages.notDefined }];
    return findProblems(poolOptionTable, this.factory.poolOptions(name, definition), path);
  }
}
