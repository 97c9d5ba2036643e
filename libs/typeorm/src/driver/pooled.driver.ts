import type { CircuitBreakerOptions } from '@nestjs-resources/core';
import type { ConnectionErrors } from './connection-errors.js';
import { type ConnectionVerbs, DatabaseServer, type DatabaseServerOptions } from './database-server.js';
import { Servers } from './pooled.source.js';

/** Where one server is and who connects. */
export interface Credentials {
  readonly url?: string;
  readonly host?: string;
  readonly port?: number;
  readonly username?: string;
  readonly password?: unknown;
  readonly database?: string;
  readonly ssl?: unknown;
  readonly applicationName?: string;
}

/** The servers of a database, as its options name them. */
export interface Places {
  readonly primary: Credentials;
  readonly replicas: readonly Credentials[];
}

/** What pools and breakers are made of, beside what the driver knows. */
export interface PoolingOptions {
  /** Name in the registry; those of pools and breakers begin with it. */
  readonly name: string;
  readonly pool: Omit<DatabaseServerOptions<object>['pool'], 'create' | 'destroyOnError'>;
  readonly breaker: CircuitBreakerOptions | false;
}

/** What a driver knows. */
export interface DriverKnowledge<C extends object> {
  readonly errors: ConnectionErrors;
  /** The options of the driver's own client for a server. */
  clientOptions(credentials: Credentials): object;
  verbs(options: () => object): ConnectionVerbs<C>;
}

/** One server and the options by which TypeORM will ask for it. */
interface KnownServer<C extends object> {
  readonly server: DatabaseServer<C>;
  client: object;
}

/** Failures in a row after which a replica counts as away. Others stand in for it, so it may be few. */
const REPLICA_FAILURES = 3;

/**
 * The pools of a database, made before TypeORM asks for them, so that they can be watched and started in their order. When
 * TypeORM asks for a pool, the one that leads to the same server is claimed.
 */
export class PooledDriver<C extends object> {
  readonly servers: Servers<C>;
  private readonly known: readonly KnownServer<C>[];

  constructor(places: Places, pooling: PoolingOptions, knowledge: DriverKnowledge<C>) {
    const primary = makeServer(places.primary, '', pooling, knowledge);
    const replicas = places.replicas.map((each, index) =>
      makeServer(each, `replica-${index + 1}.`, pooling, knowledge),
    );
    this.known = [...replicas, primary];
    this.servers = new Servers(
      primary.server,
      replicas.map(({ server }) => server),
    );
  }

  /** TypeORM asks again for the same servers whenever it initialises; what it says last counts. */
  claim(client: object): DatabaseServer<C> {
    const known = this.known.find((candidate) => leadToSameServer(candidate.client, client)) ?? this.known.at(-1);
    if (!known) throw new Error('A driver without a server.');
    known.client = client;
    return known.server;
  }
}

/** The places that options of TypeORM name. */
export function placesOf(options: Credentials & { readonly replication?: unknown }): Places {
  const replication = options.replication as { master: Credentials; slaves: Credentials[] } | undefined;
  return { primary: replication?.master ?? options, replicas: replication?.slaves ?? [] };
}

function makeServer<C extends object>(
  credentials: Credentials,
  role: string,
  { name, pool, breaker }: PoolingOptions,
  knowledge: DriverKnowledge<C>,
): KnownServer<C> {
  const known = { client: knowledge.clientOptions(credentials) };
  const server = new DatabaseServer<C>({
    names: { pool: `${name}.${role}pool`, breaker: `${name}.${role}breaker` },
    verbs: knowledge.verbs(() => known.client),
    errors: knowledge.errors,
    pool: role === '' ? pool : { ...pool, creation: { ...pool.creation, onStart: 'tolerate' } },
    breaker: role === '' || breaker === false ? breaker : { failureThreshold: REPLICA_FAILURES, ...breaker },
  });
  return Object.assign(known, { server });
}

/** Whether two sets of options lead to the same server and database. */
function leadToSameServer(some: object, others: object): boolean {
  const keys = ['connectionString', 'host', 'port', 'database', 'user', 'socketPath'] as const;
  return keys.every((key) => some[key as keyof object] === others[key as keyof object]);
}
