import { get } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  Controller,
  Get,
  type INestApplication,
  Injectable,
  Module,
  Param,
  StreamableFile,
  UseInterceptors,
} from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { InjectRepository, TypeOrmModule } from '@nestjs/typeorm';
import { afterEach, expect, it } from '@jest/globals';
import { type ConnectionPool, ResourceModule, ResourceRegistry } from '@nestjs-resources/nest';
import {
  InjectSession,
  pooledTypeOrm,
  Session,
  SessionFactory,
  SessionInterceptor,
  sessionsOf,
  Transactional,
  TypeOrmResourceModule,
} from '@nestjs-resources/typeorm';
import request from 'supertest';
import { DataSource, Repository } from 'typeorm';
import { Bank } from '../../support/bank.js';
import { ask, eventually } from '../../support/stock-and-ours.js';
import { describeWithPostgres } from '../../support/with-postgres.js';
import { Order, OrderLine } from './order.entity.js';

@Injectable()
class Orders {
  constructor(@InjectRepository(Order) readonly orders: Repository<Order>) {}

  @Transactional()
  async place(reference: string, fail = false): Promise<number> {
    const { id } = await this.orders.save({ reference });
    await this.log(reference).catch(() => 'never mind');
    if (fail) throw new Error('out of stock');
    return id;
  }

  /** Committed or not, whatever becomes of the order. */
  @Transactional({ propagation: 'requires new' })
  async log(reference: string): Promise<void> {
    await this.orders.save({ reference: `log of ${reference}` });
  }

  @Transactional({ propagation: 'mandatory' })
  async within(): Promise<void> {}

  @Transactional({ propagation: 'never' })
  async without(): Promise<void> {}
}

let bank: Bank | undefined;

@Controller('orders')
@UseInterceptors(SessionInterceptor)
class OrdersController {
  constructor(
    @InjectSession() private readonly session: Session,
    private readonly sessions: SessionFactory,
  ) {}

  @Get('idle')
  idle(): { leased: boolean } {
    return { leased: this.session.isLeased };
  }

  @Get('slow')
  async slow(): Promise<unknown> {
    return this.session.query('SELECT pg_sleep(10)');
  }

  @Get('numbers')
  async numbers(): Promise<StreamableFile> {
    const rows = await this.session.stream('SELECT n, pg_sleep(0.0001) FROM generate_series(1, 2000) n');
    return new StreamableFile(rows.map(({ n }: { n: number }) => Buffer.from(`${n}\n`)));
  }

  @Get('transfer/:id')
  async transfer(@Param('id') id: string): Promise<string> {
    await bank?.book(id, () =>
      this.session.transaction((tx) => bank?.move(tx, this.sessions.dataSource, id, 3) ?? Promise.resolve()),
    );
    return id;
  }

  @Get(':n')
  async find(@Param('n') n: string): Promise<object> {
    const [first] = await this.session.query<{ pid: number }[]>('SELECT pg_backend_pid() AS pid');
    const [same] = await this.session.query<{ pid: number }[]>('SELECT pg_backend_pid() AS pid');
    return { n, same: first?.pid === same?.pid, mine: this.sessions.current()?.isLeased };
  }
}

@Module({
  imports: [TypeOrmResourceModule.forFeature([Order, OrderLine])],
  controllers: [OrdersController],
  providers: [Orders],
})
class OrdersModule {}

