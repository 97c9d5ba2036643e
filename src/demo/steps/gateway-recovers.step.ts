import { crowd } from '../crowd.js';
import { atLeast, exactly, type Finding } from '../finding.js';
import type { Step } from '../step.js';
import { until } from '../until.js';

const DURING_TRIAL = 20;
const AFTERWARDS = 20;

/** How long the gateway takes for the trial, in milliseconds: long enough to look at it. */
const TRIAL = 1_500;

export const gatewayRecovers: Step = {
  title: 'the payment gateway is back',

  async run({ customers, gateway, database }, progress): Promise<Finding[]> {
    const orders = await customers.placeAll(DURING_TRIAL + AFTERWARDS, 'recovery');
    const waiting = await database.payments('pending');
    const before = await gateway.counters();

    await gateway.setMode('slow', TRIAL);
    const tried = await until(async () => (await gateway.counters()).calls > before.calls, 10_000);
    const meanwhile = await crowd(DURING_TRIAL, DURING_TRIAL, (index) => customers.pay(orders[index] ?? ''));
    const trials = (await gateway.counters()).calls - before.calls;
    await gateway.setMode('ok');

    const all = waiting + DURING_TRIAL;
    await until(async () => {
      const left = await database.payments('pending');
      progress(1 - left / all);
      return left === 0;
    }, 20_000);
    const afterwards = await crowd(AFTERWARDS, 5, (index) => customers.pay(orders[DURING_TRIAL + index] ?? ''));
    const charges = await gateway.charges();
    const charged = new Set(charges.map(({ orderId }) => orderId));
    const paid = await database.paidOrders();
    return [
      exactly('trial call after the pause', 'gateway', tried ? 'seen' : 'none', 'seen'),
      exactly('calls that reached it while the trial ran', 'gateway', trials, 1),
      exactly(
        'payments answered with 202 meanwhile',
        'clients',
        meanwhile.filter(({ status }) => status === 202).length,
        DURING_TRIAL,
      ),
      exactly('payments still waiting', 'database', await database.payments('pending'), 0),
      exactly(
        'new payments answered with 200',
        'clients',
        afterwards.filter(({ status }) => status === 200).length,
        AFTERWARDS,
      ),
      exactly('orders charged', 'gateway', charged.size, all + AFTERWARDS),
      exactly('orders charged twice', 'gateway', charges.length - charged.size, 0),
      exactly('orders paid and not charged, or charged and not paid', 'database', differences(paid, charged), 0),
      atLeast(
        'charges whose answer was lost, and repeated without charging',
        'gateway',
        (await gateway.counters()).replays,
        1,
      ),
    ];
  },
};

function differences(one: ReadonlySet<string>, other: ReadonlySet<string>): number {
  const missing = [...one].filter((id) => !other.has(id)).length;
  return missing + [...other].filter((id) => !one.has(id)).length;
}
