import { OptionsError } from '@nestjs-resources/core';

import { GROUPS } from './blueprint/declaration.js';
import type { ResourceDeclarations, ResourceNames } from './resource-options.interface.js';
import { messages } from './resource.messages.js';

/** The names of what is declared. Tolerant: whatever is wrong is reported when the application boots. */
export function namesOf({ pools, breakers, resources }: ResourceDeclarations): ResourceNames {
  return { pools: keysOf(pools), breakers: keysOf(breakers), resources: keysOf(resources) };
}

function keysOf(declared: object | undefined): string[] {
  return Object.keys(declared ?? {});
}

/**
 * Refuses what cannot be names: tokens are made of them before anything else is looked at.
 *
 * @throws {OptionsError}
 */
export function checkNames(subject: string, names: ResourceNames, path = ''): void {
  const problems = GROUPS.flatMap((group) =>
    problemsWithNames(names[group]).map((problem) => ({ option: `${path}${group}`, problem })),
  );
  if (problems.length > 0) throw new OptionsError(subject, problems);
}

function problemsWithNames(given: unknown): string[] {
  const names = given ?? [];
  if (!Array.isArray(names) || !names.every((name) => typeof name === 'string' && name !== ''))
    return [messages.notNames];
  const twice = names.filter((name, index) => names.indexOf(name) !== index) as string[];
  return [...new Set(twice)].map(messages.namedTwice);
}
