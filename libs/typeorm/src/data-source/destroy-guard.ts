import type { DataSource } from 'typeorm';

/** What TypeORM's PostgreSQL driver keeps of the query runners that hold a connection. */
interface GuardedRunner {
  readonly isReleased: boolean;
  releaseCallback?: ((error?: unknown) => void) | undefined;
}

/**
 * Gives back what runners hold that were released while they still waited for their connection. TypeORM's `destroy()`
 * releases each runner it knows until none is left; such a one ignores that and stays, so the loop never ends and blocks
 * the process.
 */
export function freeOrphanedRunners(dataSource: DataSource): void {
  const { connectedQueryRunners } = dataSource.driver as { connectedQueryRunners?: GuardedRunner[] };
  if (!Array.isArray(connectedQueryRunners)) return;
  for (const runner of connectedQueryRunners.filter(({ isReleased }) => isReleased)) {
    connectedQueryRunners.splice(connectedQueryRunners.indexOf(runner), 1);
    runner.releaseCallback?.();
    runner.releaseCallback = undefined;
  }
}
