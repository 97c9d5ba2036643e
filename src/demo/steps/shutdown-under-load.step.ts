import { setTimeout as delay } from 'node:timers/promises';
import { crowdUntilStopped } from '../crowd.js';
import { atLeast, exactly, type Finding } from '../finding.js';
import type { GatewayControl } from '../gateway-control.js';
import { lostOrders, succeeded } from '../order-client.js';
import type { Step } from '../step.js';
import { until } from '../until.js';

const PAYERS = 20;
const BUYERS = 20;
const ORDERS = 400;
const ENOUGH_UNDER_WAY = 5;

/** How long the gateway takes, in milliseconds: many requests are in their handlers when the signal comes. */
const GATEWAY_DELAY = 300;

export const shutdownUnderLoad: Step = {
  title: 'SIGTERM under load',

  async run({ service, customers, gateway, database }, progress): Promise<Finding[]> {
    const orders = await customers.placeAll(ORDERS, 'paid-at-the-end');
    await gateway.setMode('slow', GATEWAY_DELAY);
    const before = await gateway.counters();
    const stopPayers = crowdUntilStopped(PAYERS, (index) => customers.pay(orders[index % ORDERS] ?? ''));
    const stopBuyers = crowdUntilStopped(BUYERS, () => customers.place('end'));
    await delay(1_000);
    progress(0.5);

    const underWay = await someUnderWay(gateway);
    const signalled = performance.now();
    const exitCode = await service.terminate();
    const took = Math.round(performance.now() - signalled);
    const [payments, placed] = await Promise.all([stopPayers(), stopBuyers()]);
    progress(1);

    const unanswered = (await gateway.counters()).calls - before.calls - payments.filter(succeeded).length;
    const kept = await database.references('end');
    const acknowledged = placed.filter(succeeded).length;
    return [
      atLeast('payments under way when the signal came', 'gateway', underWay, ENOUGH_UNDER_WAY),
      exactly('payments that reached the gateway and were not answered', 'gateway', unanswered, 0),
      exactly('orders kept and not answered', 'database', kept.size - acknowledged, 0),
      exactly('acknowledged orders that are lost', 'database', lostOrders(placed, kept), 0),
      exactly('connections left', 'pg_stat_activity', (await database.backends()).length, 0),
      exactly(`exit code, after ${took} ms`, 'process', exitCode ?? 'none', 0),
    ];
  },
};

/** Waits for a moment at which the gateway is at work. @returns how many payments it is working on */
async function someUnderWay(gateway: GatewayControl): Promise<number> {
  let underWay = 0;
  await until(async () => {
    ({ underWay } = await gateway.counters());
    return underWay >= ENOUGH_UNDER_WAY;
  }, 5_000);
  return underWay;
}
