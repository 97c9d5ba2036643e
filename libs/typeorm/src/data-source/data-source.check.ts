import {
  circuitBreakerOptionTable,
  findProblems,
  OptionsError,
  poolOptionTable,
  redactText,
  type OptionProblem,
  type OptionTable,
} from '@nestjs-resources/core';
import { type Credentials, placesOf } from '../driver/pooled.driver.js';
import type { ResourceDataSourceOptions } from '../module/typeorm-resource.options.js';

/** What a data source says of its pool is not for others to say. */
const OURS = ['name', 'create', 'destroy', 'validate', 'reset', 'destroyOnError'];

/** All options of the pool below a data source. */
export const databasePoolOptionTable: OptionTable = {
  specs: Object.fromEntries(Object.entries(poolOptionTable.specs).filter(([name]) => !OURS.includes(name))),
  rules: poolOptionTable.rules,
};

/** What the URL of a server looks like. */
const SCHEMES = {
  postgres: { schemes: ['postgres:', 'postgresql:'], example: 'postgresql://user:password@host:5432/database' },
  mysql: { schemes: ['mysql:', 'mariadb:'], example: 'mysql://user:password@host:3306/database' },
} as const;

type Family = keyof typeof SCHEMES;

/** Options of TypeORM and ours, as far as they are checked. */
type Checked = Credentials & ResourceDataSourceOptions & { readonly type: string; readonly replication?: unknown };

/**
 * Checks what we are told of a data source, without connecting.
 *
 * @throws {OptionsError} naming all that is wrong, without secrets
 */
export function checkDataSourceOptions(name: string, options: Checked): Family {
  const { pool = {}, breaker = {}, type } = options;
  const family = familyOf(type);
  const problems = [
    ...(family ? problemsWithPlaces(options, family) : [unsupported(type)]),
    ...findProblems(databasePoolOptionTable, pool, 'pool'),
    ...(breaker === false ? [] : findProblems(circuitBreakerOptionTable, breaker, 'breaker')),
  ];
  if (problems.length > 0 || !family) throw new OptionsError(`Data source '${name}'`, problems, name);
  return family;
}

function familyOf(type: string): Family | undefined {
  if (type === 'postgres') return 'postgres';
  return type === 'mysql' || type === 'mariadb' ? 'mysql' : undefined;
}

function unsupported(type: string): OptionProblem {
  const remedy = "for other databases use TypeOrmModule of @nestjs/typeorm, whose pools stay the driver's own";
  return {
    option: 'type',
    problem: `must be one of 'postgres', 'mysql', 'mariadb', got ${redactText(type)}; ${remedy}`,
  };
}

function problemsWithPlaces(options: Checked, family: Family): OptionProblem[] {
  const { primary, replicas } = placesOf(options);
  if (options.replication === undefined) return problemsWith(primary, 'url', family);
  return [
    ...problemsWith(primary, 'replication.master.url', family),
    ...replicas.flatMap((each, index) => problemsWith(each, `replication.slaves[${index}].url`, family)),
  ];
}

/** The driver would find out later, and Node's own error for a malformed URL carries the whole of it, password included. */
function problemsWith(credentials: Credentials, option: string, family: Family): OptionProblem[] {
  const { url } = credentials;
  if (url === undefined && (!('url' in credentials) || credentials.host !== undefined)) return [];
  const problem = problemWithUrl(url, family);
  const expected = `must be like ${SCHEMES[family].example}, special characters percent-encoded`;
  return problem === undefined ? [] : [{ option, problem: `${expected}; ${problem}` }];
}

function problemWithUrl(url: unknown, family: Family): string | undefined {
  if (typeof url !== 'string' || url.trim() === '') return 'it is missing. Is DATABASE_URL set?';
  if (!URL.canParse(url)) return 'it is not a URL';
  const { protocol } = new URL(url);
  const schemes: readonly string[] = SCHEMES[family].schemes;
  return schemes.includes(protocol) ? undefined : `its scheme is '${redactText(protocol)}'`;
}
