import type { OptionTable } from '@nestjs-resources/core';

/** Lays `own` over `base`. Groups of options are merged option by option; everything else is replaced. */
export function mergeOptions(table: OptionTable, base: object | undefined, own: object): object {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(own)) {
    if (value === undefined) continue;
    const spec = table.specs[key];
    const below = merged[key];
    merged[key] =
      spec?.kind === 'group' && isObject(below) && isObject(value) ? mergeOptions(spec.table, below, value) : value;
  }
  return merged;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
