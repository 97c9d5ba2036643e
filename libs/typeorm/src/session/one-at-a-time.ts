import { WaitingLine, systemClock } from '@nestjs-resources/core';

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
  enter(signal?: AbortSignal): void | Promise<void> {
    if (this.occupied) return this.waiting().join({ timeout: Infinity, signal });
    this.occupied = true;
  }

  leave(): void {
    this.occupied = this.line?.grant() ?? false;
  }

  /** Most never wait, so the line is made by the first who does. */
  private waiting(): WaitingLine<void> {
    return (this.line ??= new WaitingLine<void>(systemClock, () => new Error('A wait without end has ended.')));
  }
}
