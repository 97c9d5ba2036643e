import { attempt, systemClock } from '@nestjs-resources/core';
import type { Dialect } from './connection-source.js';

/** Milliseconds in which a server has to obey a cancellation; then the connection is given up. */
export const CANCEL_TIMEOUT = 2_000;

/**
 * Ends the statement of a connection on the server, and sees to it afterwards that the cancellation hits nobody else.
 *
 * Invariant: of one statement the server is asked once, however many want it ended.
 */
export class Interruption {
  private asked: Promise<boolean> | undefined;

  constructor(private readonly dialect: Dialect) {}

  /** Whether a cancellation may still be on its way. */
  get isPending(): boolean {
    return this.asked !== undefined;
  }

  /** Asks the server to end the statement under way. @returns whether it could be asked in time */
  ask(connection: object): Promise<boolean> {
    return (this.asked ??= inTime('Cancelling', (signal) => this.dialect.cancel(connection, signal)));
  }

  /** Asks, and waits for the statement to end. @returns whether it did, in time */
  async end(connection: object, ended: Promise<unknown>): Promise<boolean> {
    const settled = ended.then(ignore, ignore);
    return inTime('Cancelling', async () => {
      if (!(await this.ask(connection))) throw new Error('The server could not be asked.');
      await settled;
    });
  }

  /**
   * A cancellation that is late must hit nobody else: an empty statement takes it, if there is one on its way.
   *
   * @returns whether the connection is beyond doubt
   */
  async fence(connection: object): Promise<boolean> {
    const { asked } = this;
    this.asked = undefined;
    return (await asked) === true && inTime('Fencing', () => this.dialect.fence(connection));
  }

  /** For when the connection is gone. */
  forget(): void {
    this.asked = undefined;
  }
}

/** Whether something of a server ends well and in time. */
export async function inTime(
  what: string,
  work: (signal: AbortSignal) => Promise<unknown>,
  timeout: number = CANCEL_TIMEOUT,
): Promise<boolean> {
  const context = { clock: systemClock, what, timeout, hold: true };
  return (await attempt(({ signal }) => work(signal), context)).ok;
}

function ignore(): void {}
