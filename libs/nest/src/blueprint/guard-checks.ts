import { isDeepStrictEqual } from 'node:util';
import { circuitBreakerOptionTable, findProblems, type OptionProblem } from '@nestjs-resources/core';

import { fallbackMethods } from '../guard/fallback.js';
import type { Guard } from '../guard/guard.js';
import { messages } from '../resource.messages.js';
import type { Declaration } from './declaration.js';
import type { GuardedClass } from './guarded-classes.js';
import type { ValueChecks } from './value-checks.js';

/** What is wrong with the guarded methods of the application. */
export function guardProblems(
  classes: readonly GuardedClass[],
  declarations: readonly Declaration[],
  values: ValueChecks,
): OptionProblem[] {
  const guards = [...new Set(classes.flatMap(({ guards }) => guards))];
  const declared = declarations.filter(({ group }) => group === 'breakers').map(({ name }) => name);
  const known = new Set([...declared, ...guards.flatMap(({ name, rule }) => (rule ? [name] : []))]);
  return [
    ...guards.flatMap((guard) =>
      guard.rule
        ? (conflictOf(guard, guards, declarations) ?? values.problemsOfBreaker(guard.name, guard.rule, at(guard)))
        : usageProblems(guard, known),
    ),
    ...classes.flatMap(fallbackProblems),
  ];
}

/** Two declarations of one name: silently taking the first would surprise whoever wrote the second. */
function conflictOf(
  guard: Guard,
  guards: readonly Guard[],
  declarations: readonly Declaration[],
): OptionProblem[] | undefined {
  const { name, rule } = guard;
  const declared = declarations.find((declaration) => declaration.name === name);
  const other = guards.find((one) => one.name === name && one.rule && !isDeepStrictEqual(one.rule, rule));
  const conflict = declared?.by ?? other?.where;
  return conflict ? [{ option: at(guard), problem: messages.conflictingBreaker(name, conflict) }] : undefined;
}

function usageProblems(guard: Guard, known: ReadonlySet<string>): OptionProblem[] {
  const { name, use } = guard;
  const { fallback: _checkedByClass, ...around } = use;
  const unknown = known.has(name)
    ? []
    : [{ option: at(guard), problem: messages.unknownBreaker(name, [...known].join(', ')) }];
  // Timeout and retry of one use are those a breaker may have of its own.
  return [...unknown, ...findProblems(circuitBreakerOptionTable, around, at(guard))];
}

function fallbackProblems({ name, prototype, guards }: GuardedClass): OptionProblem[] {
  return guards.flatMap((guard) =>
    fallbackMethods(guard.use.fallback)
      .filter((method) => typeof (prototype as Record<string, unknown>)[method] !== 'function')
      .map((method) => ({ option: at(guard), problem: messages.noFallback(method, name) })),
  );
}

function at({ where }: Guard): string {
  return `@CircuitBreaker on ${where}`;
}
