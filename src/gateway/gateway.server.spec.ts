import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createGateway } from './gateway.server.js';

describe('the payment gateway', () => {
  let server: Server;
  let url: string;
  beforeEach(async () => {
    server = createGateway().listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const charge = (key: string, orderId = 'o-1'): Promise<Response> =>
    fetch(`${url}/charges`, {
      method: 'POST',
      headers: { 'idempotency-key': key },
      body: JSON.stringify({ orderId, amount: 100 }),
    });
  const setMode = (mode: string): Promise<Response> =>
    fetch(`${url}/mode`, { method: 'PUT', body: JSON.stringify({ mode }) });
  const counters = async (): Promise<unknown> => (await fetch(`${url}/counters`)).json();

  it('charges one key once', async () => {
    const first = await charge('k');
    const second = await charge('k');
    expect([first.status, second.status]).toEqual([201, 200]);
    expect(await second.json()).toEqual(await first.json());
    expect(await counters()).toEqual({ calls: 2, charges: 1, replays: 1, refusals: 0, underWay: 0 });
  });

  it('charges nobody while it fails', async () => {
    await setMode('failing');
    expect((await charge('k')).status).toBe(503);
    expect(await counters()).toEqual({ calls: 1, charges: 0, replays: 0, refusals: 1, underWay: 0 });
  });

  it('has charged where its answer was lost', async () => {
    await setMode('lossy');
    await expect(charge('k')).rejects.toThrow('fetch failed');
    await setMode('ok');
    expect((await charge('k')).status).toBe(200);
  });

  it('shows when one order was charged by two keys', async () => {
    await charge('k', 'o-1');
    await charge('l', 'o-1');
    const charges = (await (await fetch(`${url}/charges`)).json()) as { orderId: string }[];
    expect(charges.map(({ orderId }) => orderId)).toEqual(['o-1', 'o-1']);
  });

  it('refuses what it does not know', async () => {
    expect((await fetch(`${url}/refunds`)).status).toBe(404);
    expect((await setMode('generous')).status).toBe(400);
  });
});
