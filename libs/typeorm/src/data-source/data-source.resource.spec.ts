import { describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import type { SessionFactory } from '../session/session-factory.js';
import { DataSourceResource } from './data-source.resource.js';
import { guardRunners } from './destroy-guard.js';

class FakeDataSource {
  isInitialized = false;
  readonly log: string[] = [];
  readonly driver = {};
  readonly options = { type: 'postgres' };
  readonly entityMetadatas = [];
  lent = 0;

  /** @param ours - whether its statements go over a connection of ours */
  constructor(private readonly ours: boolean) {}

  async query(): Promise<void> {
    if (this.ours) this.lent++;
  }

  async initialize(): Promise<this> {
    this.log.push('initialized');
    this.isInitialized = true;
    return this;
  }

  async destroy(): Promise<void> {
    this.log.push('destroyed');
    this.isInitialized = false;
  }
}

const make = (ours: boolean): { fake: FakeDataSource; resource: DataSourceResource } => {
  const fake = new FakeDataSource(ours);
  const resource = new DataSourceResource({
    name: 'database',
    dataSource: fake as unknown as DataSource,
    sessions: { getMetrics: () => ({ active: 0 }) } as SessionFactory,
    database: {
      keeping: 'pooled',
      servers: [
        {
          get lent() {
            return fake.lent;
          },
          disconnect: async () => void fake.log.push('disconnected'),
        },
      ],
    },
    prepare: () => fake.log.push('prepared'),
  });
  return { fake, resource };
};

describe('a data source as a resource', () => {
  it('is cold until it is started, and ends what it stands on before itself', async () => {
    const { fake, resource } = make(true);
    expect(resource.check().status).toBe('UNHEALTHY');
    await resource.start({ signal: new AbortController().signal });
    expect(resource.check().status).toBe('HEALTHY');
    await resource.close({ deadline: 0 });
    expect(fake.log).toEqual(['prepared', 'initialized', 'disconnected', 'destroyed']);
  });

  it('is initialised once, even if somebody did it before', async () => {
    const { fake, resource } = make(true);
    await fake.initialize();
    await resource.start({ signal: new AbortController().signal });
    expect(fake.log).toEqual(['initialized']);
  });

  it('is destroyed if it became ready when nobody waited any more', async () => {
    const { fake, resource } = make(true);
    await resource.start({ signal: AbortSignal.abort() });
    expect(fake.log).toEqual(['prepared', 'initialized', 'destroyed']);
  });

  it('does not start on somebody else’s connections, and leaves none', async () => {
    const { fake, resource } = make(false);
    // That somebody used our pool before proves nothing.
    fake.lent = 7;
    await expect(resource.start({ signal: new AbortController().signal })).rejects.toThrow(
      /without a connection of our/,
    );
    expect(fake.isInitialized).toBe(false);
  });

  it('says how its connections are kept', () => {
    expect(make(true).resource.getMetrics()).toMatchObject({ connections: 'pooled', sessions: { active: 0 } });
  });
});

describe('a runner that was released while it waited for a connection', () => {
  it('gives it back as broken when it comes, and is not kept for TypeORM to release for ever', async () => {
    const given: unknown[] = [];
    const runners: object[] = [];
    guardRunners({ driver: { connectedQueryRunners: runners } } as unknown as DataSource);
    const orphan = { isReleased: true, releaseCallback: undefined as unknown };
    const used = { isReleased: false };
    runners.push(orphan);
    orphan.releaseCallback = (error: unknown) => given.push(error);
    runners.push(used);
    await Promise.resolve();
    expect(given).toEqual([expect.objectContaining({ message: expect.stringContaining('released before it came') })]);
    expect([...runners]).toEqual([used]);
  });
});
