import 'reflect-metadata';
import type { CircuitBreakerOptions, RetryOptions } from '@nestjs-resources/core';

import type { MethodFallback } from './fallback.js';

const GUARD = 'resource:guard';

/** How a breaker behaves, where it is declared. */
export interface BreakerRule extends CircuitBreakerOptions {
  /** Takes its defaults from the configuration with this name in `configs` of `ResourceModule`. */
  readonly config?: string;
}

/** How one method uses a breaker. */
export interface CircuitBreakerUse {
  /** Answers when the call failed or was refused: a method name, a function, or a list by class of error. */
  readonly fallback?: MethodFallback;
  /** Milliseconds for each call of this method; a call that takes longer is a failure. */
  readonly timeout?: number;
  /** Tries this method again when it failed; each try is a call of the breaker. Never retries an open circuit. */
  readonly retry?: RetryOptions;
}

/** What `@CircuitBreaker` has written on one method: everything a call needs but the application's breaker. */
export interface Guard {
  /** Its place in every table of guards. */
  readonly index: number;
  /** `Class.method`, for messages. */
  readonly where: string;
  /** Name of the breaker. */
  readonly name: string;
  /** Declares the breaker; without it, the breaker is declared elsewhere. */
  readonly rule: BreakerRule | undefined;
  readonly use: CircuitBreakerUse;
  /** The method itself. */
  readonly method: (...args: unknown[]) => unknown;
  readonly returns: 'promise' | 'observable' | 'unknown';
}

let defined = 0;

/** Guards are numbered, so that finding what belongs to one costs no hashing. */
export function defineGuard(settings: Omit<Guard, 'index'>): Guard {
  return { ...settings, index: defined++ };
}

/** The guards of a method, the outermost first; none if it has none. */
export function guardsOf(method: unknown): Guard[] {
  const guards: Guard[] = [];
  for (let next = method; typeof next === 'function';) {
    const guard = Reflect.getOwnMetadata(GUARD, next) as Guard | undefined;
    if (!guard) break;
    guards.push(guard);
    next = guard.method;
  }
  return guards;
}

/** @internal */
export function markGuarded(method: object, guard: Guard): void {
  Reflect.defineMetadata(GUARD, guard, method);
}