describeWithPostgres('an application with sessions', (server) => {
  let app: INestApplication;
  afterEach(() => app.close());

  const start = async (imports: Parameters<typeof Test.createTestingModule>[0]['imports'] = []): Promise<void> => {
    const module = await Test.createTestingModule({ imports: [ResourceModule.forRoot({}), ...imports] }).compile();
    app = module.createNestApplication({ logger: false });
    await app.listen(0, '127.0.0.1');
  };
  const startOrders = (): Promise<void> =>
    start([
      TypeOrmResourceModule.forRoot({
        type: 'postgres',
        url: server().url,
        applicationName: 'requests',
        dropSchema: true,
        synchronize: true,
      }),
      OrdersModule,
    ]);
  const references = async (): Promise<string[]> => {
    const rows = await ask<{ reference: string }>(server().url, 'SELECT reference FROM orders ORDER BY reference');
    return rows.map(({ reference }) => reference);
  };

  it('runs @Transactional() methods in a transaction that plain repositories join', async () => {
    await startOrders();
    const orders = app.get(Orders);
    await orders.place('a');
    await expect(orders.place('b', true)).rejects.toThrow('out of stock');
    expect(await references()).toEqual(['a', 'log of a', 'log of b']);
  });

  it('refuses a transaction, or its absence, where it was declared so', async () => {
    await startOrders();
    const orders = app.get(Orders);
    const sessions = app.get(SessionFactory);
    await expect(orders.within()).rejects.toMatchObject({ code: 'TRANSACTION_PROPAGATION' });
    await expect(sessions.transaction(() => orders.without())).rejects.toMatchObject({
      code: 'TRANSACTION_PROPAGATION',
    });
    await sessions.transaction(() => orders.within());
    await orders.without();
  });

  it('gives each request a session of its own, which takes a connection only if it needs one', async () => {
    await startOrders();
    await request(app.getHttpServer()).get('/orders/idle').expect({ leased: false });
    await Promise.all(
      ['1', '2', '3'].map((n) =>
        request(app.getHttpServer()).get(`/orders/${n}`).expect({ n, same: true, mine: true }),
      ),
    );
    const pool = app.get(ResourceRegistry).get<ConnectionPool<object>>('database.pool');
    await eventually(
      () => pool.leased,
      (leased) => leased === 0,
    );
    expect(pool.leased).toBe(0);
    expect(app.get(SessionFactory).getMetrics()).toMatchObject({ active: 0, opened: 4 });
  });

  it('ends the statement of a client that has left', async () => {
    await startOrders();
    const active = (): Promise<object[]> =>
      ask(server().url, `SELECT 1 FROM pg_stat_activity WHERE application_name = 'requests' AND state = 'active'`);
    const { port } = app.getHttpServer().address() as AddressInfo;
    const leaving = get({ port, host: '127.0.0.1', path: '/orders/slow' });
    leaving.on('error', () => undefined);
    await eventually(active, (all) => all.length > 0);
    leaving.destroy();
    expect(await eventually(active, (all) => all.length === 0)).toEqual([]);
  });

  const idle = async (): Promise<void> => {
    const pool = app.get(ResourceRegistry).get<ConnectionPool<object>>('database.pool');
    await eventually(
      () => pool.leased + app.get(SessionFactory).getMetrics().active,
      (busy) => busy === 0,
    );
    expect(pool.getMetrics()).toMatchObject({ leased: 0, waiting: 0 });
    expect(app.get(SessionFactory).getMetrics().active).toBe(0);
  };
  const leave = (path: string, after: number): Promise<void> =>
    new Promise((resolve) => {
      const { port } = app.getHttpServer().address() as AddressInfo;
      const leaving = get({ port, host: '127.0.0.1', path });
      leaving.on('error', () => undefined).on('response', (response) => response.resume());
      leaving.on('close', () => resolve());
      const timer = setTimeout(() => leaving.destroy(), after);
      leaving.on('close', () => clearTimeout(timer));
    });

  it('keeps the session of an answer that is a stream until it is sent', async () => {
    await startOrders();
    const { body } = await request(app.getHttpServer())
      .get('/orders/numbers')
      .buffer(true)
      .parse(text as never);
    expect(body).toBe(Array.from({ length: 2_000 }, (_, n) => `${n + 1}\n`).join(''));
    await idle();
    await leave('/orders/numbers', 60);
    await idle();
  });

  it('loses no money when clients leave at random moments', async () => {
    await startOrders();
    bank = await new Bank((sql) => ask(server().url, sql)).open();
    const client = async (who: number): Promise<void> => {
      for (let n = 0; n < 15; n++) await leave(`/orders/transfer/${who}-${n}`, who % 2 ? Math.random() * 60 : 20_000);
    };
    await Promise.all(Array.from({ length: 6 }, (_, who) => client(who)));
    await idle();
    await bank.audit();
    expect(bank.acknowledged.length).toBeGreaterThan(10);
    expect(bank.errors.length).toBeGreaterThan(10);
    expect(bank.errors.filter(({ message }) => message !== 'The client has left.')).toEqual([]);
  }, 60_000);

  it('can keep TypeOrmModule, on our pool', async () => {
    await start([
      TypeOrmModule.forRootAsync(pooledTypeOrm({ type: 'postgres', url: server().url, pool: { maxSize: 2 } })),
    ]);
    const dataSource = app.get(DataSource);
    expect(await dataSource.query('SELECT 1 AS x')).toEqual([{ x: 1 }]);
    const pool = app.get(ResourceRegistry).get<ConnectionPool<object>>('database.pool');
    expect(pool.getMetrics()).toMatchObject({ maxSize: 2, size: 1 });
    await sessionsOf(dataSource).transaction(async (_, session) => {
      expect(dataSource.createQueryRunner()).toBe(session.queryRunner);
    });
  });
});

/** Reads an answer as text. */
function text(response: NodeJS.ReadableStream, done: (error: Error | null, body: string) => void): void {
  let body = '';
  response.on('data', (chunk: Buffer) => (body += chunk.toString()));
  response.on('end', () => done(null, body));
}
