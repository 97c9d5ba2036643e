import { findProblems, OptionsError, redactText, type OptionProblem } from '@nestjs-resources/core';
import { Inject, Injectable } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';

import {
  countRoots,
  type Declaration,
  declarationsOf,
  type DeclarationSource,
  readSources,
  rootImporters,
} from './blueprint/declaration.js';
import { guardProblems } from './blueprint/guard-checks.js';
import { findGuardedClasses } from './blueprint/guarded-classes.js';
import { duplicateProblems, promiseProblems, registrationProblems } from './blueprint/name-checks.js';
import { ValueChecks } from './blueprint/value-checks.js';
import type { BreakerRule } from './guard/guard.js';
import type { ResourceNames, ResourceOptions } from './resource-options.interface.js';
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

  /** @throws {OptionsError} */
  constructor(
    private readonly modules: ModulesContainer,
    @Inject(RESOURCE_MODULE_OPTIONS) options: ResourceOptions,
    @Inject(DECLARED_NAMES) promised: ResourceNames,
    factory: ResourceFactory,
    accessor: ResourceMetadataAccessor,
  ) {
    refuseNoOptions(options);
    const sources = readSources(modules, options);
    const declarations = sources.flatMap(declarationsOf);
    const classes = findGuardedClasses(modules, accessor);
    const guards = classes.flatMap((guarded) => guarded.guards);
    const values = new ValueChecks(options, factory);
    this.decorated = new Map(guards.flatMap(({ name, rule }) => (rule ? [[name, rule] as const] : [])));
    refuse([
      ...this.moduleProblems(sources),
      ...promiseProblems(promised, options),
      ...duplicateProblems(declarations),
      ...sources.flatMap(registrationProblems),
      ...values.problemsOfDefaults,
      ...declarations.flatMap((declaration) => values.problemsOf(declaration)),
      ...values.problemsOfUnusedConfigs([...breakerRules(declarations), ...this.decorated.values()]),
      ...guardProblems(classes, declarations, values),
    ]);
  }

  private moduleProblems([root, ...features]: readonly DeclarationSource[]): OptionProblem[] {
    const roots = countRoots(this.modules);
    return [
      ...(roots > 1 ? [{ option: '', problem: messages.rootTwice(rootImporters(this.modules).join(', ')) }] : []),
      ...findProblems(resourceOptionTable, root?.options),
      ...features.flatMap(({ options }) => findProblems(featureOptionTable, options)),
    ];
  }
}

/** An arrow function whose braces are a body returns nothing. */
function refuseNoOptions(options: unknown): void {
  if (typeof options === 'object' && options !== null) return;
  refuse([{ option: '', problem: messages.nothingDelivered(String(options)) }]);
}

function breakerRules(declarations: readonly Declaration[]): BreakerRule[] {
  return declarations.flatMap(({ group, value }) => (group === 'breakers' ? [(value ?? {}) as BreakerRule] : []));
}

/** A name may be what somebody took it for, an address with a password, so paths are redacted too. */
function refuse(problems: readonly OptionProblem[]): void {
  if (problems.length === 0) return;
  throw new OptionsError(
    'ResourceModule',
    problems.map(({ option, problem }) => ({ option: redactText(option), problem: redactText(problem) })),
  );
}
