import type { DataSource } from 'typeorm';
import type { ConnectionKeeping } from './database.js';

/** A server, as far as it can be told whether anybody uses it. */
export interface Usable {
  /** How often a connection of its pool was lent. */
  readonly lent: number;
}

/** Initialises a data source that stands on our pools; it does not stay so if it turns out that it does not use them. */
export async function initializeInUse(
  name: string,
  dataSource: DataSource,
  { keeping, servers }: { readonly keeping: ConnectionKeeping; readonly servers: readonly Usable[] },
): Promise<void> {
  await dataSource.initialize();
  if (keeping === 'observed') return;
  try {
    await assertInUse(name, dataSource, servers);
  } catch (error) {
    await dataSource.destroy();
    throw error;
  }
}

/**
 * Runs one statement and looks whether it went over a connection of ours.
 *
 * @throws Error that says how it may have come that it did not
 */
async function assertInUse(name: string, dataSource: DataSource, servers: readonly Usable[]): Promise<void> {
  const lent = (): number => servers.reduce((sum, server) => sum + server.lent, 0);
  const before = lent();
  await dataSource.query('SELECT 1');
  if (lent() > before) return;
  throw new Error(
    `A statement of data source '${name}' ran without a connection of our pool, so something else connects. ` +
      "Remove the options 'nativeDriver' and 'driver', or say `pool: 'observe'` if the driver's own pool is meant.",
  );
}
