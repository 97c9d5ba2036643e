import { Agent, get } from 'node:http';
import { describe, expect, it } from '@jest/globals';

import { LifecycleProcess } from '../support/lifecycle-process.js';

const CLIENTS = 20;

/** What one answer, or its absence, came to. */
type Answer = number | 'cut' | 'refused';

/** One request. `cut` is an answer that began and did not end; `refused` one that never began. */
function ask(port: number, path: string, agent: Agent): Promise<Answer> {
  return new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port, path, agent }, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode ?? 0));
      response.once('error', () => resolve('cut'));
    });
    request.once('error', () => resolve('refused'));
  });
}

/** Clients that always have a next request, each on one connection that it keeps as long as it may. */
async function load(port: number, isOver: () => boolean): Promise<Answer[]> {
  const answers: Answer[] = [];
  const client = async (): Promise<void> => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    while (!isOver()) {
      const answer = await ask(port, '/job', agent);
      answers.push(answer);
      if (answer === 'refused') await new Promise((resolve) => setTimeout(resolve, 5));
    }
    agent.destroy();
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return answers;
}

describe.each([
  { platform: 'express', natural: false },
  { platform: 'fastify', natural: false },
  // Nobody ends the process: it ends because no socket and no timer is left.
  { platform: 'express', natural: true },
  { platform: 'fastify', natural: true },
] as const)('SIGTERM under load on $platform, the process left to itself: $natural', ({ platform, natural }) => {
  it(`cuts nobody whose request has begun, although ${CLIENTS} keep-alive clients never stop`, async () => {
    await using app = new LifecycleProcess({
      platform,
      natural,
      resources: { db: {} },
      shutdown: { timeout: 5_000, readinessDelay: 1_000 },
    });
    const port = await app.port();
    let over = false;
    const answers = load(port, () => over);
    await new Promise((resolve) => setTimeout(resolve, 500));

    const asked = performance.now();
    app.signal('SIGTERM');
    await app.said({ type: 'application.draining' });
    const readiness = await ask(port, '/readyz', new Agent());
    const served = await ask(port, '/job', new Agent());
    await app.said({ server: 'closed' });
    const listened = performance.now() - asked;
    const code = await app.exited;
    const took = performance.now() - asked;
    over = true;
    const all = await answers;

    expect(code).toBe(0);
    expect(took).toBeLessThan(5_000);
    // Readiness falls first, and requests are still served then.
    expect([readiness, served]).toEqual([503, 200]);
    // The listener closes although the connections are busy, without their being cut: that would be after 3 s.
    expect(listened).toBeLessThan(3_000);
    const { began, ended } = app.lines.find((line) => line['exit']) ?? {};
    expect(ended).toBe(began);
    expect([...all, served].filter((answer) => answer === 200)).toHaveLength(began as number);
    expect(all.filter((answer) => answer === 'cut')).toEqual([]);
    // The resources of the application outlive its last request.
    const closing = app.lines.findIndex(({ type }) => type === 'resource.closing');
    expect(closing).toBeGreaterThan(app.lines.findIndex(({ server }) => server === 'closed'));
  }, 30_000);
});
