import type { CircuitBreaker, Clock } from '@nestjs-resources/core';
import { isObservable } from 'rxjs';

import { messages } from '../resource.messages.js';
import { CallChain, type Work } from './call-chain.js';
import { bindFallback } from './fallback.js';
import type { Guard } from './guard.js';
import { guardObservable } from './guarded-observable.js';

/**
 * Runs guarded methods behind the breakers of one application. The breaker of a method is looked up at its first call and
 * kept, so that a call costs one lookup by identity.
 */
export class GuardedCalls {
  private readonly chains = new Map<Guard, CallChain>();

  /** @param find - finds the breaker of a guard, or makes the one it declares */
  constructor(
    private readonly find: (guard: Guard) => CircuitBreaker,
    private readonly clock: Clock,
  ) {}

  /** Calls the method of `guard` on `self`. */
  run(guard: Guard, self: object, args: unknown[]): unknown {
    return guard.returnsObservable ? this.observe(guard, self, args) : this.call(guard, self, args);
  }

  /** Somebody has removed a breaker: names may stand for others now. */
  forget(): void {
    this.chains.clear();
  }

  private call(guard: Guard, self: object, args: unknown[]): Promise<unknown> {
    const { method, use } = guard;
    const signal = signalOf(args);
    const work: Work = signal
      ? (context) => checked(guard, method.apply(self, withSignal(args, context.signal)))
      : () => checked(guard, method.apply(self, args));
    const fallback = use.fallback === undefined ? undefined : bindFallback(use.fallback, args, self);
    try {
      return this.chainOf(guard).execute(work, signal, fallback);
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  private observe(guard: Guard, self: object, args: unknown[]): unknown {
    const { method, use } = guard;
    const source: unknown = method.apply(self, args);
    if (!isObservable(source)) return source;
    const fallback = use.fallback === undefined ? undefined : bindFallback(use.fallback, args, self);
    return guardObservable(source, () => this.chainOf(guard), fallback);
  }

  private chainOf(guard: Guard): CallChain {
    const known = this.chains.get(guard);
    if (known) return known;
    const chain = new CallChain(guard, this.find(guard), this.clock);
    this.chains.set(guard, chain);
    return chain;
  }
}

/** An Observable that comes now has not waited for a permit: better to say so than to let it pass unguarded. */
function checked(guard: Guard, result: unknown): unknown {
  if (isObservable(result)) throw new TypeError(messages.lateObservable(guard.where));
  return result;
}

function signalOf(args: readonly unknown[]): AbortSignal | undefined {
  const last = args.at(-1);
  return last instanceof AbortSignal ? last : undefined;
}

/** The method gets the breaker's signal instead of the caller's, which it follows: timeouts abort it too. */
function withSignal(args: readonly unknown[], signal: AbortSignal): unknown[] {
  return [...args.slice(0, -1), signal];
}
