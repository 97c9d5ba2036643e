import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';

import { Pool as LightningPool } from 'lightning-pool';
import PgPool from 'pg-pool';
import { Pool as SequelizePool } from 'sequelize-pool';
import { Pool as TarnPool } from 'tarn';

import { makeThing, Thing, turn, type Contestant, type Entry, type PoolSize } from './contestant.js';

const WAIT = 30_000;

interface GenericPool {
  acquire(): Promise<Thing>;
  release(thing: Thing): Promise<void>;
  readonly size: number;
  drain(): Promise<void>;
  clear(): Promise<void>;
}
const generic = createRequire(import.meta.url)('generic-pool') as {
  createPool(factory: object, options: object): GenericPool;
};

function openGeneric({ max, createTime = 0 }: PoolSize): Contestant {
  const factory = { create: makeThing(createTime), destroy: () => Promise.resolve() };
  const pool = generic.createPool(factory, { max, acquireTimeoutMillis: WAIT });
  return {
    async alone(times) {
      for (let left = times; left > 0; left--) {
        const thing = await pool.acquire();
        void pool.release(thing);
      }
    },
    async worker(times) {
      for (let left = times; left > 0; left--) {
        const thing = await pool.acquire();
        await turn;
        void pool.release(thing);
      }
    },
    acquire: () => pool.acquire(),
    release: (thing: Thing) => void pool.release(thing),
    size: () => pool.size,
    close: () => pool.drain().then(() => pool.clear()),
  };
}

function openTarn({ max, createTime = 0 }: PoolSize): Contestant {
  const pool = new TarnPool<Thing>({
    create: makeThing(createTime),
    destroy: () => undefined,
    min: 0,
    max,
    acquireTimeoutMillis: WAIT,
  });
  return {
    async alone(times) {
      for (let left = times; left > 0; left--) {
        const thing = await pool.acquire().promise;
        pool.release(thing);
      }
    },
    async worker(times) {
      for (let left = times; left > 0; left--) {
        const thing = await pool.acquire().promise;
        await turn;
        pool.release(thing);
      }
    },
    acquire: () => pool.acquire().promise,
    release: (thing: Thing) => void pool.release(thing),
    size: () => pool.numUsed() + pool.numFree() + pool.numPendingCreates(),
    close: async () => void (await pool.destroy()),
  };
}

function openSequelize({ max, createTime = 0 }: PoolSize): Contestant {
  const pool = new SequelizePool<Thing>({
    name: 'bench',
    create: makeThing(createTime),
    destroy: () => undefined,
    validate: () => true,
    min: 0,
    max,
    acquireTimeoutMillis: WAIT,
  });
  return {
    async alone(times) {
      for (let left = times; left > 0; left--) {
        const thing = await pool.acquire();
        pool.release(thing);
      }
    },
    async worker(times) {
      for (let left = times; left > 0; left--) {
        const thing = await pool.acquire();
        await turn;
        pool.release(thing);
      }
    },
    acquire: () => pool.acquire(),
    release: (thing: Thing) => pool.release(thing),
    size: () => pool.size,
    close: () => pool.drain().then(() => pool.destroyAllNow()),
  };
}

function openLightning({ max, createTime = 0, queue = 10_000 }: PoolSize): Contestant {
  const factory = { create: makeThing(createTime), destroy: () => Promise.resolve() };
  const pool = new LightningPool<Thing>(factory, { max, maxQueue: queue, acquireTimeoutMillis: WAIT });
  return {
    async alone(times) {
      for (let left = times; left > 0; left--) {
        const thing = await pool.acquire();
        pool.release(thing);
      }
    },
    async worker(times) {
      for (let left = times; left > 0; left--) {
        const thing = await pool.acquire();
        await turn;
        pool.release(thing);
      }
    },
    acquire: () => pool.acquire(),
    release: (thing: Thing) => pool.release(thing),
    size: () => pool.size,
    close: () => pool.closeAsync(true),
  };
}

type FakeClient = EventEmitter & { release(): void };

/** A client that only has what the pool asks of it. */
function fakeClient(createTime: number): new () => EventEmitter {
  const connectIn = (done: () => void): void =>
    void (createTime === 0 ? process.nextTick(done) : setTimeout(done, createTime));
  return class extends EventEmitter {
    connect(done: () => void): void {
      Thing.made++;
      connectIn(done);
    }
    end(done?: () => void): void {
      done?.();
    }
  };
}

function openPg({ max, createTime = 0 }: PoolSize): Contestant {
  const options = { max, connectionTimeoutMillis: WAIT, Client: fakeClient(createTime) };
  const pool = new PgPool(options as unknown as ConstructorParameters<typeof PgPool>[0]);
  const connect = (): Promise<FakeClient> => pool.connect() as unknown as Promise<FakeClient>;
  return {
    async alone(times) {
      for (let left = times; left > 0; left--) {
        const client = await pool.connect();
        client.release();
      }
    },
    async worker(times) {
      for (let left = times; left > 0; left--) {
        const client = await pool.connect();
        await turn;
        client.release();
      }
    },
    acquire: connect,
    release: (client: FakeClient) => client.release(),
    size: () => pool.totalCount,
    close: () => pool.end(),
  };
}

/** In the order of the documentation's tables. */
export const peers: readonly Entry[] = [
  { name: 'generic-pool 3.9.0', open: openGeneric },
  { name: 'tarn 3.1.2', open: openTarn },
  { name: 'sequelize-pool 8.0.1', open: openSequelize },
  { name: 'lightning-pool 4.14.0', open: openLightning },
  { name: 'pg-pool 3.14.0', open: openPg },
];
