import {
  circuitBreakerOptionTable,
  findProblems,
  OptionsError,
  poolOptionTable,
  redactText,
  type OptionProblem,
  type OptionTable,
} from '@nestjs-resources/core';
import type { PostgresCredentials, PostgresOptions } from '../driver/postgres.options.js';
import type { ResourceDataSourceOptions } from '../module/typeorm-resource.options.js';

/** What a data source says of its pool is not for others to say. */
const OURS = ['name', 'create', 'destroy', 'validate', 'reset', 'destroyOnError'];

/** All options of the pool below a data source. */
export const databasePoolOptionTable: OptionTable = {
  specs: Object.fromEntries(Object.entries(poolOptionTable.specs).filter(([name]) => !OURS.includes(name))),
  rules: poolOptionTable.rules,
};

/**
 * Checks what we are told of a PostgreSQL data source, without connecting.
 *
 * @throws {OptionsError} naming all that is wrong, without secrets
 */
export function checkPostgresOptions(name: string, options: PostgresOptions & ResourceDataSourceOptions): void {
  const { pool = {}, breaker = {}, replication } = options;
  const problems = [
    ...(replication
      ? [
          ...problemsWith(replication.master, 'replication.master.url'),
          ...replication.slaves.flatMap((each, index) => problemsWith(each, `replication.slaves[${index}].url`)),
        ]
      : problemsWith(options, 'url')),
    ...findProblems(databasePoolOptionTable, pool, 'pool'),
    ...(breaker === false ? [] : findProblems(circuitBreakerOptionTable, breaker, 'breaker')),
  ];
  if (problems.length > 0) throw new OptionsError(`Data source '${name}'`, problems, name);
}

const EXPECTED = 'must be like postgresql://user:password@host:5432/database, special characters percent-encoded';

/** pg would find out later, and Node's own error for a malformed URL carries the whole of it, password included. */
function problemsWith(credentials: PostgresCredentials, option: string): OptionProblem[] {
  const { url } = credentials;
  if (url === undefined && (!('url' in credentials) || credentials.host !== undefined)) return [];
  const problem = problemWithUrl(url);
  return problem === undefined ? [] : [{ option, problem: `${EXPECTED}; ${problem}` }];
}

function problemWithUrl(url: unknown): string | undefined {
  if (typeof url !== 'string' || url.trim() === '') return 'it is missing. Is DATABASE_URL set?';
  if (!URL.canParse(url)) return 'it is not a URL';
  const { protocol } = new URL(url);
  return ['postgres:', 'postgresql:'].includes(protocol) ? undefined : `its scheme is '${redactText(protocol)}'`;
}
