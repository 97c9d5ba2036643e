import { type RegisterOptions, ResourceRegistry } from '@nestjs-resources/core';
import type { FactoryProvider, InjectionToken, Provider } from '@nestjs/common';

import { GROUPS, type Group } from './blueprint/declaration.js';
import { registrationOf } from './blueprint/name-checks.js';
import { ResourceBlueprint } from './resource.blueprint.js';
import type { ResourceFactory } from './resource.factory.js';
import type { ResourceDeclarations, ResourceNames } from './resource-options.interface.js';
import {
  getCircuitBreakerToken,
  getPoolToken,
  getResourceToken,
  getSharedToken,
  ROOT_FACTORY,
} from './resource.tokens.js';

const tokenOf: Readonly<Record<Group, (name: string) => string>> = {
  pools: getPoolToken,
  breakers: getCircuitBreakerToken,
  resources: getResourceToken,
};

type Registration = Readonly<Record<string, RegisterOptions>>;

/**
 * A provider for each name, cold, and for each an alias by `getResourceToken`. Each depends on the blueprint, so that
 * nothing is made of wrong options. A test that overrides one of them never runs its factory.
 *
 * @param source - injected: the declarations behind the names
 */
export function namedProviders(names: ResourceNames, source: InjectionToken): Provider[] {
  const provide = (
    token: string,
    make: (factory: ResourceFactory, declared: ResourceDeclarations) => unknown,
  ): FactoryProvider => ({
    provide: token,
    inject: [ROOT_FACTORY, source, ResourceBlueprint],
    useFactory: (factory: ResourceFactory, declared: ResourceDeclarations) => make(factory, declared),
  });
  const { pools = [], breakers = [], resources = [] } = names;
  return [
    ...pools.map((name) =>
      provide(getPoolToken(name), (factory, declared) => factory.createPool(name, present(declared.pools, name))),
    ),
    ...breakers.map((name) =>
      provide(getCircuitBreakerToken(name), (factory, { breakers }) => factory.createBreaker(name, breakers?.[name])),
    ),
    ...resources.map((name) =>
      provide(getResourceToken(name), (_factory, declared) => present(declared.resources, name)),
    ),
    ...pools.map((name) => ({ provide: getResourceToken(name), useExisting: getPoolToken(name) })),
    ...breakers.map((name) => ({ provide: getResourceToken(name), useExisting: getCircuitBreakerToken(name) })),
  ];
}

/** What the root offers to aliases in other modules. */
export function sharedProviders(names: ResourceNames): Provider[] {
  return tokensOf(names).map((token) => ({ provide: getSharedToken(token), useExisting: token }));
}

/** Aliases, in another module, of what the root provides. Aliases only, so that an instance has one provider. */
export function aliasProviders(names: ResourceNames): Provider[] {
  return tokensOf(names).map((token) => ({ provide: token, useExisting: getSharedToken(token) }));
}

/** All tokens by which names can be injected. */
export function tokensOf(names: ResourceNames): string[] {
  const asResources = [...(names.pools ?? []), ...(names.breakers ?? [])].map(getResourceToken);
  return [...instancesOf(names).map(({ token }) => token), ...asResources];
}

/** Each name with the token of its instance. */
export function instancesOf(names: ResourceNames): { readonly name: string; readonly token: string }[] {
  return GROUPS.flatMap((group) => (names[group] ?? []).map((name) => ({ name, token: tokenOf[group](name) })));
}

/** Registers whatever the container holds under the tokens of `names`: a fake too, if a test has put one there. */
export function registerInstances(
  registry: ResourceRegistry,
  names: ResourceNames,
  instances: readonly object[],
  registration: Registration = {},
): void {
  instancesOf(names).forEach(({ name }, index) =>
    registry.register(name, instances[index] as object, registrationOf(registration, name)),
  );
}

/** The blueprint has seen to it that it is there. */
function present<V>(values: Readonly<Record<string, V>> | undefined, name: string): V {
  return values?.[name] as V;
}
