/** A server, as far as it can be told whether anybody uses it. */
export interface Usable {
  /** Whether a connection of its pool was ever lent. */
  readonly used: boolean;
}

/**
 * TypeORM connects when it initialises; if no connection of ours was lent by then, it has connected past our pool.
 *
 * @throws Error that says how that may have come
 */
export function assertInUse(name: string, servers: readonly Usable[]): void {
  if (servers.some(({ used }) => used)) return;
  throw new Error(
    `Data source '${name}' was initialised without a connection of our pool, so something else connects. ` +
      "Remove the options 'nativeDriver' and 'driver', or use TypeOrmModule if the driver's own pool is meant.",
  );
}
