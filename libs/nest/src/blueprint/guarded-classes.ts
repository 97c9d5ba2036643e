import type { ModulesContainer } from '@nestjs/core';

import type { Guard } from '../guard/guard.js';
import type { ResourceMetadataAccessor } from '../resource-metadata.accessor.js';

type Wrapper = NonNullable<ReturnType<NonNullable<ReturnType<ModulesContainer['get']>>['providers']['get']>>;

/** A class of the application with at least one guarded method. */
export interface GuardedClass {
  readonly name: string;
  readonly prototype: object;
  readonly guards: readonly Guard[];
}

/** The classes with guarded methods, before any of them is instantiated. */
export function findGuardedClasses(modules: ModulesContainer, accessor: ResourceMetadataAccessor): GuardedClass[] {
  const prototypes = new Set<object>();
  for (const { providers, controllers, injectables } of modules.values()) {
    for (const wrapper of [...providers.values(), ...controllers.values(), ...injectables.values()]) {
      const prototype = prototypeOf(wrapper);
      if (prototype) prototypes.add(prototype);
    }
  }
  return [...prototypes]
    .map((prototype) => ({ name: prototype.constructor.name, prototype, guards: accessor.getGuards(prototype) }))
    .filter(({ guards }) => guards.length > 0);
}

/** A factory is a function too, but the class of what it makes is not known yet. */
function prototypeOf({ metatype, inject, instance }: Wrapper): object | undefined {
  const given: unknown = instance;
  if (metatype && !inject) return (metatype as { prototype?: object }).prototype;
  return typeof given === 'object' && given !== null ? (Object.getPrototypeOf(given) as object | undefined) : undefined;
}
