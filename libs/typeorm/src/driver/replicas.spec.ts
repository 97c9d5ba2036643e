import { describe, expect, it } from '@jest/globals';
import type { Lease } from '@nestjs-resources/core';
import type { DatabaseServer } from './database-server.js';
import { Replica } from './replicas.js';

interface Behaviour {
  readonly isAway?: boolean;
  readonly failure?: object;
}

/** Replicas whose first is asked, and who was asked. */
function replicaOf(servers: Readonly<Record<string, Behaviour>>): { replica: Replica<object>; asked: string[] } {
  const asked: string[] = [];
  const [first, ...standIns] = Object.entries(servers).map(([name, { isAway = false, failure }]) => {
    const acquire = async (): Promise<Lease<object>> => {
      asked.push(name);
      if (failure) throw failure as Error;
      return { resource: { name } } as Lease<object>;
    };
    const lookAgain = (): void => void asked.push(`${name}?`);
    return { isAway, acquire, lookAgain } as unknown as DatabaseServer<object>;
  });
  return { replica: new Replica(first as DatabaseServer<object>, standIns), asked };
}

const unreachable = { code: 'RESOURCE_CREATE_FAILED' };

describe('a replica that may be away', () => {
  it('is asked itself as long as it is there, and looked after', async () => {
    const { replica, asked } = replicaOf({ first: {}, second: {}, primary: {} });
    expect((await replica.acquire()).resource).toEqual({ name: 'first' });
    expect(asked).toEqual(['first?', 'first']);
  });

  it.each([unreachable, { code: 'CIRCUIT_OPEN' }, { code: 'POOL_TIMEOUT', cause: new Error('refused') }])(
    'is replaced by its siblings, then by the primary: %j',
    async (failure) => {
      const { replica, asked } = replicaOf({ first: { failure }, second: { failure }, primary: {} });
      expect((await replica.acquire()).resource).toEqual({ name: 'primary' });
      expect(asked).toEqual(['first?', 'first', 'second', 'primary']);
    },
  );

  it.each([{ code: 'POOL_TIMEOUT' }, { code: '28P01' }, new Error('aborted')])(
    'is not replaced because it is busy, or nobody waits any more: %j',
    async (failure) => {
      const { replica, asked } = replicaOf({ first: { failure }, primary: {} });
      await expect(replica.acquire()).rejects.toBe(failure);
      expect(asked).toEqual(['first?', 'first']);
    },
  );

  it('is asked last when it is known to be away, so that no reader waits for it', async () => {
    const away = { isAway: true, failure: unreachable };
    const { replica, asked } = replicaOf({ first: away, second: away, primary: {} });
    await replica.acquire();
    expect(asked).toEqual(['first?', 'primary']);
  });

  it('fails with the last failure when nobody is there', async () => {
    const last = { code: 'CIRCUIT_OPEN' };
    const { replica } = replicaOf({ first: { failure: unreachable }, primary: { failure: last } });
    await expect(replica.acquire()).rejects.toBe(last);
  });
});
