import { describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import type { SessionFactory } from '../session/session-factory.js';
import { DataSourceResource } from './data-source.resource.js';
import { freeOrphanedRunners } from './destroy-guard.js';

class FakeDataSource {
  isInitialized = false;
  readonly log: string[] = [];
  readonly driver = {};

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

const make = (used: boolean): { fake: FakeDataSource; resource: DataSourceResource } => {
  const fake = new FakeDataSource();
  const resource = new DataSourceResource({
    name: 'database',
    dataSource: fake as unknown as DataSource,
    sessions: {} as SessionFactory,
    servers: [{ used, disconnect: async () => void fake.log.push('disconnected') }],
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

  it('does not start on somebody else’s connections', async () => {
    const { resource } = make(false);
    await expect(resource.start({ signal: new AbortController().signal })).rejects.toThrow(
      /without a connection of our/,
    );
  });
});

describe('before TypeORM destroys a data source', () => {
  it('runners that were released while they waited for a connection give it back, once', () => {
    const released: string[] = [];
    const orphan = { isReleased: true, releaseCallback: () => released.push('orphan') };
    const inUse = { isReleased: false, releaseCallback: () => released.push('in use') };
    const driver = { connectedQueryRunners: [orphan, inUse] };
    const dataSource = { driver } as unknown as DataSource;
    freeOrphanedRunners(dataSource);
    freeOrphanedRunners(dataSource);
    expect(released).toEqual(['orphan']);
    expect(driver.connectedQueryRunners).toEqual([inUse]);
  });
});
