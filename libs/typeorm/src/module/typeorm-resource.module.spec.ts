import { createRequire } from 'node:module';
import { Controller, Get, Injectable, Logger, Module, UseInterceptors } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Test } from '@nestjs/testing';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { type ConnectionPool, ResourceRegistry } from '@nestjs-resources/core';
import { ResourceModule } from '@nestjs-resources/nest';
import { Column, DataSource, Entity, PrimaryGeneratedColumn, Repository } from 'typeorm';
import request from 'supertest';
import { Session } from '../session/session.js';
import { SessionFactory } from '../session/session-factory.js';
import { SessionInterceptor } from '../session/session.interceptor.js';
import {
  InjectDataSource,
  InjectEntityManager,
  InjectRepository,
  InjectSession,
  InjectSessionFactory,
} from './inject.decorators.js';
import { pooledTypeOrm, sessionsOf } from './pooled-typeorm.js';
import { TypeOrmResourceModule } from './typeorm-resource.module.js';
import type { TypeOrmResourceOptions, TypeOrmResourceOptionsFactory } from './typeorm-resource.options.js';
import { getDataSourceToken } from './typeorm-resource.tokens.js';

const openSqljs = createRequire(import.meta.url)('sql.js') as (config?: object) => Promise<object>;

@Entity('notes')
class Note {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column({ type: 'text' })
  text!: string;
}

@Injectable()
class Notes {
  constructor(
    @InjectRepository(Note) readonly notes: Repository<Note>,
    @InjectDataSource('archive') readonly archive: DataSource,
    @InjectEntityManager('archive') readonly archived: Repository<Note>['manager'],
    @InjectRepository(Note, 'archive') readonly archivedNotes: Repository<Note>,
    @InjectSessionFactory('archive') readonly archiveSessions: SessionFactory,
    readonly sessions: SessionFactory,
  ) {}
}

@Module({
  imports: [TypeOrmResourceModule.forFeature([Note]), TypeOrmResourceModule.forFeature([Note], 'archive')],
  providers: [Notes],
  exports: [Notes],
})
class NotesModule {}

@Injectable()
class Factory implements TypeOrmResourceOptionsFactory {
  createTypeOrmResourceOptions(name?: string): TypeOrmResourceOptions {
    return { type: 'sqljs', synchronize: true, sessions: { label: `of ${name ?? 'default'}` } };
  }
}

@Module({ providers: [Factory], exports: [Factory] })
class FactoryModule {}

type Imports = NonNullable<Parameters<typeof Test.createTestingModule>[0]['imports']>;
const boot = async (imports: Imports, providers: object[] = []) =>
  (await Test.createTestingModule({ imports, providers: providers as never[] }).compile()).createNestApplication({
    logger: false,
  });

afterEach(() => void jest.restoreAllMocks());

describe('an application with two data sources', () => {
  it.each([
    ['by forRoot', TypeOrmResourceModule.forRoot({ name: 'archive', type: 'sqljs', synchronize: true })],
    ['by a class', TypeOrmResourceModule.forRootAsync({ name: 'archive', useClass: Factory })],
    [
      'by a class of another module',
      TypeOrmResourceModule.forRootAsync({ name: 'archive', imports: [FactoryModule], useExisting: Factory }),
    ],
    [
      'by a factory',
      TypeOrmResourceModule.forRootAsync({
        name: 'archive',
        imports: [FactoryModule],
        inject: [Factory],
        useFactory: async (factory: Factory) => factory.createTypeOrmResourceOptions(),
      }),
    ],
  ])('has both, cold until it starts: %s', async (_how, archive) => {
    const main = TypeOrmResourceModule.forRootAsync({ useFactory: () => ({ type: 'sqljs', synchronize: true }) });
    const app = await boot([ResourceModule.forRoot({}), main, archive, NotesModule]);
    const { notes, archivedNotes, archived, archive: dataSource, sessions, archiveSessions } = app.get(Notes);
    expect([dataSource.isInitialized, app.get(DataSource).isInitialized]).toEqual([false, false]);
    await app.init();
    expect(archived).toBe(dataSource.manager);
    await sessions.transaction(() => notes.save({ text: 'new' }));
    await archiveSessions.transaction(() => archivedNotes.save([{ text: 'old' }, { text: 'older' }]));
    expect([await notes.count(), await archivedNotes.count()]).toEqual([1, 2]);
    const registry = app.get(ResourceRegistry);
    expect(registry.getMetrics()['archive']).toMatchObject({
      connections: 'exclusive',
      initialized: true,
      entities: 1,
    });
    expect(registry.get<ConnectionPool<object>>('archive.pool').getMetrics()).toMatchObject({ maxSize: 1, leased: 0 });
    await app.close();
    expect(dataSource.isInitialized).toBe(false);
  });
});

