import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as typeorm from 'typeorm';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { describeIfInstalled, describeWith } from '../../support/describe-with.js';
import { withOurs, withStock } from '../../support/stock-and-ours.js';
import { conformanceDatabases, type RunningDatabase } from '../../support/typeorm-databases.js';
import { conformanceOptions, conformanceSuite, type RunConformance } from './conformance.suite.js';

/** Which generation this run is about; the older one exports what the newer has given up. */
const version = 'createConnection' in typeorm ? '0.3' : '1';

/** The same suite on each database, with the pools of the drivers and with ours; once more with TypeORM 0.3. */
describe.each(conformanceDatabases)(`TypeORM ${version} on $name`, (database) => {
  const describeThis = database.optional ? describeIfInstalled : describeWith;
  describeThis(database.missing(), 'does right', () => {
    let running: RunningDatabase | undefined;
    beforeAll(async () => {
      running = await database.start();
    }, 60_000);
    afterAll(() => running?.stop(), 60_000);
    const options = (more: object = {}): DataSourceOptions =>
      ({ ...conformanceOptions, ...running?.options, ...more }) as DataSourceOptions;

    const stock: RunConformance = (work, more) => withStock(options(more), work);
    const ours: RunConformance = (work, more) => withOurs(options(more), ({ dataSource }) => work(dataSource));
    describe.each([
      ['on its own pool', stock],
      ['on our pool', ours],
    ])('%s', (_name, run) => conformanceSuite(database, run, () => running as RunningDatabase));

    it('on our pool is the TypeORM that is meant', () =>
      withOurs(options(), async ({ dataSource, pool }) => {
        expect(version).toBe((globalThis as { typeormGeneration?: string }).typeormGeneration ?? '1');
        expect(dataSource).toBeInstanceOf(DataSource);
        const before = pool.getMetrics().acquired;
        await dataSource.query('SELECT 1');
        expect(pool.getMetrics().acquired).toBe(before + 1);
      }));
  });
});
