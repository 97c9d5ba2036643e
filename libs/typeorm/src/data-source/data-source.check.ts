import { OptionsError, redactText, type OptionProblem } from '@nestjs-resources/core';
import type { PostgresCredentials } from '../driver/postgres.options.js';

/**
 * Checks where a PostgreSQL data source connects, without connecting. pg would fail later, and Node's own error for a
 * malformed URL carries the whole of it, password included.
 *
 * @throws {OptionsError}
 */
export function checkPostgresCredentials(name: string, credentials: readonly PostgresCredentials[]): void {
  const problems = credentials.flatMap((each) => problemsWith(each));
  if (problems.length > 0) throw new OptionsError(`Data source '${name}'`, problems, name);
}

const REMEDY = 'must be like postgresql://user:password@host:5432/database, with special characters percent-encoded';

function problemsWith(credentials: PostgresCredentials): OptionProblem[] {
  const { url } = credentials;
  if (url === undefined) return 'url' in credentials && !credentials.host ? [missing()] : [];
  if (typeof url !== 'string' || url.trim() === '') return [missing()];
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed) return [{ option: 'url', problem: `${REMEDY}; it is not a URL` }];
  if (!['postgres:', 'postgresql:'].includes(parsed.protocol)) {
    return [{ option: 'url', problem: `${REMEDY}; its scheme is '${redactText(parsed.protocol)}'` }];
  }
  return [];
}

function missing(): OptionProblem {
  return { option: 'url', problem: `${REMEDY}; it is missing. Is DATABASE_URL set?` };
}
