import { isDeepStrictEqual } from 'node:util';
import {
  circuitBreakerOptionTable,
  findProblems,
  monitorOptionTable,
  OptionsError,
  poolOptionTable,
  redactText,
  type OptionProblem,
} from '@nestjs-resources/core';
import { Inject, Injectable } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';

import { layerProblems } from './blueprint/breaker-layers.js';
import {
  countRoots,
  declarationsOf,
  type Declaration,
  type DeclarationSource,
  GROUPS,
  readSources,
  rootImporters,
} from './blueprint/declaration.js';
import { findGuardedClasses, type GuardedClass } from './blueprint/guarded-classes.js';
import { fallbackMethods } from './guard/fallback.js';
import type { BreakerRule, Guard } from './guard/guard.js';
import type { AnyPoolDefinition, ResourceNames, ResourceOptions } from './resource-options.interface.js';
import { featureOptionTable, resourceOptionTable } from './resource-options.table.js';
import { ResourceFactory } from './resource.factory.js';
import { messages } from './resource.messages.js';
import { ResourceMetadataAccessor } from './resource-metadata.accessor.js';
import { DECLARED_NAMES, RESOURCE_MODULE_OPTIONS } from './resource.tokens.js';

/**
 * All that the application declares, by modules and by decorators, read and checked before anything is made of it. Every
 * factory of a resource depends on it, so a mistake stops the boot, and all mistakes are in one error.
 */
@Injectable()
export class ResourceBlueprint {
  /** Breakers that only a decorator declares. */
  readonly decorated: ReadonlyMap<string, BreakerRule>;

  private readonly sources: readonly DeclarationSource[];
  private readonly declarations: readonly Declaration[];
  private readonly guarded: readonly GuardedClass[];

  /** @throws {OptionsError} */
  constructor(
    private readonly modules: ModulesContainer,
    @Inject(RESOURCE_MODULE_OPTIONS) private readonly options: ResourceOptions,
    @Inject(DECLARED_NAMES) private readonly promised: ResourceNames,
    private readonly factory: ResourceFactory,
    accessor: ResourceMetadataAccessor,
  ) {
    this.sources = readSources(modules, options);
    this.declarations = this.sources.flatMap(declarationsOf);
    this.guarded = findGuardedClasses(modules, accessor);
    this.decorated = new Map(this.guards.flatMap(({ name, rule }) => (rule ? [[name, rule] as const] : [])));
    const problems = this.problems();
    if (problems.length > 0) throw new OptionsError('ResourceModule', problems.map(withoutSecrets));
  }

  private get guards(): Guard[] {
    return this.guarded.flatMap(({ guards }) => guards);
  }

  private problems(): OptionProblem[] {
    return [
      ...this.moduleProblems(),
      ...this.nameProblems(),
      ...this.declarations.flatMap((declaration) => this.valueProblems(declaration)),
      ...this.guardProblems(),
    ];
  }

  private moduleProblems(): OptionProblem[] {
    const [root, ...features] = this.sources;
    const problems = findProblems(resourceOptionTable, root?.options);
    problems.push(...features.flatMap(({ options }) => findProblems(featureOptionTable, options)));
    problems.push(...findProblems(monitorOptionTable, this.options.monitor, 'monitor'));
    if (countRoots(this.modules) > 1) {
      problems.push({ option: '', problem: messages.rootTwice(rootImporters(this.modules).join(', ')) });
    }
    return problems;
  }

  private nameProblems(): OptionProblem[] {
    return [...this.promiseProblems(), ...this.duplicateProblems(), ...this.registrationProblems()];
  }

  private promiseProblems(): OptionProblem[] {
    return GROUPS.flatMap((group) => {
      const promised = this.promised[group] ?? [];
      const delivered = Object.keys(this.options[group] ?? {});
      const missing = promised.filter((name) => !delivered.includes(name));
      const surplus = delivered.filter((name) => !promised.includes(name));
      return [
        ...missing.map((name) => ({ option: `${group}.${name}`, problem: messages.notDelivered(group) })),
        ...surplus.map((name) => ({ option: `${group}.${name}`, problem: messages.notPromised(group, name) })),
      ];
    });
  }

