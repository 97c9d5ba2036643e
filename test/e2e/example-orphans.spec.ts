import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '../../src/demo/until.js';
import { startExample } from './example-service.js';

/** How often the service is started and ended, half of the times by SIGKILL: `EXAMPLE_STARTS=20 npm run test:e2e`. */
const STARTS = Number(process.env['EXAMPLE_STARTS'] ?? 4);

describe('the embedded PostgreSQL', () => {
  /** Where the services started here, and no others, put their databases. */
  let temporary: string;
  beforeAll(() => {
    temporary = mkdtempSync('/tmp/example-orphans-');
    // Root's database runs under another account, which must get in.
    chmodSync(temporary, 0o755);
  });
  afterAll(() => rmSync(temporary, { recursive: true }));

  const folders = (): string[] => readdirSync(temporary);
  const servers = (): string[] => {
    const processes = spawnSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' }).stdout.split('\n');
    return processes.filter((line) => line.includes(temporary));
  };
  const nothingIsLeft = (): Promise<boolean> =>
    until(() => Promise.resolve(folders().length + servers().length === 0), 10_000);

  it('has a folder and a process while the service runs', async () => {
    const service = await startExample({ TMPDIR: temporary });
    expect(folders()).toHaveLength(1);
    expect(servers()).not.toEqual([]);
    await service.terminate();
    expect(await nothingIsLeft()).toBe(true);
  }, 30_000);

  it(
    `leaves no process and no folder after ${STARTS} starts and ends, half of them by SIGKILL`,
    async () => {
      for (let start = 0; start < STARTS; start++) {
        const service = await startExample({ TMPDIR: temporary });
        await (start % 2 ? service.kill() : service.terminate());
      }
      await nothingIsLeft();
      expect({ folders: folders(), servers: servers() }).toEqual({ folders: [], servers: [] });
    },
    STARTS * 15_000,
  );

  it('is swept by the next start if its guard was killed together with the service', async () => {
    const killed = await startExample({ TMPDIR: temporary });
    for (const guard of childrenOf(killed.pid)) process.kill(guard, 'SIGKILL');
    await killed.kill();
    expect(folders()).toHaveLength(1);

    const next = await startExample({ TMPDIR: temporary });
    expect(folders()).toHaveLength(1);
    await next.terminate();
    expect(await nothingIsLeft()).toBe(true);
  }, 60_000);
});

function childrenOf(pid: number): number[] {
  const { stdout } = spawnSync('ps', ['-eo', 'pid,ppid'], { encoding: 'utf8' });
  const pairs = stdout.split('\n').map((line) => line.trim().split(/\s+/).map(Number));
  return pairs.filter(([, parent]) => parent === pid).map(([child = 0]) => child);
}
