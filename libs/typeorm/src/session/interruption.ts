import { attempt, type Cancel, type Clock, systemClock } from '@nestjs-resources/core';
import type { Dialect } from './connection-source.js';

/** Milliseconds in which a server has to obey a cancellation; then the connection is given up. */
export const CANCEL_TIMEOUT = 2_000;

/** Milliseconds after which a server is asked again; doubled each time, and given up beyond the longest. */
const AGAIN = { first: 50, longest: 1_000 };

/**
 * Ends the statement of a connection on the server, and sees to it afterwards that the cancellation hits nobody else.
 *
 * A cancellation travels by another connection and may be there before the statement: a server that finds nothing to cancel
 * forgets it. So it is asked again, less and less often, as long as the statement has not ended.
 *
 * Invariant: of one statement the server is asked by one at a time, however many want it ended, and by nobody after the fence.
 */
export class Interruption {
  /** What was asked last. */
  private asked: Promise<boolean> | undefined;
  private stopAsking: Cancel | undefined;

  constructor(
    private readonly dialect: Dialect,
    private readonly clock: Clock = systemClock,
  ) {}

  /** Whether a cancellation may still be on its way. */
  get isPending(): boolean {
    return this.asked !== undefined;
  }

  /** Asks the server to end the statement under way. @returns whether it could be asked in time */
  ask(connection: object): Promise<boolean> {
    return (this.asked ??= this.tell(connection, AGAIN.first));
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
    this.forget();
    return (await asked) === true && inTime('Fencing', () => this.dialect.fence(connection));
  }

  /** For when the connection is gone. */
  forget(): void {
    this.stopAsking?.();
    this.stopAsking = this.asked = undefined;
  }

  private tell(connection: object, pause: number): Promise<boolean> {
    const asked = inTime('Cancelling', (signal) => this.dialect.cancel(connection, signal));
    void asked.then((heard) => {
      if (heard && this.asked === asked && pause <= AGAIN.longest) this.tellAgain(connection, pause);
    });
    return asked;
  }

  private tellAgain(connection: object, pause: number): void {
    this.stopAsking = this.clock.schedule(pause, () => {
      this.asked = this.tell(connection, 2 * pause);
    });
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
