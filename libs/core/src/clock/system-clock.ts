import { performance } from 'node:perf_hooks';

import { inCleanContext } from './clean-context.js';
import type { Cancel, Clock } from './clock.js';

/** The one of the process, whatever tests that fake time put in its place later. */
const nextTick = process.nextTick.bind(process);

/** The longest delay `setTimeout` takes; above it Node fires at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * Real time, read at most once per turn of the event loop by those who ask for no more than that. A turn is one callback of the
 * event loop with all the promises that it makes run: it has ended before the process waits for anything. Its timers are `unref`ed and
 * run in a clean async context; what must keep the process alive holds a shared handle, so that reference counting costs
 * nothing until the first and after the last holder.
 */
export class SystemClock implements Clock {
  private turn = -1;
  private readonly endTurn = (): void => void (this.turn = -1);
  private holders = 0;
  private keepAlive: NodeJS.Timeout | undefined;

  now(): number {
    return performance.now();
  }

  turnNow(): number {
    const { turn } = this;
    return turn >= 0 ? turn : this.beginTurn();
  }

  wallNow(): number {
    return Date.now();
  }

  schedule(delay: number, run: () => void): Cancel {
    if (delay === Infinity) return () => undefined;
    let timer = this.start(delay, run, (next) => (timer = next));
    return () => clearTimeout(timer);
  }

  hold(): Cancel {
    if (this.holders++ === 0) this.keepAlive = this.keepAlive?.ref() ?? this.startKeepAlive();
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      if (--this.holders === 0) this.keepAlive?.unref();
    };
  }

  private beginTurn(): number {
    this.turn = Math.floor(performance.now());
    nextTick(this.endTurn);
    return this.turn;
  }

  /** A delay beyond the longest timer is walked in steps. Of what is overdue already, newer Nodes warn. */
  private start(delay: number, run: () => void, replace: (timer: NodeJS.Timeout) => void): NodeJS.Timeout {
    const step = Math.min(delay, LONGEST_TIMER);
    const fire = step === delay ? run : () => replace(this.start(delay - step, run, replace));
    return inCleanContext(() => setTimeout(fire, Math.max(0, step))).unref();
  }

  private startKeepAlive(): NodeJS.Timeout {
    return inCleanContext(() => setInterval(() => undefined, LONGEST_TIMER));
  }
}

/** The clock everything uses unless it is given another. */
export const systemClock: Clock = new SystemClock();
