/** Records whose keys are names that somebody chose, not words of ours. */
const NAMED = new Set(['resources']);

/**
 * The bodies of Uno's endpoints: keys in snake_case, as Uno writes them. The only place that does so. Names of resources are
 * left as they are.
 */
export function unoBody(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unoBody);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [snakeCase(key), NAMED.has(key) ? named(inner) : unoBody(inner)]),
  );
}

function named(record: unknown): unknown {
  if (typeof record !== 'object' || record === null || Array.isArray(record)) return unoBody(record);
  return Object.fromEntries(Object.entries(record).map(([name, inner]) => [name, unoBody(inner)]));
}

function snakeCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
