import { crowd } from '../crowd.js';
import { atLeast, exactly, type Finding } from '../finding.js';
import { countOf } from '../order-client.js';
import type { Progress } from '../progress.js';
import type { Step } from '../step.js';
import { until } from '../until.js';
import type { World } from '../world.js';

const DURING_TRIAL = 20;
const AFTERWARDS = 20;

/** How long the gateway takes for the trial, in milliseconds: long enough to look at it. */
const TRIAL = 1_500;

export const gatewayRecovers: Step = {
  title: 'the payment gateway is back',

  async run(world, progress): Promise<Finding[]> {
    const orders = await world.customers.placeAll(DURING_TRIAL + AFTERWARDS, 'recovery');
    const waiting = await world.database.payments('pending');
    const trial = await watchTrial(world, orders.slice(0, DURING_TRIAL));
    await waitForQueue(world, progress);
    const later = orders.slice(DURING_TRIAL);
    const answers = await crowd(later.length, 5, (index) => world.customers.pay(later[index] ?? ''));
    return [
      ...trial,
      exactly('new payments answered with 200', 'clients', countOf(200, answers), AFTERWARDS),
      ...(await audit(world, waiting + DURING_TRIAL + AFTERWARDS)),
    ];
  },
};

/** The first call after the pause is slow; others who want to pay meanwhile must not reach the gateway. */
async function watchTrial({ customers, gateway }: World, orders: readonly string[]): Promise<Finding[]> {
  const before = (await gateway.counters()).calls;
  await gateway.setMode('slow', TRIAL);
  const seen = await until(async () => (await gateway.counters()).calls > before, 10_000);
  const answers = await crowd(orders.length, orders.length, (index) => customers.pay(orders[index] ?? ''));
  const calls = (await gateway.counters()).calls - before;
  await gateway.setMode('ok');
  return [
    exactly('trial call after the pause', 'gateway', seen ? 'seen' : 'none', 'seen'),
    exactly('calls that reached it while the trial ran', 'gateway', calls, 1),
    exactly('payments answered with 202 meanwhile', 'clients', countOf(202, answers), orders.length),
  ];
}

async function waitForQueue({ database }: World, progress: Progress): Promise<void> {
  const all = await database.payments('pending');
  await until(async () => {
    const left = await database.payments('pending');
    progress(1 - left / all);
    return left === 0;
  }, 20_000);
}

/** Compares the books of the gateway with ours. */
async function audit({ gateway, database }: World, expected: number): Promise<Finding[]> {
  const charges = await gateway.charges();
  const charged = new Set(charges.map(({ orderId }) => orderId));
  const paid = await database.paidOrders();
  const { replays } = await gateway.counters();
  return [
    exactly('payments still waiting', 'database', await database.payments('pending'), 0),
    exactly('orders charged', 'gateway', charged.size, expected),
    exactly('orders charged twice', 'gateway', charges.length - charged.size, 0),
    exactly('orders paid and not charged, or charged and not paid', 'database', differences(paid, charged), 0),
    atLeast('charges whose answer was lost, and repeated without charging', 'gateway', replays, 1),
  ];
}

function differences(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  const missing = [...one].filter((id) => !other.has(id)).length;
  return missing + [...other].filter((id) => !one.has(id)).length;
}
