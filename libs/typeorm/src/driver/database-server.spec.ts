import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '@nestjs-resources/core';
import { postgresErrors } from './connection-errors.js';
import { DatabaseServer } from './database-server.js';

/** A server that is away, in virtual time, and an application that asks for a connection each five milliseconds. */
class Outage {
  readonly clock = new ManualClock();
  attempts = 0;
  private isBack = false;
  private readonly server: DatabaseServer<object>;

  constructor() {
    const { clock } = this;
    // The longest pauses that may be drawn.
    const random = (): number => 0;
    this.server = new DatabaseServer({
      names: { pool: 'database.pool', breaker: 'database.breaker' },
      errors: postgresErrors,
      verbs: {
        open: () => this.open(),
        clean: () => undefined,
        ping: () => Promise.resolve(),
        close: () => Promise.resolve(),
      },
      pool: { maxSize: 1, clock, random },
      breaker: { clock, random },
    });
  }

  /** How often the server is asked in so many milliseconds. */
  async during(time: number): Promise<number> {
    const before = this.attempts;
    for (let passed = 0; passed < time; passed += 5) {
      await this.ask();
      await this.clock.advance(5);
    }
    return this.attempts - before;
  }

  /** How many milliseconds after its return it serves. */
  async end(): Promise<number> {
    this.isBack = true;
    const began = this.clock.now();
    while (!(await this.ask())) await this.clock.advance(5);
    return this.clock.now() - began;
  }

  private async ask(): Promise<boolean> {
    const asking = this.server.acquire({ timeout: 1 }).then(
      (lease) => (lease.release(), true),
      () => false,
    );
    await this.clock.advance(1);
    return asking;
  }

  private async open(): Promise<object> {
    this.attempts++;
    if (this.isBack) return {};
    throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  }
}

describe('a server that is away', () => {
  it('is asked ever less often: at last once a second', async () => {
    const outage = new Outage();
    const first = await outage.during(1_000);
    expect(first).toBeGreaterThan(10);
    expect(first).toBeLessThan(25);
    await outage.during(30_000);
    const late = await outage.during(10_000);
    expect(late).toBeGreaterThanOrEqual(8);
    expect(late).toBeLessThanOrEqual(13);
  });

  it.each([
    [1_000, 150],
    [3_000, 300],
    [60_000, 1_100],
  ])('is used again soon after its return: away for %i ms, waited for at most %i', async (away, most) => {
    const outage = new Outage();
    await outage.during(away);
    expect(await outage.end()).toBeLessThanOrEqual(most);
  });
});
