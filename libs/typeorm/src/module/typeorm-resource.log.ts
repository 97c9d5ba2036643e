import { Logger } from '@nestjs/common';
import type { Database } from '../data-source/database.js';
import type { TypeOrmResourceOptions } from './typeorm-resource.options.js';

/** Says that a data source keeps its driver's pool: as a warning, unless that was asked for. */
export function tellIfObserved({ name, keeping }: Database, { type, pool }: TypeOrmResourceOptions): void {
  if (keeping !== 'observed') return;
  const logger = new Logger('TypeOrmResourceModule');
  const text =
    `Data source '${name}' (${type}) is only observed: it is started, stopped and watched, but its connections are the ` +
    "driver's own. No acquire timeout, no breaker, no sessions, nothing is cleaned on release.";
  if (pool === 'observe') logger.log(text);
  else logger.warn(text);
}
