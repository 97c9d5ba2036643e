import { setTimeout as delay } from 'node:timers/promises';
import { crowdUntil } from '../crowd.js';
import { atLeast, exactly, type Finding } from '../finding.js';
import { succeeded } from '../order-client.js';
import type { Step } from '../step.js';

const PAYERS = 20;
const BUYERS = 20;
const ORDERS = 400;

/** How long the gateway takes, in milliseconds: many requests are in their handlers when the signal comes. */
const GATEWAY_DELAY = 300;

export const shutdownUnderLoad: Step = {
  title: 'SIGTERM under load',

  async run({ service, customers, gateway, database }, progress): Promise<Finding[]> {
    const orders = await customers.placeAll(ORDERS, 'paid-at-the-end');
    await gateway.setMode('slow', GATEWAY_DELAY);
    const before = (await gateway.counters()).calls;
    let ended = false;
    const paying = crowdUntil(
      () => ended,
      PAYERS,
      (index) => customers.pay(orders[index % ORDERS] ?? ''),
    );
    const buying = crowdUntil(
      () => ended,
      BUYERS,
      () => customers.place('end'),
    );

    await delay(1_000);
    progress(0.5);
    const signalled = performance.now();
    const inFlight = (await gateway.counters()).calls;
    const exitCode = await service.terminate();
    const took = performance.now() - signalled;
    ended = true;
    const [payments, placed] = await Promise.all([paying, buying]);
    progress(1);

    const kept = await database.references('end');
    const acknowledged = placed.filter(succeeded);
    const calls = (await gateway.counters()).calls - before;
    return [
      atLeast('payments begun before the signal', 'gateway', inFlight - before, PAYERS),
      exactly(
        'payments that reached the gateway and were not answered',
        'gateway',
        calls - payments.filter(succeeded).length,
        0,
      ),
      exactly('orders kept and not answered', 'database', kept.size - acknowledged.length, 0),
      exactly(
        'acknowledged orders that are lost',
        'database',
        acknowledged.filter(({ reference }) => !kept.has(reference)).length,
        0,
      ),
      exactly('connections left', 'pg_stat_activity', (await database.backends()).length, 0),
      exactly(`exit code, after ${Math.round(took)} ms`, 'process', exitCode ?? 'none', 0),
    ];
  },
};