describe('a data source that comes after others', () => {
  const order: string[] = [];
  class Server {
    constructor(registry: ResourceRegistry) {
      const start = async (): Promise<void> => {
        await new Promise((resolve) => setImmediate(resolve));
        order.push('server started');
      };
      registry.register('server', { start, close: () => void order.push('server closed') });
    }
  }
  const provider = {
    provide: Server,
    inject: [ResourceRegistry],
    useFactory: (made: ResourceRegistry) => new Server(made),
  };

  it.each([{ dependsOn: ['server'] }, { after: ['server'] }])(
    'starts after them and closes before: %j',
    async (place) => {
      order.length = 0;
      const create = async () => void order.push('database opened');
      const app = await boot(
        [
          ResourceModule.forRoot({}),
          TypeOrmResourceModule.forRoot({
            type: 'sqljs',
            ...place,
            // Called by TypeORM when it connects.
            driver: async (config?: object) => {
              await create();
              return openSqljs(config);
            },
          }),
        ],
        [provider],
      );
      await app.init();
      const registry = app.get(ResourceRegistry);
      for (const name of ['database', 'database.pool'])
        expect(registry.entry(name)).toMatchObject({
          dependsOn: expect.arrayContaining(place.dependsOn ?? []),
          after: expect.arrayContaining(place.after ?? []),
        });
      await app.close();
      expect(order).toEqual(['server started', 'database opened', 'server closed']);
    },
  );

  it('does not boot if there is none of that name', async () => {
    const app = await boot([
      ResourceModule.forRoot({}),
      TypeOrmResourceModule.forRoot({ type: 'sqljs', dependsOn: ['nowhere'] }),
    ]);
    await expect(app.init()).rejects.toThrow(/nowhere/);
  });
});

