import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Runs a script in a process of its own; how long it lived and what it said. */
function run(body: string): { status: number | null; output: string; lived: number } {
  const code = `import { ConnectionPool } from '@nestjs-resources/core';
    const sleep = (delay) => new Promise((resolve) => setTimeout(resolve, delay));
    const say = (text) => process.stdout.write(text + ';');
    ${body}`;
  const began = Date.now();
  const child = spawnSync(process.execPath, ['--input-type=module', '--eval', code], {
    cwd: root,
    encoding: 'utf8',
    timeout: 20_000,
  });
  return { status: child.status, output: child.stdout + child.stderr, lived: Date.now() - began };
}

describe('a process with a pool', () => {
  it('ends although idle resources, a sweep and a validation are still due', () => {
    const { status, output, lived } = run(`
      const pool = new ConnectionPool({
        name: 'idle', create: () => ({}), validate: () => true, minSize: 2, validation: { every: 50 }, idleTimeout: 200,
      });
      await pool.start();
      (await pool.acquire()).release();
      say('idle ' + pool.idle);`);
    expect({ status, output }).toEqual({ status: 0, output: 'idle 2;' });
    expect(lived).toBeLessThan(10_000);
  });

  it('ends although a lease is out that nobody waits for', () => {
    const { status, output } = run(`
      const pool = new ConnectionPool({ name: 'lent', create: () => ({}), leaks: { after: 100 } });
      await pool.acquire();
      say('lent');`);
    expect({ status, output }).toEqual({ status: 0, output: 'lent;' });
  });

  it('lives until a pending acquire has timed out', () => {
    const { status, output } = run(`
      const pool = new ConnectionPool({ name: 'one', create: () => ({}), maxSize: 1 });
      await pool.acquire();
      pool.acquire({ timeout: 300 }).catch((error) => say(error.code));`);
    expect({ status, output }).toEqual({ status: 0, output: 'POOL_TIMEOUT;' });
  });

  it('lives until a creation that somebody waits for has timed out and been tried again', () => {
    const { status, output } = run(`
      let calls = 0;
      const pool = new ConnectionPool({
        name: 'hangs',
        create: () => (++calls === 1 ? new Promise(() => undefined) : { calls }),
        timeouts: { create: 200, destroy: 50 },
        maxSize: 1,
      });
      pool.acquire({ timeout: Infinity }).then((lease) => say('call ' + lease.resource.calls));`);
    expect({ status, output }).toEqual({ status: 0, output: 'call 2;' });
  });

  it('lives until start has failed', () => {
    const { status, output } = run(`
      const pool = new ConnectionPool({
        name: 'start', create: () => new Promise(() => undefined), minSize: 1, timeouts: { create: 300 },
      });
      pool.start().catch((error) => say(error.code + ' ' + error.cause.code));`);
    expect({ status, output }).toEqual({ status: 0, output: 'RESOURCE_CREATE_FAILED CALL_TIMEOUT;' });
  });

  it('lives until close has waited for a lease and for a slow destroy', () => {
    const { status, output } = run(`
      const pool = new ConnectionPool({
        name: 'close', create: () => ({}), destroy: () => new Promise(() => undefined), timeouts: { destroy: 200 },
      });
      await pool.acquire({ label: 'kept' });
      pool.close({ timeout: 200 }).then((report) => say(report.holders[0].label + ' ' + report.clean + ' ' + pool.state));`);
    expect({ status, output }).toEqual({ status: 0, output: 'kept false closed;' });
  });

  it('lives until a drain with a timeout has ended', () => {
    const { status, output } = run(`
      const pool = new ConnectionPool({ name: 'drain', create: () => ({}) });
      await pool.acquire();
      pool.drain({ timeout: 200 }).catch((error) => say(error.code));`);
    expect({ status, output }).toEqual({ status: 0, output: 'CALL_TIMEOUT;' });
  });
});
