import { Injectable, Module } from '@nestjs/common';
import { InjectDataSource, InjectRepository } from '@nestjs/typeorm';
import { Test } from '@nestjs/testing';
import { expect, it } from '@jest/globals';
import {
  type CircuitBreaker,
  type ConnectionPool,
  getCircuitBreakerToken,
  getPoolToken,
  ResourceModule,
  ResourceRegistry,
} from '@nestjs-resources/nest';
import { InjectSessionFactory, SessionFactory, TypeOrmResourceModule } from '@nestjs-resources/typeorm';
import { DataSource, EntityManager, Repository } from 'typeorm';
import { countBackends, eventually } from '../../support/stock-and-ours.js';
import { describeWithPostgres } from '../../support/with-postgres.js';
import { Order, OrderLine } from './order.entity.js';

@Injectable()
class Orders {
  constructor(
    @InjectRepository(Order) readonly orders: Repository<Order>,
    @InjectDataSource() readonly dataSource: DataSource,
    readonly manager: EntityManager,
    readonly sessions: SessionFactory,
  ) {}

  /** The repository is a plain one and joins all the same. */
  place(reference: string, fail = false): Promise<Order> {
    return this.sessions.transaction(async () => {
      const order = await this.orders.save({ reference, lines: [{ quantity: 1 }] });
      if (fail) throw new Error('out of stock');
      return order;
    });
  }
}

@Injectable()
class Archive {
  constructor(@InjectSessionFactory('archive') readonly sessions: SessionFactory) {}
}

@Module({ imports: [TypeOrmResourceModule.forFeature([Order, OrderLine])], providers: [Orders], exports: [Orders] })
class OrdersModule {}

describeWithPostgres('TypeOrmResourceModule', (server) => {
  const start = async () => {
    const module = await Test.createTestingModule({
      imports: [
        ResourceModule.forRoot({}),
        TypeOrmResourceModule.forRootAsync({
          useFactory: () => ({
            type: 'postgres',
            url: server().url,
            applicationName: 'module',
            dropSchema: true,
            synchronize: true,
            pool: { maxSize: 4, minSize: 1 },
          }),
        }),
        TypeOrmResourceModule.forRoot({
          name: 'archive',
          type: 'postgres',
          url: server().url,
          applicationName: 'module',
        }),
        OrdersModule,
      ],
      providers: [Archive],
    }).compile();
    const app = module.createNestApplication();
    return app;
  };

  it('connects nothing before the application starts, and leaves nothing when it has ended', async () => {
    const app = await start();
    expect(await countBackends(server().url, 'module')).toBe(0);
    expect(app.get(DataSource).isInitialized).toBe(false);
    await app.init();
    expect(app.get(DataSource).isInitialized).toBe(true);
    expect(await countBackends(server().url, 'module')).toBeGreaterThan(0);
    await app.close();
    expect(app.get(DataSource).isInitialized).toBe(false);
    expect(
      await eventually(
        () => countBackends(server().url, 'module'),
        (n) => n === 0,
      ),
    ).toBe(0);
  });

  it('registers data source, pool and breaker, in their order', async () => {
    const app = await (await start()).init();
    const registry = app.get(ResourceRegistry);
    const kinds = registry.list().map(({ name, kind, state }) => `${name}: ${kind} ${state}`);
    for (const name of ['database', 'archive'])
      expect(kinds).toEqual(
        expect.arrayContaining([
          `${name}: data-source running`,
          `${name}.pool: pool running`,
          `${name}.breaker: breaker running`,
        ]),
      );
    expect(registry.entry('database').dependsOn).toEqual(['database.pool']);
    expect(registry.getMetrics()['database']).toMatchObject({ initialized: true, entities: 2 });
    expect(app.get<ConnectionPool<object>>(getPoolToken('database.pool'))).toBe(registry.get('database.pool'));
    expect(app.get<CircuitBreaker>(getCircuitBreakerToken('database.breaker')).state).toBe('closed');
    await app.close();
  });

  it('gives the usual repositories, which join the transaction of the session', async () => {
    const app = await (await start()).init();
    const orders = app.get(Orders);
    expect(orders.manager).toBe(orders.dataSource.manager);
    await orders.place('kept');
    await expect(orders.place('undone', true)).rejects.toThrow('out of stock');
    expect((await orders.orders.find()).map(({ reference }) => reference)).toEqual(['kept']);
    expect(orders.sessions.getMetrics()).toMatchObject({ committed: 1, rolledBack: 1, active: 0 });
    await expect(app.get(Archive).sessions.run((tx) => tx.query('SELECT 1 AS x'))).resolves.toEqual([{ x: 1 }]);
    await app.close();
  });

  it('ends while a session is still open, and rolls it back', async () => {
    const app = await (await start()).init();
    const { sessions } = app.get(Orders);
    const session = sessions.open();
    await session.queryRunner.startTransaction();
    await session.query(`INSERT INTO orders (reference) VALUES ('never')`);
    const closing = app.close();
    await session.close();
    await closing;
    expect(
      await eventually(
        () => countBackends(server().url, 'module'),
        (n) => n === 0,
      ),
    ).toBe(0);
  });
});
