import type { ModulesContainer } from '@nestjs/core';

import { DECLARED_NAMES } from './resource.tokens.js';

/** Modules that close a connection of their own when the application stops. */
const CLOSING_MODULES: ReadonlySet<string> = new Set([
  'TypeOrmCoreModule',
  'MongooseCoreModule',
  'SequelizeCoreModule',
  'MikroOrmCoreModule',
]);

/**
 * Names of modules that close their connection before our resources close. Nest stops global modules in the reverse of the
 * order in which they were imported, so what was imported after us stops before us.
 */
export function closedTooEarly(modules: ModulesContainer): string[] {
  const inOrder = [...modules.values()];
  const ours = inOrder.findIndex(({ providers }) => providers.has(DECLARED_NAMES));
  return inOrder
    .slice(ours + 1)
    .filter(({ name, isGlobal }) => isGlobal && CLOSING_MODULES.has(name))
    .map(({ name }) => name.replace('Core', ''));
}
