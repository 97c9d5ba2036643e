import { createRequire } from 'node:module';
import type { CircuitBreakerOptions } from '@nestjs-resources/core';
import { postgresErrors } from './connection-errors.js';
import { DatabaseServer, type DatabaseServerOptions } from './database-server.js';
import { type PostgresClient, type PostgresPackage, postgresVerbs } from './postgres.connection.js';
import {
  leadToSameServer,
  postgresClientOptions,
  type PostgresCredentials,
  type PostgresOptions,
} from './postgres.options.js';
import { PostgresPool } from './postgres.pool.js';
import { type Lender, Replica } from './replicas.js';

export interface PostgresDriverOptions {
  readonly options: PostgresOptions;
  /** Name in the registry; those of pools and breakers begin with it. */
  readonly name: string;
  readonly pool: DatabaseServerOptions<PostgresClient>['pool'];
  readonly breaker: CircuitBreakerOptions | false;
}

/** Failures in a row after which a replica counts as away. Others stand in for it, so it may be few. */
const REPLICA_FAILURES = 3;

/** One server and the options by which TypeORM will ask for it. */
interface KnownServer {
  readonly server: DatabaseServer<PostgresClient>;
  client: object;
}

/**
 * The package that TypeORM is given in place of pg: pg itself, except that what it calls a pool stands before ours. Our
 * pools exist before TypeORM asks for them, so that they can be watched and started in their order.
 */
export class PostgresDriver {
  readonly master: DatabaseServer<PostgresClient>;
  readonly slaves: readonly DatabaseServer<PostgresClient>[];
  /** Who lends connections for reading; none if there are no replicas. */
  readonly readers: readonly Lender<PostgresClient>[];
  /** For TypeORM's option `driver`. */
  readonly driver: object;
  private readonly known: KnownServer[];

  constructor(settings: PostgresDriverOptions) {
    const { options } = settings;
    const pg = (options.driver ?? loadPg()) as PostgresPackage;
    const { master = options, slaves = [] } = options.replication ?? {};
    const replicas = slaves.map((slave, index) => serverFor(pg, settings, slave, `replica-${index + 1}.`));
    const primary = serverFor(pg, settings, master, '');
    this.known = [...replicas, primary];
    this.slaves = replicas.map(({ server }) => server);
    this.master = primary.server;

    this.readers = this.slaves.map((slave) => {
      const siblings = this.slaves.filter((other) => other !== slave);
      return new Replica(slave, [...siblings, this.master]);
    });

    const claim = (client: object): DatabaseServer<PostgresClient> => this.claim(client);
    const lenderOf = (server: DatabaseServer<PostgresClient>): Lender<PostgresClient> =>
      this.readers[this.slaves.indexOf(server)] ?? server;
    this.driver = {
      ...pg,
      Pool: class extends PostgresPool {
        constructor(client: object) {
          const server = claim(client);
          super(server, client, lenderOf(server));
        }
      },
    };
  }

  get servers(): readonly DatabaseServer<PostgresClient>[] {
    return [this.master, ...this.slaves];
  }

  /** TypeORM asks again for the same servers whenever it initialises; what it says last counts. */
  private claim(client: object): DatabaseServer<PostgresClient> {
    const known = this.known.find((candidate) => leadToSameServer(candidate.client, client)) ?? this.known.at(-1);
    if (!known) throw new Error('A PostgreSQL driver without a server.');
    known.client = client;
    return known.server;
  }
}

function serverFor(
  pg: PostgresPackage,
  { options, name, pool, breaker }: PostgresDriverOptions,
  credentials: PostgresCredentials,
  role: string,
): KnownServer {
  const known = { client: postgresClientOptions(options, credentials) };
  const server = new DatabaseServer({
    names: { pool: `${name}.${role}pool`, breaker: `${name}.${role}breaker` },
    verbs: postgresVerbs(pg, () => known.client),
    errors: postgresErrors,
    pool: role === '' ? pool : { ...pool, creation: { ...pool.creation, onStart: 'tolerate' } },
    breaker: role === '' || breaker === false ? breaker : { failureThreshold: REPLICA_FAILURES, ...breaker },
  });
  return Object.assign(known, { server });
}

function loadPg(): unknown {
  return createRequire(import.meta.url)('pg');
}
