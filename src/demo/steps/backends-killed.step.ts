import { setTimeout as delay } from 'node:timers/promises';
import { crowdUntil } from '../crowd.js';
import { atLeast, atMost, exactly, type Finding } from '../finding.js';
import { refusedPolitely, succeeded } from '../order-client.js';
import type { Step } from '../step.js';
import { until } from '../until.js';
import { POOL_SIZE } from '../world.js';

const CLIENTS = 50;
const KILLED = 10;
const AT_ONCE = 2;

export const backendsKilled: Step = {
  title: `${KILLED} database connections are killed under load`,

  async run({ customers, database }, progress): Promise<Finding[]> {
    let over = false;
    const load = crowdUntil(
      () => over,
      CLIENTS,
      () => customers.place('kill'),
    );
    const victims: number[] = [];
    while (victims.length < KILLED) {
      await delay(200);
      const chosen = (await database.backends()).filter((pid) => !victims.includes(pid)).slice(0, AT_ONCE);
      await database.terminate(chosen);
      victims.push(...chosen);
      progress(victims.length / KILLED);
    }
    await delay(500);
    over = true;
    const answers = await load;

    const kept = await database.references('kill');
    const acknowledged = answers.filter(succeeded);
    const refused = answers.filter(refusedPolitely);
    const refilled = await until(async () => (await database.backends()).length === POOL_SIZE, 5_000);
    const survivors = (await database.backends()).filter((pid) => victims.includes(pid)).length;
    return [
      exactly('backends killed', 'pg_stat_activity', victims.length, KILLED),
      atLeast('answered with 201', 'clients', acknowledged.length, CLIENTS),
      exactly(
        'answered otherwise than 201, or 503 with Retry-After',
        'clients',
        answers.length - acknowledged.length - refused.length,
        0,
      ),
      exactly(
        'acknowledged orders that are lost',
        'database',
        acknowledged.filter(({ reference }) => !kept.has(reference)).length,
        0,
      ),
      atMost('orders kept whose answer was lost', 'database', kept.size - acknowledged.length, refused.length),
      exactly('pieces missing from the stock, or too many', 'database', await database.stockDifference(), 0),
      exactly(
        'connections, a moment later',
        'pg_stat_activity',
        refilled ? POOL_SIZE : (await database.backends()).length,
        POOL_SIZE,
      ),
      exactly('killed ones among them', 'pg_stat_activity', survivors, 0),
    ];
  },
};
