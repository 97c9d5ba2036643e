import { describe, expect, it } from '@jest/globals';
import { ChildProgram } from './child-program.js';

function program(code: string): ChildProgram {
  return new ChildProgram(process.execPath, ['-e', code], {});
}

describe('a child program', () => {
  it('is heard to say what is waited for', async () => {
    const child = program(`console.error('12:00 server is ready'); setInterval(() => {}, 1_000)`);
    expect(await child.says('is ready')).toBe(true);
    await child.stop();
    expect(child.succeeded).toBe(false);
  });

  it('is not waited for once it has ended', async () => {
    const child = program(`console.log('port 5432: Address already in use'); process.exitCode = 1`);
    expect(await child.says('is ready')).toBe(false);
    expect(child.said('Address already in use')).toBe(true);
    expect(child.failure().message).toMatch(/failed: port 5432: Address already in use$/);
  });

  it('fails if there is no such program', async () => {
    const child = new ChildProgram('/nowhere/postgres', [], {});
    await child.ended;
    expect(child.succeeded).toBe(false);
    expect(child.failure().message).toMatch(/^\/nowhere\/postgres failed: .*ENOENT/);
  });

  it('is ended by less polite signals if it ignores polite ones', async () => {
    const child = program(`
      process.on('SIGINT', () => process.once('SIGINT', () => process.exit(3)));
      console.log('is ready');
      setInterval(() => {}, 1_000)`);
    await child.says('is ready');
    const begun = performance.now();
    await child.stop([
      ['SIGINT', 50],
      ['SIGQUIT', 5_000],
    ]);
    expect(performance.now() - begun).toBeGreaterThanOrEqual(50);
    expect(child.succeeded).toBe(false);
  });
});
