import type { DynamicModule } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';

import type { ResourceDeclarations, ResourceFeatureOptions, ResourceOptions } from '../resource-options.interface.js';
import { DECLARED_NAMES, FEATURE_DECLARATION } from '../resource.tokens.js';

type Module = NonNullable<ReturnType<ModulesContainer['get']>>;

/** The records of the options in which a resource can be declared. */
export const GROUPS = ['pools', 'breakers', 'resources'] as const;
export type Group = (typeof GROUPS)[number];

/** One name and what it was declared as, and where. */
export interface Declaration {
  readonly group: Group;
  readonly name: string;
  readonly value: unknown;
  /** For messages, e.g. `ResourceModule.forFeature() in OrdersModule`. */
  readonly by: string;
}

/** What one forRoot or forFeature says. */
export interface DeclarationSource {
  readonly options: ResourceOptions | ResourceFeatureOptions;
  readonly by: string;
}

/** Everything declared by modules: by the root first, then by the features. */
export function readSources(modules: ModulesContainer, root: ResourceOptions): DeclarationSource[] {
  const features = [...modules.values()].filter((module) => module.providers.has(FEATURE_DECLARATION));
  return [
    { options: root, by: `ResourceModule.forRoot() in ${rootImporters(modules).join(' and ') || 'the root module'}` },
    ...features.map((feature) => ({
      options: feature.providers.get(FEATURE_DECLARATION)?.instance as ResourceFeatureOptions,
      by: `ResourceModule.forFeature() in ${importersOf(modules, feature).join(' and ')}`,
    })),
  ];
}

/** How often `forRoot` was called. */
export function countRoots(modules: ModulesContainer): number {
  return [...modules.values()].filter((module) => module.providers.has(DECLARED_NAMES)).length;
}

/**
 * Names of the modules that import a `ResourceModule.forRoot()`, once for each. Nest makes a global module an import of all
 * modules, so only what is written in `@Module` tells.
 */
export function rootImporters(modules: ModulesContainer): string[] {
  return [...modules.values()].flatMap(({ metatype, name }) => {
    const imports = (Reflect.getMetadata('imports', metatype) as unknown[] | undefined) ?? [];
    return imports.filter(isRoot).map(() => name);
  });
}

export function declarationsOf({ options, by }: DeclarationSource): Declaration[] {
  return GROUPS.flatMap((group) => entriesOf(options, group).map(([name, value]) => ({ group, name, value, by })));
}

function entriesOf(options: ResourceDeclarations, group: Group): [string, unknown][] {
  const given: unknown = options[group];
  return typeof given === 'object' && given !== null && !Array.isArray(given) ? Object.entries(given) : [];
}

function importersOf(modules: ModulesContainer, imported: Module): string[] {
  return [...modules.values()].filter(({ imports }) => imports.has(imported)).map(({ name }) => name);
}

function isRoot(imported: unknown): boolean {
  const { imports = [] } = (imported ?? {}) as DynamicModule;
  return Array.isArray(imports) && imports.some((core) => providesNames(core as DynamicModule));
}

function providesNames({ providers = [] }: DynamicModule): boolean {
  return providers.some((provider) => 'provide' in provider && provider.provide === DECLARED_NAMES);
}
