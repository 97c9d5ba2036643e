import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { root, startExample } from './example-service.js';

/** Long enough to send signals while the service drains, in milliseconds. */
const DRAIN = 3_500;

describe('a signal', () => {
  it('lets the service drain and end with code 0', async () => {
    const service = await startExample();
    expect(await service.terminate()).toBe(0);
  }, 30_000);

  it('counts once if it comes twice within a second, as npm and terminals send it', async () => {
    const service = await startExample({ READINESS_DELAY: '1500' });
    service.signal('SIGINT');
    await delay(300);
    service.signal('SIGINT');
    expect(await service.exited()).toBe(0);
  }, 30_000);

  it('ends the service at once if it comes again later', async () => {
    const service = await startExample({ READINESS_DELAY: String(DRAIN) });
    service.signal('SIGTERM');
    await delay(2_000);
    const asked = performance.now();
    service.signal('SIGTERM');
    expect(await service.exited()).toBe(1);
    expect(performance.now() - asked).toBeLessThan(1_000);
  }, 30_000);

  it('leaves the service answering until it is drained', async () => {
    const service = await startExample({ READINESS_DELAY: '1000' });
    service.signal('SIGTERM');
    await delay(200);
    expect((await fetch(`${service.url}/readyz`)).status).toBe(503);
    expect((await fetch(`${service.url}/orders`)).status).toBe(200);
    expect(await service.exited()).toBe(0);
  }, 30_000);

  it.each([200, 700, 1_200, 1_700, 2_200, 2_700])(
    'ends a service that has started %d ms ago, wherever it is by then, without calling that a failure',
    async (age) => {
      const child = spawn(process.execPath, [`${root}/dist/main.js`], {
        env: { ...process.env, PORT: '0' },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      const complaints = text(child.stderr);
      const ended = once(child, 'exit');
      await delay(age);
      child.kill('SIGTERM');
      const [code, signal] = (await ended) as [number | null, NodeJS.Signals | null];
      // Before the service listens to signals, Node ends it.
      expect(code ?? signal).toBe(code === null ? 'SIGTERM' : 0);
      expect(await complaints).toBe('');
    },
    30_000,
  );
});
