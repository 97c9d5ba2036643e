import { OptionsError, type RegisterOptions, ResourceRegistry, type OptionProblem } from '@nestjs-resources/core';

import type { ResourceNames, ResourceOptions } from '../resource-options.interface.js';
import { messages } from '../resource.messages.js';
import { type Declaration, declarationsOf, type DeclarationSource, GROUPS } from './declaration.js';

/** Names promised and not delivered, or the reverse. */
export function promiseProblems(promised: ResourceNames, options: ResourceOptions): OptionProblem[] {
  return GROUPS.flatMap((group) => {
    const given = promised[group] ?? [];
    const delivered = Object.keys(options[group] ?? {});
    const missing = given.filter((name) => !delivered.includes(name));
    const surplus = delivered.filter((name) => !given.includes(name));
    return [
      ...missing.map((name) => ({ option: `${group}.${name}`, problem: messages.notDelivered(group) })),
      ...surplus.map((name) => ({ option: `${group}.${name}`, problem: messages.notPromised(group, name) })),
    ];
  });
}

/** One name for two things, wherever they are declared. */
export function duplicateProblems(declarations: readonly Declaration[]): OptionProblem[] {
  const first = new Map<string, Declaration>();
  return declarations.flatMap((declaration) => {
    const { group, name } = declaration;
    const other = first.get(name);
    if (!other) first.set(name, declaration);
    return other
      ? [{ option: `${group}.${name}`, problem: messages.declaredTwice(place(other), place(declaration)) }]
      : [];
  });
}

/** Places in the order for what is not declared beside them, and names and places that the registry would refuse. */
export function registrationProblems(source: DeclarationSource): OptionProblem[] {
  const declarations = declarationsOf(source);
  const known = declarations.map(({ name }) => name);
  const registration = source.options.registration ?? {};
  const strangers = Object.keys(registration).filter((name) => !known.includes(name));
  return [
    ...strangers.map((name) => ({
      option: `registration.${name}`,
      problem: messages.unknownRegistration(known.join(', ')),
    })),
    ...declarations.flatMap(({ group, name }) =>
      refusals(() => new ResourceRegistry().register(name, {}, registrationOf(registration, name))).map(
        ({ option, problem }) => ({
          option: option ? `registration.${name}.${option}` : `${group}.${name}`,
          problem,
        }),
      ),
    ),
  ];
}

/** What is said of a name, which may be a word of the language such as `constructor`. */
export function registrationOf(
  registration: Readonly<Record<string, RegisterOptions>>,
  name: string,
): RegisterOptions | undefined {
  return Object.hasOwn(registration, name) ? registration[name] : undefined;
}

function refusals(rehearse: () => unknown): readonly OptionProblem[] {
  try {
    rehearse();
    return [];
  } catch (error) {
    if (error instanceof OptionsError) return error.problems;
    throw error;
  }
}

function place({ by, group }: Declaration): string {
  return `${by} (${group})`;
}
