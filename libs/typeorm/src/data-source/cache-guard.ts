import type { DataSource } from 'typeorm';

/**
 * TypeORM 0.3 clears its query cache with a query runner that it never releases: a connection is lost each time. With a
 * runner of ours it needs none of its own.
 */
export function guardCache(dataSource: DataSource): void {
  const cache = dataSource.queryResultCache;
  if (!cache) return;
  const clear = cache.clear.bind(cache);
  cache.clear = async (given) => {
    if (given) return clear(given);
    const runner = dataSource.createQueryRunner();
    try {
      return await clear(runner);
    } finally {
      await runner.release();
    }
  };
}
