import { crowd } from '../crowd.js';
import { atMost, exactly, type Finding } from '../finding.js';
import { countOf } from '../order-client.js';
import type { Step } from '../step.js';
import { FAILURE_THRESHOLD, type World } from '../world.js';

const LOST_ANSWERS = 2;
const MOST_CALLS = 30;
const AFTERWARDS = 100;

/** A call of a request and one of the retries may be under way when the breaker opens. */
const STRAGGLERS = 1;

export const gatewayFails: Step = {
  title: 'the payment gateway fails',

  async run(world, progress): Promise<Finding[]> {
    const { customers, gateway, database } = world;
    const orders = await customers.placeAll(LOST_ANSWERS + MOST_CALLS + AFTERWARDS, 'outage');
    const before = (await gateway.counters()).calls;

    await gateway.setMode('lossy');
    const early = await payUntilNothingArrives(world, orders.slice(0, LOST_ANSWERS));
    await gateway.setMode('failing');
    const late = await payUntilNothingArrives(world, orders.slice(LOST_ANSWERS, -AFTERWARDS));
    const opened = (await gateway.counters()).calls;

    const rest = orders.slice(-AFTERWARDS);
    const answers = await crowd(rest.length, 50, (index) => customers.pay(rest[index] ?? ''), progress);
    const closing = (await gateway.counters()).calls;
    return [
      atMost('calls until the breaker opened', 'gateway', opened - before, FAILURE_THRESHOLD + STRAGGLERS),
      exactly('calls afterwards', 'gateway', closing - opened, 0),
      exactly('payments answered with 202 meanwhile', 'clients', countOf(202, answers), AFTERWARDS),
      exactly('payments kept for later', 'database', await database.payments('pending'), early + late + AFTERWARDS),
    ];
  },
};

/** Pays one order after the other, until one of them does not reach the gateway any more. @returns how many were asked for */
async function payUntilNothingArrives({ customers, gateway }: World, orders: readonly string[]): Promise<number> {
  for (const [index, order] of orders.entries()) {
    const { calls } = await gateway.counters();
    await customers.pay(order);
    if ((await gateway.counters()).calls === calls) return index + 1;
  }
  return orders.length;
}
