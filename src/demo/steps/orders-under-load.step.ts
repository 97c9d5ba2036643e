import { crowd } from '../crowd.js';
import { atMost, exactly, type Finding } from '../finding.js';
import { countOf } from '../order-client.js';
import type { Step } from '../step.js';
import { POOL_SIZE } from '../world.js';

const ORDERS = 500;
const CLIENTS = 50;

export const ordersUnderLoad: Step = {
  title: `${ORDERS} orders by ${CLIENTS} clients at once`,

  async run({ customers, database }, progress): Promise<Finding[]> {
    let most = 0;
    const watch = setInterval(() => void database.backends().then(({ length }) => (most = Math.max(most, length))), 25);
    const answers = await crowd(ORDERS, CLIENTS, () => customers.place('load'), progress);
    clearInterval(watch);
    return [
      exactly('answered with 201', 'clients', countOf(201, answers), ORDERS),
      exactly('orders kept', 'database', (await database.references('load')).size, ORDERS),
      exactly('orders whose lines do not add up', 'database', await database.wrongTotals(), 0),
      exactly('pieces missing from the stock, or too many', 'database', await database.stockDifference(), 0),
      atMost('connections at once', 'pg_stat_activity', most, POOL_SIZE),
    ];
  },
};
