import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { DatabaseWitness } from '../../src/demo/database-witness.js';
import { GatewayControl } from '../../src/demo/gateway-control.js';
import { OrderClient } from '../../src/demo/order-client.js';
import type { ServiceProcess } from '../../src/demo/service-process.js';
import { until } from '../../src/demo/until.js';
import { createGateway } from '../../src/gateway/gateway.server.js';
import { EmbeddedPostgres } from '../../dist/embedded-postgres/embedded-postgres.js';
import { startExample } from './example-service.js';

let postgres: EmbeddedPostgres;
let server: Server;
let gateway: GatewayControl;
let database: DatabaseWitness;

beforeAll(async () => {
  postgres = await EmbeddedPostgres.start();
  database = await DatabaseWitness.connect(postgres.url);
  server = createGateway().listen(0, '127.0.0.1');
  await once(server, 'listening');
  gateway = new GatewayControl(gatewayUrl());
}, 30_000);

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await database.close();
  await postgres.close();
});

function gatewayUrl(): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function startService(): Promise<ServiceProcess> {
  const quick = { PAYMENT_RECOVERY_TIMEOUT: '200', PAYMENT_RETRY_PAUSE: '50' };
  return startExample({ DATABASE_URL: postgres.url, PAYMENT_GATEWAY_URL: gatewayUrl(), ...quick });
}

it('payments that wait survive a SIGKILL of the service and are paid once, by two services at a time', async () => {
  const killed = await startService();
  const customers = new OrderClient(killed.url);
  const orders = await customers.placeAll(20, 'killed');

  await gateway.setMode('lossy');
  const answers = await Promise.all(orders.map((order) => customers.pay(order)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
  await killed.kill();
  expect(await database.payments('pending')).toBe(20);

  await gateway.setMode('ok');
  const services = await Promise.all([startService(), startService()]);
  expect(await until(async () => (await database.payments('pending')) === 0, 20_000)).toBe(true);
  const charges = await gateway.charges();
  expect(charges.map(({ orderId }) => orderId).toSorted()).toEqual(orders.toSorted());
  expect((await gateway.counters()).replays).toBeGreaterThan(0);
  await Promise.all(services.map((service) => service.terminate()));
}, 60_000);
