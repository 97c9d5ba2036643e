import pg from 'pg';

const NAME = 'demo-witness';

/** Looks at the database past the service, over a connection of its own. */
export class DatabaseWitness {
  private constructor(private readonly client: pg.Client) {}

  static async connect(url: string): Promise<DatabaseWitness> {
    const client = new pg.Client({ connectionString: url, application_name: NAME });
    await client.connect();
    return new DatabaseWitness(client);
  }

  /** References of the orders whose reference begins with `prefix`. */
  async references(prefix: string): Promise<Set<string>> {
    const rows = await this.rows<{ reference: string }>('SELECT reference FROM orders WHERE reference LIKE $1', [
      `${prefix}-%`,
    ]);
    return new Set(rows.map(({ reference }) => reference));
  }

  /** Pieces that were ordered and are still in stock, or have left it and were not ordered. 0 if the books are right. */
  async stockDifference(): Promise<number> {
    return this.figure(`
      SELECT coalesce(sum(abs(100000 - available - coalesce(ordered, 0))), 0) AS figure
      FROM stock_items LEFT JOIN (SELECT sku, sum(quantity) AS ordered FROM order_lines GROUP BY sku) lines USING (sku)`);
  }

  /** Orders whose lines do not add up to their total. */
  async wrongTotals(): Promise<number> {
    return this.figure(`
      SELECT count(*) AS figure FROM orders
      WHERE total <> (SELECT coalesce(sum(quantity * price), 0) FROM order_lines WHERE order_id = orders.id)`);
  }

  payments(status: 'pending' | 'paid'): Promise<number> {
    return this.figure('SELECT count(*) AS figure FROM payments WHERE status = $1', [status]);
  }

  /** Ids of the orders that are paid, by their rows. */
  async paidOrders(): Promise<Set<string>> {
    const rows = await this.rows<{ order_id: string }>(`SELECT order_id FROM payments WHERE status = 'paid'`);
    return new Set(rows.map(({ order_id }) => order_id));
  }

  /** Process ids of the server's backends that serve the service, those at work first. */
  async backends(): Promise<number[]> {
    const rows = await this.rows<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND application_name <> $1
       ORDER BY state = 'idle', pid`,
      [NAME],
    );
    return rows.map(({ pid }) => pid);
  }

  /** Kills backends as an administrator does. @returns how many were alive until then */
  async terminate(pids: readonly number[]): Promise<number> {
    const rows = await this.rows<{ done: boolean }>(
      'SELECT pg_terminate_backend(pid) AS done FROM unnest($1::int[]) pid',
      [pids],
    );
    return rows.filter(({ done }) => done).length;
  }

  close(): Promise<void> {
    return this.client.end();
  }

  private async figure(statement: string, parameters: unknown[] = []): Promise<number> {
    const [row] = await this.rows<{ figure: string }>(statement, parameters);
    return Number(row?.figure);
  }

  private async rows<Row extends object>(statement: string, parameters: unknown[] = []): Promise<Row[]> {
    return (await this.client.query<Row>(statement, parameters)).rows;
  }
}
