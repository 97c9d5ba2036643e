import mysql from 'mysql2/promise';
import { askMariadb } from './ask-mariadb.js';
import type { Backend, Theatre } from './fault-stage.js';
import type { MariadbServer } from './mariadb-server.js';

/** A MariaDB server for faults. */
export class MariadbTheatre implements Theatre {
  private observer: mysql.Connection | undefined;

  private constructor(readonly server: MariadbServer) {}

  /** The application has a user of its own, so that its connections can be told from those of the observers. */
  static async open(server: MariadbServer): Promise<MariadbTheatre> {
    const theatre = new MariadbTheatre(server);
    await theatre.ask(`CREATE USER app@'127.0.0.1' IDENTIFIED BY '${server.password}'`);
    await theatre.ask(`GRANT ALL ON shop.* TO app@'127.0.0.1'`);
    return theatre;
  }

  get port(): number {
    return this.server.port;
  }

  readonly ask = <R extends object>(sql: string): Promise<R[]> => askMariadb(this.server.url, sql);

  readonly options: Theatre['options'] = (port) => ({
    type: 'mariadb',
    url: `mysql://app:${this.server.password}@127.0.0.1:${port}/shop`,
    poolSize: 5,
    breaker: { recoveryTimeout: 50 },
    logging: false,
  });

  /** Its cancellations are connections too; they are told by what they do, or by what they do not do yet. */
  readonly backends = async (): Promise<Backend[]> => {
    const observer = (this.observer ??= await this.connect());
    const looking = observer.query(
      `SELECT id, CAST(SUBSTRING_INDEX(host, ':', -1) AS int) AS port FROM information_schema.processlist
       WHERE user = 'app' AND command <> 'Killed' AND db IS NOT NULL`,
    );
    const [rows] = await looking.catch((error: unknown) => {
      this.observer = undefined;
      throw error;
    });
    return rows as Backend[];
  };

  /** Ends connections of the application that are in a transaction. How many. */
  async killInTransaction(most = 3): Promise<number> {
    const rows = await this.ask<{ id: number }>(
      `SELECT p.id FROM information_schema.innodb_trx t JOIN information_schema.processlist p
       ON p.id = t.trx_mysql_thread_id WHERE p.user = 'app' LIMIT ${most}`,
    );
    const killed = rows.map(({ id }) =>
      this.ask(`KILL ${id}`).then(
        () => 1,
        () => 0,
      ),
    );
    return (await Promise.all(killed)).reduce<number>((sum, one) => sum + one, 0);
  }

  async close(): Promise<void> {
    await this.observer?.end().catch(() => undefined);
  }

  private async connect(): Promise<mysql.Connection> {
    const connection = await mysql.createConnection(this.server.url);
    connection.on('error', () => undefined);
    return connection;
  }
}
