import { setTimeout as delay } from 'node:timers/promises';
import { crowdUntilStopped } from '../crowd.js';
import { atLeast, atMost, exactly, type Finding } from '../finding.js';
import { lostOrders, type OrderAnswer, refusedPolitely, succeeded } from '../order-client.js';
import type { Progress } from '../progress.js';
import type { Step } from '../step.js';
import { until } from '../until.js';
import { POOL_SIZE, type World } from '../world.js';

const CLIENTS = 50;
const KILLED = 10;
const AT_ONCE = 2;

export const backendsKilled: Step = {
  title: `${KILLED} database connections are killed under load`,

  async run(world, progress): Promise<Finding[]> {
    const stopCustomers = crowdUntilStopped(CLIENTS, () => world.customers.place('kill'));
    const victims = await killBackends(world, progress);
    await delay(500);
    const answers = await stopCustomers();
    return [
      exactly('backends killed', 'pg_stat_activity', victims.length, KILLED),
      ...(await audit(world, answers)),
      ...(await lookAtPool(world, victims)),
    ];
  },
};

/** @returns the process ids of those that were killed, a few at a time */
async function killBackends({ database }: World, progress: Progress): Promise<number[]> {
  const victims: number[] = [];
  while (victims.length < KILLED) {
    await delay(200);
    const chosen = (await database.backends()).filter((pid) => !victims.includes(pid)).slice(0, AT_ONCE);
    await database.terminate(chosen);
    victims.push(...chosen);
    progress(victims.length / KILLED);
  }
  return victims;
}

/** Compares what customers were told with what was kept. */
async function audit({ database }: World, answers: readonly OrderAnswer[]): Promise<Finding[]> {
  const kept = await database.references('kill');
  const acknowledged = answers.filter(succeeded).length;
  const refused = answers.filter(refusedPolitely).length;
  const others = answers.length - acknowledged - refused;
  return [
    atLeast('answered with 201', 'clients', acknowledged, CLIENTS),
    exactly('answered otherwise than 201, or 503 with Retry-After', 'clients', others, 0),
    exactly('acknowledged orders that are lost', 'database', lostOrders(answers, kept), 0),
    atMost('orders kept whose answer was lost', 'database', kept.size - acknowledged, refused),
    exactly('pieces missing from the stock, or too many', 'database', await database.stockDifference(), 0),
  ];
}

async function lookAtPool({ database }: World, victims: readonly number[]): Promise<Finding[]> {
  await until(async () => (await database.backends()).length === POOL_SIZE, 5_000);
  const backends = await database.backends();
  const survivors = backends.filter((pid) => victims.includes(pid));
  return [
    exactly('connections, a moment later', 'pg_stat_activity', backends.length, POOL_SIZE),
    exactly('killed ones among them', 'pg_stat_activity', survivors.length, 0),
  ];
}
