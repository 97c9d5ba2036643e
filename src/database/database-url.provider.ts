import type { FactoryProvider } from '@nestjs/common';
import { configuration, type Configuration } from '../config/configuration.js';
import { EmbeddedPostgres } from '../embedded-postgres/embedded-postgres.js';

export const DATABASE_URL = 'DATABASE_URL';

/**
 * The database of the configuration, else one of our own. That one is no resource of the application: as any database, it
 * is there before the first connection and after the last one. Its guard ends it when this process has ended.
 */
export const databaseUrlProvider: FactoryProvider<Promise<string>> = {
  provide: DATABASE_URL,
  inject: [configuration.KEY],
  useFactory: async ({ database }: Configuration) => database.url ?? (await EmbeddedPostgres.start()).url,
};
