import type { ResourceDeclarations, ResourceNames } from './resource-options.interface.js';

/** The names of what is declared. Tolerant: whatever is wrong is reported when the application boots. */
export function namesOf({ pools, breakers, resources }: ResourceDeclarations): ResourceNames {
  return { pools: keysOf(pools), breakers: keysOf(breakers), resources: keysOf(resources) };
}

function keysOf(declared: object | undefined): string[] {
  return Object.keys(declared ?? {});
}
