import { execFileSync } from 'node:child_process';
import { expect, it } from '@jest/globals';
import { root } from './example-service.js';

it('a thread that dies while nobody needs it leaves the pool at once, and the next receipt has another', () => {
  const script = `
    import { setTimeout as delay } from 'node:timers/promises';
    import { ConnectionPool } from '@nestjs-resources/core';
    import { receiptsPool } from '${root}/dist/receipts/receipts.pool.js';
    const pool = new ConnectionPool({ ...receiptsPool({ workers: 1 }).options, name: 'receipts' });
    const order = { reference: 'A-1', customer: 'Ada', total: 0, placedAt: new Date(0), lines: [] };
    const first = await pool.acquire();
    first.release();
    await first.resource.worker.terminate();
    await delay(50);
    const left = pool.getMetrics().size;
    const receipt = await pool.use((renderer) => renderer.render(order));
    console.log(JSON.stringify({ left, created: pool.getMetrics().created, receipt: receipt.split('\\n')[0] }));
    await pool.close();`;
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: root,
    encoding: 'utf8',
  });
  expect(JSON.parse(output)).toEqual({ left: 0, created: 2, receipt: 'Receipt for Ada' });
});