  private duplicateProblems(): OptionProblem[] {
    const first = new Map<string, Declaration>();
    return this.declarations.flatMap((declaration) => {
      const { group, name, by } = declaration;
      const other = first.get(name);
      if (!other) first.set(name, declaration);
      if (!other) return [];
      return [
        {
          option: `${group}.${name}`,
          problem: messages.declaredTwice(`${other.by} (${other.group})`, `${by} (${group})`),
        },
      ];
    });
  }

  private registrationProblems(): OptionProblem[] {
    return this.sources.flatMap((source) => {
      const known = declarationsOf(source).map(({ name }) => name);
      return Object.keys(source.options.registration ?? {})
        .filter((name) => !known.includes(name))
        .map((name) => ({ option: `registration.${name}`, problem: messages.unknownRegistration(known.join(', ')) }));
    });
  }

  private valueProblems({ group, name, value }: Declaration): OptionProblem[] {
    const path = `${group}.${name}`;
    switch (group) {
      case 'pools':
        return this.poolProblems(name, value, path);
      case 'breakers':
        return this.breakerProblems(name, (value ?? {}) as BreakerRule, path);
      case 'resources':
        return typeof value === 'object' && value !== null ? [] : [{ option: path, problem: messages.notAnObject }];
    }
  }

  private poolProblems(name: string, value: unknown, path: string): OptionProblem[] {
    const definition = value as AnyPoolDefinition | null | undefined;
    if (definition?.kind !== 'pool-definition') return [{ option: path, problem: messages.notDefined }];
    return findProblems(poolOptionTable, this.factory.poolOptions(name, definition), path);
  }

  private breakerProblems(name: string, rule: BreakerRule, path: string): OptionProblem[] {
    const { name: _name, ...options } = this.factory.breakerOptions(name, rule) as { name: string };
    return [
      ...layerProblems(rule, this.options.configs ?? {}, path),
      ...findProblems(circuitBreakerOptionTable, options, path),
    ];
  }

  private guardProblems(): OptionProblem[] {
    const guards = [...new Set(this.guards)];
    const known = [
      ...this.declarations.filter(({ group }) => group === 'breakers').map(({ name }) => name),
      ...this.decorated.keys(),
    ];
    return [
      ...guards.flatMap((guard) => this.ruleProblems(guard)),
      ...guards
        .filter(({ name, rule }) => !rule && !known.includes(name))
        .map(({ where, name }) => ({ option: at(where), problem: messages.unknownBreaker(name, known.join(', ')) })),
      ...this.guarded.flatMap(fallbackProblems),
    ];
  }

  private ruleProblems({ where, name, rule, use }: Guard): OptionProblem[] {
    const { fallback: _checkedElsewhere, ...aroundTheBreaker } = use;
    if (!rule) return findProblems(circuitBreakerOptionTable, aroundTheBreaker, at(where));
    const declared = this.declarations.find((declaration) => declaration.name === name);
    const other = this.guards.find(
      (guard) => guard.name === name && guard.rule && !isDeepStrictEqual(guard.rule, rule),
    );
    const conflict = declared?.by ?? other?.where;
    if (conflict) return [{ option: at(where), problem: messages.conflictingBreaker(name, conflict) }];
    return this.breakerProblems(name, rule, at(where));
  }
}

/** A name may be what somebody took it for: an address with a password. */
function withoutSecrets({ option, problem }: OptionProblem): OptionProblem {
  return { option: redactText(option), problem: redactText(problem) };
}

function fallbackProblems({ name, prototype, guards }: GuardedClass): OptionProblem[] {
  return guards.flatMap(({ where, use }) =>
    fallbackMethods(use.fallback)
      .filter((method) => typeof (prototype as Record<string, unknown>)[method] !== 'function')
      .map((method) => ({ option: at(where), problem: messages.noFallback(method, name) })),
  );
}

function at(where: string): string {
  return `@CircuitBreaker on ${where}`;
}