describe('a data source that is only observed', () => {
  it('says so in the log, as a warning unless it was asked for, and in its metrics', async () => {
    const log = jest.spyOn(Logger.prototype, 'log').mockReturnValue(undefined);
    const app = await boot([
      ResourceModule.forRoot({}),
      TypeOrmResourceModule.forRoot({ type: 'sqljs', pool: 'observe' }),
    ]);
    expect(log).toHaveBeenCalledWith(expect.stringMatching(/'database' \(sqljs\) is only observed.*driver's own/));
    await app.init();
    const registry = app.get(ResourceRegistry);
    const runner = app.get(DataSource).createQueryRunner();
    await runner.query('SELECT 1');
    expect(registry.getMetrics()['database']).toMatchObject({
      connections: 'observed',
      observed: { runners: { active: 1 } },
    });
    await runner.release();
    expect(registry.getMetrics()['database']).toMatchObject({ observed: { runners: { active: 0 } } });
    expect(registry.list().map(({ name }) => name)).toEqual(['database']);
    await app.close();
  });

  it('is every one whose pool cannot be replaced', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
    // Only made, not connected.
    const app = await boot([
      ResourceModule.forRoot({}),
      TypeOrmResourceModule.forRoot({ type: 'mssql', host: '127.0.0.1', driver: { ConnectionPool: Object } }),
    ]);
    expect(warn).toHaveBeenCalledWith(expect.stringMatching(/\(mssql\) is only observed/));
    expect(app.get(ResourceRegistry).getMetrics()['database']).toMatchObject({ connections: 'observed' });
  });

  it('refuses sessions, and says why', async () => {
    const app = await boot([
      ResourceModule.forRoot({}),
      TypeOrmResourceModule.forRoot({ type: 'sqljs', pool: 'observe' }),
    ]);
    await app.init();
    const sessions = app.get(SessionFactory);
    const refused = { code: 'DATA_SOURCE_OBSERVED', resource: 'database' };
    expect(() => sessions.open()).toThrow(expect.objectContaining(refused));
    await expect(sessions.transaction(() => 1)).rejects.toMatchObject(refused);
    await app.close();
  });
});

@Controller()
@UseInterceptors(SessionInterceptor)
class NotesController {
  constructor(@InjectSession() private readonly session: Session) {}

  @Get()
  async find(): Promise<unknown> {
    return { answer: await this.session.query('SELECT 1 AS x'), leased: this.session.isLeased };
  }
}

describe('a request', () => {
  it('B-H-3: is handed its session, which ends with it', async () => {
    @Module({
      imports: [ResourceModule.forRoot({}), TypeOrmResourceModule.forRoot({ type: 'sqljs' })],
      controllers: [NotesController],
    })
    class Application {}
    const app = await boot([Application]);
    await app.init();
    await request(app.getHttpServer())
      .get('/')
      .expect(200, { answer: [{ x: 1 }], leased: true });
    const pool = app.get(ResourceRegistry).get<ConnectionPool<object>>('database.pool');
    expect([pool.leased, app.get(SessionFactory).getMetrics().active]).toEqual([0, 0]);
    await app.close();
  });
});

describe('an application that keeps TypeOrmModule', () => {
  const start = async (imports: Imports) => (await boot(imports)).init();

  it('has its data source on our pool, with sessions', async () => {
    const app = await start([
      ResourceModule.forRoot({}),
      TypeOrmModule.forRootAsync(
        pooledTypeOrm({ type: 'sqljs', entities: [Note], synchronize: true, pool: { acquireTimeout: 200 } }),
      ),
    ]);
    const dataSource = app.get(DataSource);
    const sessions = sessionsOf(dataSource, { label: 'mine' });
    await sessions.transaction(() => dataSource.getRepository(Note).save({ text: 'a' }));
    const pool = app.get(ResourceRegistry).get<ConnectionPool<object>>('database.pool');
    expect(pool.getMetrics().acquired).toBeGreaterThan(1);
    await app.close();
    expect(dataSource.isInitialized).toBe(false);
  });

  it('has several, by their names, without a registry too', async () => {
    const app = await start([
      TypeOrmModule.forRootAsync(pooledTypeOrm({ type: 'sqljs' })),
      TypeOrmModule.forRootAsync(pooledTypeOrm({ name: 'archive', type: 'sqljs' })),
    ]);
    const archive = app.get<DataSource>(getDataSourceToken('archive') as string);
    expect(await sessionsOf(archive).run((tx) => tx.query('SELECT 1 AS x'))).toEqual([{ x: 1 }]);
    expect(archive).not.toBe(app.get(DataSource));
    await app.close();
  });

  it('has no sessions on a data source that is not ours', async () => {
    expect(() => sessionsOf(new DataSource({ type: 'sqljs' }))).toThrow(/does not stand on our pools.*pooledTypeOrm/);
  });

  it('does not boot with options that cannot be', async () => {
    const wrong = pooledTypeOrm({ type: 'sqljs', pool: { maxSize: 3 } });
    await expect(start([TypeOrmModule.forRootAsync(wrong)])).rejects.toThrow(/pool\.maxSize: must be 1/);
  });
});
