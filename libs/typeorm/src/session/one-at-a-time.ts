import { WaitingLine, type WaitOptions, systemClock } from '@nestjs-resources/core';

/** For how long and for whom one waits for one's turn. */
export interface Patience {
  /** Milliseconds. @default Infinity */
  readonly timeout?: number;
  readonly signal?: AbortSignal | undefined;
  /** Makes the error for when the time is over. */
  readonly overdue?: () => Error;
}

/**
 * Lets one in, the others wait in the order in which they came. Who comes while nobody is in, goes in without a promise.
 *
 * Invariant: every `enter` that succeeded is followed by exactly one `leave`.
 */
export class OneAtATime {
  private occupied = false;
  private line: WaitingLine<void> | undefined;

  /** Whether nobody is in. */
  get isFree(): boolean {
    return !this.occupied;
  }

  /** @returns nothing if the way is free, else a promise of one's turn */
  enter(patience: Patience = {}): void | Promise<void> {
    if (this.occupied) return this.waiting().join(waitOptions(patience));
    this.occupied = true;
  }

  leave(): void {
    this.occupied = this.line?.grant() ?? false;
  }

  /** Most never wait, so the line is made by the first who does. */
  private waiting(): WaitingLine<void> {
    return (this.line ??= new WaitingLine<void>(systemClock, ({ detail }) => (detail as () => Error)()));
  }
}

/** How a waiting line is told. */
export function waitOptions({ timeout = Infinity, signal, overdue = noEnd }: Patience): WaitOptions {
  return { timeout, signal, detail: overdue };
}

function noEnd(): Error {
  return new Error('A wait without end has ended.');
}
