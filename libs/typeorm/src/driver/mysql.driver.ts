import { createRequire } from 'node:module';
import { mysqlErrors } from './connection-errors.js';
import { type MysqlConnection, type MysqlPackage, mysqlVerbs } from './mysql.connection.js';
import { mysqlDialect } from './mysql.dialect.js';
import { mysqlClientOptions, type MysqlOptions, onlyOfConnection } from './mysql.options.js';
import { MysqlPool, MysqlPoolCluster } from './mysql.pool.js';
import { PooledDriver, placesOf, type PoolingOptions } from './pooled.driver.js';
import { PooledSource } from './pooled.source.js';
import type { Pooling } from './postgres.driver.js';

/** The package that TypeORM is given in place of mysql2: itself, except that its pools stand before ours. */
export function poolMysql(options: MysqlOptions, pooling: PoolingOptions): Pooling<MysqlConnection> {
  const mysql = (options.driver ?? createRequire(import.meta.url)('mysql2')) as MysqlPackage;
  const pooled = new PooledDriver<MysqlConnection>(placesOf(options), pooling, {
    errors: mysqlErrors,
    clientOptions: (credentials) => mysqlClientOptions(options, credentials),
    verbs: (client) => mysqlVerbs(mysql, client),
  });
  const { servers } = pooled;
  const createPool = (client: object): MysqlPool => {
    const server = pooled.claim(onlyOfConnection(client));
    return new MysqlPool(server, servers.lenderOf(server));
  };
  // The index of mysql2 has getters that load what nobody asked for. TypeORM 0.3 wants to see own properties.
  const driver: object = Object.create(mysql, {
    createPool: { value: createPool, enumerable: true },
    createPoolCluster: { value: () => new MysqlPoolCluster(createPool), enumerable: true },
  });
  return { driver, source: new PooledSource(servers, mysqlDialect(mysql)), servers };
}
