import type { DataSource } from 'typeorm';

/** A server, as far as it can be told whether anybody uses it. */
export interface Usable {
  /** How often a connection of its pool was lent. */
  readonly lent: number;
}

/**
 * Runs one statement and looks whether it went over a connection of ours.
 *
 * @throws Error that says how it may have come that it did not
 */
export async function assertInUse(name: string, dataSource: DataSource, servers: readonly Usable[]): Promise<void> {
  const lent = (): number => servers.reduce((sum, server) => sum + server.lent, 0);
  const before = lent();
  await dataSource.query('SELECT 1');
  if (lent() > before) return;
  throw new Error(
    `A statement of data source '${name}' ran without a connection of our pool, so something else connects. ` +
      "Remove the options 'nativeDriver' and 'driver', or say `pool: 'observe'` if the driver's own pool is meant.",
  );
}
