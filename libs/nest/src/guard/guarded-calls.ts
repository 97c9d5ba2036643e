import type { CircuitBreaker, Clock } from '@nestjs-resources/core';

import type { Guard } from './guard.js';
import { GuardedCall } from './guarded-call.js';

/**
 * Runs guarded methods behind the breakers of one application. The breaker of a method is looked up at its first call and
 * kept, so that a call costs one look into an array.
 */
export class GuardedCalls {
  private calls: (GuardedCall | undefined)[] = [];

  /** @param find - finds the breaker of a guard, or makes the one it declares */
  constructor(
    private readonly find: (guard: Guard) => CircuitBreaker,
    private readonly clock: Clock,
  ) {}

  /** Calls the method of `guard` on `self`. */
  run(guard: Guard, self: object, args: unknown[]): unknown {
    const call = this.calls[guard.index];
    return call === undefined ? this.firstRun(guard, self, args) : call.run(self, args);
  }

  /** Somebody has removed a breaker: names may stand for others now. */
  forget(): void {
    this.calls = [];
  }

  private firstRun(guard: Guard, self: object, args: unknown[]): unknown {
    let call: GuardedCall;
    try {
      call = new GuardedCall(guard, this.find(guard), this.clock);
    } catch (error) {
      // Its breaker was removed while the application runs: callers expect a promise.
      if (guard.returns === 'observable') throw error;
      return Promise.reject(error as Error);
    }
    this.calls[guard.index] = call;
    return call.run(self, args);
  }
}
