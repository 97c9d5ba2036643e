import { randomBytes } from 'node:crypto';
import pg from 'pg';
import type { Backend, Theatre } from './fault-stage.js';
import type { PostgresServer } from './postgres-server.js';
import { ask } from './stock-and-ours.js';

const APPLICATION = 'transfers';

/** A PostgreSQL server for faults. The application is a user without privileges; who looks at it is not. */
export class PostgresTheatre implements Theatre {
  private readonly password = randomBytes(18).toString('base64url');
  private observer: pg.Client | undefined;

  private constructor(readonly server: PostgresServer) {}

  static async open(server: PostgresServer): Promise<PostgresTheatre> {
    const theatre = new PostgresTheatre(server);
    await theatre.ask(`CREATE ROLE app LOGIN PASSWORD '${theatre.password}'`);
    await theatre.ask('ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO app');
    return theatre;
  }

  get port(): number {
    return this.server.port;
  }

  readonly ask = <R extends object>(sql: string): Promise<R[]> => ask<R>(this.server.url, sql);

  readonly options: Theatre['options'] = (port) => ({
    type: 'postgres',
    url: `postgresql://app:${this.password}@127.0.0.1:${port}/postgres`,
    applicationName: APPLICATION,
    poolSize: 5,
    breaker: { recoveryTimeout: 50 },
    logging: false,
    poolErrorHandler: () => undefined,
  });

  /** By a connection of its own that stays, so that it can be asked often. */
  readonly backends = async (): Promise<Backend[]> => {
    const client = (this.observer ??= await this.connect());
    const { rows } = await client.query<Backend>(
      `SELECT pid AS id, client_port AS port FROM pg_stat_activity WHERE application_name = '${APPLICATION}'`,
    );
    return rows;
  };

  /** Ends backends of the application that are in a state, as an administrator does. How many. */
  async kill(state: 'idle' | 'idle in transaction' | 'active', most = 3): Promise<number> {
    const rows = await this.ask(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE application_name = '${APPLICATION}' AND state = '${state}' LIMIT ${most}`,
    );
    return rows.length;
  }

  /** Makes the application's password wrong, or right again. */
  async changePassword(how: 'wrong' | 'right'): Promise<void> {
    await this.ask(`ALTER ROLE app PASSWORD '${how === 'right' ? this.password : 'another'}'`);
  }

  async close(): Promise<void> {
    await this.observer?.end().catch(() => undefined);
  }

  private async connect(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: this.server.url, application_name: 'observer' });
    client.on('error', () => this.forget(client));
    client.on('end', () => this.forget(client));
    await client.connect();
    return client;
  }

  private forget(client: pg.Client): void {
    if (this.observer === client) this.observer = undefined;
  }
}
