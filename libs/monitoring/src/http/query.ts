import { RequestRefused } from './problem.js';

/** What a parsed query string holds: repeated parameters come as arrays, and some parsers make objects. */
export type QueryValue = unknown;

/** `?flag`, `?flag=true`, `?flag=1`. @throws {RequestRefused} 400 */
export function flagIn(name: string, value: QueryValue, absent = false): boolean {
  if (value === undefined) return absent;
  if (value === 'false' || value === '0') return false;
  if (value === '' || value === 'true' || value === '1') return true;
  throw refused(name, 'true or false');
}

/** A whole number in a range. @throws {RequestRefused} 400 */
export function integerIn(
  name: string,
  value: QueryValue,
  { min, max, absent }: { readonly min: number; readonly max: number; readonly absent: number },
): number {
  if (value === undefined) return absent;
  const number = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
  if (number >= min && number <= max) return number;
  throw refused(name, `a whole number of at least ${min} and at most ${max}`);
}

/** One of a few words. @throws {RequestRefused} 400 */
export function choiceIn<C extends string>(name: string, value: QueryValue, choices: readonly C[]): C | undefined {
  if (value === undefined) return undefined;
  const choice = choices.find((candidate) => candidate === value);
  if (choice !== undefined) return choice;
  throw refused(name, `one of ${choices.join(', ')}`);
}

/** Any text that is not empty nor long. @throws {RequestRefused} 400 */
export function textIn(name: string, value: QueryValue): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string' && value !== '' && value.length <= 200) return value;
  throw refused(name, 'a text of at most 200 characters, given once');
}

const MOST_NAMES = 50;

/** Names, each given once: `?exclude=smtp&exclude=payments`. @throws {RequestRefused} 400 */
export function namesIn(name: string, value: QueryValue): ReadonlySet<string> {
  if (value === undefined) return new Set();
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (values.length > MOST_NAMES) throw refused(name, `given at most ${MOST_NAMES} times`);
  return new Set(values.flatMap((one) => textIn(name, one) ?? []));
}

const UNITS: Readonly<Record<string, number>> = { '': 1, ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** `90s`, `5m`, `1h`, or milliseconds. @throws {RequestRefused} 400 */
export function durationIn(
  name: string,
  value: QueryValue,
  { max, absent }: { readonly max: number; readonly absent: number },
): number {
  if (value === undefined) return absent;
  const [, number, unit = ''] = (typeof value === 'string' && /^(\d{1,12})(ms|s|m|h)?$/.exec(value)) || [];
  const duration = number === undefined ? Number.NaN : Number(number) * (UNITS[unit] ?? Number.NaN);
  if (duration > 0 && duration <= max) return duration;
  throw refused(name, `a duration such as 60s or 5m, at most ${max / 1000}s`);
}

function refused(name: string, expected: string): RequestRefused {
  return new RequestRefused(400, `The query parameter '${name}' must be ${expected}.`, { code: 'QUERY_INVALID' });
}
