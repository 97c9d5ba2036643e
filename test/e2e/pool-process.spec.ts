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

  it('knows how long a resource was idle, also when it slept meanwhile', () => {
    const { status, output } = run(`
      import { spawn } from 'node:child_process';
      const other = spawn('sh', ['-c', 'sleep 1; echo']);
      const validate = () => (say('asked'), true);
      const pool = new ConnectionPool({
        name: 'idle', create: () => ({}), validate, validation: { ifIdleFor: 500, every: Infinity }, idleTimeout: Infinity,
      });
      (await pool.acquire()).release();
      setTimeout(async () => (await pool.acquire()).release(), 20);
      other.stdout.once('data', async () => {
        say('later');
        (await pool.acquire()).release();
      });`);
    expect({ status, output }).toEqual({ status: 0, output: 'later;asked;' });
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

  it('lives until an acquire of a suspended pool has timed out', () => {
    const { status, output } = run(`
      const pool = new ConnectionPool({ name: 'suspended', create: () => ({}) });
      pool.suspend();
      pool.acquire({ timeout: 200 }).catch((error) => say(error.code));`);
    expect({ status, output }).toEqual({ status: 0, output: 'POOL_TIMEOUT;' });
  });

  it('lives until a creation is tried again after a pause, however patient the acquire', () => {
    const { status, output } = run(`
      let calls = 0;
      const create = () => {
        if (++calls < 3) throw new Error('not yet');
        return { calls };
      };
      const pool = new ConnectionPool({ name: 'paused', create });
      pool.acquire({ timeout: Infinity }).then((lease) => say('call ' + lease.resource.calls));`);
    expect({ status, output }).toEqual({ status: 0, output: 'call 3;' });
  });

  it('lives until a validation that somebody waits for has timed out', () => {
    const { status, output } = run(`
      const pool = new ConnectionPool({
        name: 'asked', create: () => ({}), validate: () => new Promise(() => undefined),
        validation: { ifIdleFor: 0 }, timeouts: { validate: 200 }, maxSize: 1,
      });
      const first = await pool.acquire();
      first.release();
      pool.acquire({ timeout: Infinity }).then((lease) => say('another ' + (lease.resource !== first.resource)));`);
    expect({ status, output }).toEqual({ status: 0, output: 'another true;' });
  });

  it('lives until what evict destroys is gone', () => {
    const { status, output } = run(`
      const pool = new ConnectionPool({
        name: 'evicted', create: () => ({}), destroy: () => new Promise(() => undefined), timeouts: { destroy: 200 },
      });
      (await pool.acquire()).release();
      pool.evict().then((count) => say('evicted ' + count));`);
    expect({ status, output }).toEqual({ status: 0, output: 'evicted 1;' });
  });

  it('lives until a start that a closing pool interrupts, and that close, have settled', () => {
    const { status, output } = run(`
      const pool = new ConnectionPool({
        name: 'both', create: () => new Promise(() => undefined), minSize: 1, timeouts: { destroy: 200 },
      });
      pool.start().catch((error) => say(error.code));
      pool.close().then(({ clean }) => say('closed ' + clean));`);
    expect({ status, output }).toEqual({ status: 0, output: 'POOL_CLOSED;closed true;' });
  });

  it('hears of no rejection that nobody handled, whatever the verbs do', () => {
    const { status, output } = run(`
      const fail = () => Promise.reject(new Error('verb'));
      const pool = new ConnectionPool({
        name: 'bad', create: () => ({}), destroy: fail, validate: fail, reset: fail, minSize: 1, validation: { every: 20, onReturn: true },
      });
      pool.observe(() => Promise.reject(new Error('listener')));
      process.removeAllListeners('warning');
      await pool.start();
      (await pool.acquire()).release();
      await sleep(100);
      await pool.close();
      say(pool.state);`);
    expect(status).toBe(0);
    expect(output).toContain('closed;');
    expect(output).not.toContain('Unhandled');
  });
});
