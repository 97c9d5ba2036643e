import {
  circuitBreakerOptionTable,
  findProblems,
  OptionsError,
  poolOptionTable,
  redactText,
  type OptionProblem,
  type OptionTable,
} from '@nestjs-resources/core';
import { sessionDefaultsTable } from '../session/session-defaults.table.js';
import { type Credentials, placesOf } from '../driver/pooled.driver.js';
import type {
  DatabasePoolOptions,
  ResourceDataSourceOptions,
  TypeOrmResourceOptions,
} from '../module/typeorm-resource.options.js';

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

type Networked = keyof typeof SCHEMES;

/** What a driver's connections can be put below. */
export type Family = Networked | 'sqlite' | 'other';

const FAMILIES: Readonly<Record<string, Family>> = {
  postgres: 'postgres',
  mysql: 'mysql',
  mariadb: 'mysql',
  'better-sqlite3': 'sqlite',
  sqljs: 'sqlite',
};

/** Options of TypeORM and ours, as far as they are checked. */
type Checked = Credentials & ResourceDataSourceOptions & { readonly type: string; readonly replication?: unknown };

/**
 * Checks what we are told of a data source, without connecting.
 *
 * @throws {OptionsError} naming all that is wrong, without secrets
 */
export function checkDataSourceOptions(name: string, options: TypeOrmResourceOptions): Family {
  const checked = options as Checked;
  const family = familyOf(checked.type);
  const observed = family === 'other' || checked.pool === 'observe';
  const problems = [
    ...problemsWithOrder(checked),
    ...(typeof checked.type === 'string'
      ? []
      : [{ option: 'type', problem: 'is required: the database, as TypeORM calls it' }]),
    ...(isNetworked(family) ? problemsWithPlaces(checked, family) : []),
    ...(observed ? problemsOfObserved(checked) : problemsWithPool(checked)),
    ...(family === 'sqlite' && !observed ? problemsOfSqlite(checked) : []),
  ];
  if (problems.length > 0) throw new OptionsError(`Data source '${name}'`, problems, name);
  return family;
}

function familyOf(type: string): Family {
  return (Object.hasOwn(FAMILIES, type) && FAMILIES[type]) || 'other';
}

function isNetworked(family: Family): family is Networked {
  return Object.hasOwn(SCHEMES, family);
}

function problemsWithPool({ pool = {}, breaker = {}, sessions = {} }: Checked): OptionProblem[] {
  return [
    ...findProblems(sessionDefaultsTable, sessions, 'sessions'),
    ...findProblems(databasePoolOptionTable, pool, 'pool'),
    ...(breaker === false ? [] : findProblems(circuitBreakerOptionTable, breaker, 'breaker')),
  ];
}

/** What has no effect is refused rather than ignored. */
function problemsOfObserved({ type, pool, breaker, sessions }: Checked): OptionProblem[] {
  const given = { pool: pool === 'observe' ? undefined : pool, breaker: breaker || undefined, sessions };
  const problem = `has no effect on ${redactText(String(type))}, whose connections are the driver's own; leave it out`;
  return Object.entries(given).flatMap(([option, value]) => (value === undefined ? [] : [{ option, problem }]));
}

function problemsOfSqlite({ pool, breaker }: Checked): OptionProblem[] {
  const { maxSize = 1 } = (pool ?? {}) as DatabasePoolOptions;
  return [
    ...(maxSize === 1 ? [] : [{ option: 'pool.maxSize', problem: 'must be 1, since SQLite has one connection' }]),
    ...(breaker
      ? [{ option: 'breaker', problem: 'has no effect on SQLite, which connects to nothing; leave it out' }]
      : []),
  ];
}

function problemsWithOrder(options: Checked): OptionProblem[] {
  return (['dependsOn', 'after'] as const).flatMap((option) => {
    const names: unknown = options[option];
    const right =
      names === undefined || (Array.isArray(names) && names.every((name) => typeof name === 'string' && name));
    return right ? [] : [{ option, problem: 'must be an array of names of resources' }];
  });
}

function problemsWithPlaces(options: Checked, family: Networked): OptionProblem[] {
  const { primary, replicas } = placesOf(options);
  if (options.replication === undefined) return problemsWith(primary, 'url', family);
  return [
    ...problemsWith(primary, 'replication.master.url', family),
    ...replicas.flatMap((each, index) => problemsWith(each, `replication.slaves[${index}].url`, family)),
  ];
}

/** The driver would find out later, and Node's own error for a malformed URL carries the whole of it, password included. */
function problemsWith(credentials: Credentials, option: string, family: Networked): OptionProblem[] {
  const { url } = credentials;
  if (url === undefined && (!('url' in credentials) || credentials.host !== undefined)) return [];
  const problem = problemWithUrl(url, family);
  const expected = `must be like ${SCHEMES[family].example}, special characters percent-encoded`;
  return problem === undefined ? [] : [{ option, problem: `${expected}; ${problem}` }];
}

function problemWithUrl(url: unknown, family: Networked): string | undefined {
  if (typeof url !== 'string' || url.trim() === '') return 'it is missing. Is DATABASE_URL set?';
  if (!URL.canParse(url)) return 'it is not a URL';
  const { protocol } = new URL(url);
  const schemes: readonly string[] = SCHEMES[family].schemes;
  return schemes.includes(protocol) ? undefined : `its scheme is '${redactText(protocol)}'`;
}
