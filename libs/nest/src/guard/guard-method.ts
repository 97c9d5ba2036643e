import 'reflect-metadata';
import { Inject } from '@nestjs/common';

import { GUARDED_CALLS } from '../resource.tokens.js';
import { defineGuard, type Guard, markGuarded } from './guard.js';
import type { GuardedCalls } from './guarded-calls.js';

/** Where an instance keeps its application's breakers. Hidden from loops over keys that are texts. */
const CALLS = Symbol('nestjs-resources:guarded-calls');

/** An instance with guarded methods; without `CALLS` if nobody but `new` has made it. */
interface GuardedInstance {
  [CALLS]?: GuardedCalls;
}

/**
 * Puts a guard around a method when its class is defined, since a router reads the methods of a controller before any hook
 * runs. The breakers are reached through the instance, so several applications in one process stay apart; an instance that
 * was made by `new`, as in a unit test, has none, and calls go straight through.
 */
export function guardMethod(target: object, settings: Omit<Guard, 'index'>): (...args: unknown[]) => unknown {
  const guard = defineGuard(settings);
  const { method } = guard;
  const guarded = function (this: GuardedInstance | undefined, ...args: unknown[]): unknown {
    const calls = this?.[CALLS];
    return calls === undefined ? method.apply(this, args) : calls.run(guard, this as object, args);
  };
  imitate(guarded, method);
  markGuarded(guarded, guard);
  Inject(GUARDED_CALLS)(target, CALLS);
  return guarded;
}

/** Connects an instance that Nest could not: one made by a factory has no injected properties. */
export function connectInstance(instance: object, calls: GuardedCalls): void {
  (instance as GuardedInstance)[CALLS] ??= calls;
}

/** Name, length and all metadata, so that routes, guards, pipes and interceptors see the method they know. */
function imitate(copy: object, original: object): void {
  for (const key of ['name', 'length'] as const) {
    Object.defineProperty(copy, key, {
      value: (original as { name: string; length: number })[key],
      configurable: true,
    });
  }
  for (const key of Reflect.getOwnMetadataKeys(original)) {
    Reflect.defineMetadata(key, Reflect.getOwnMetadata(key, original), copy);
  }
}
