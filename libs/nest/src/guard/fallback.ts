import type { Fallback } from '@nestjs-resources/core';

interface FallbackHandler {
  handle(error: unknown, args: readonly unknown[], self: object): unknown;
}

/** Answers instead of a call that failed: gets the error, the arguments of the call, and the instance it was made on. */
export type MethodFallbackFunction = FallbackHandler['handle'];

/** A function, or the name of a method of the same class, which is called with `(...args, error)`. */
export type MethodFallbackTarget = MethodFallbackFunction | string;

/** A fallback for some errors only. */
export interface MethodFallbackRule {
  /** Errors of this class and of its subclasses. The nearest class wins, whatever the order in the list. */
  readonly on: abstract new (...args: never[]) => unknown;
  readonly use: MethodFallbackTarget;
}

/** What answers when the call failed or was refused. An error that no rule of a list matches reaches the caller. */
export type MethodFallback = MethodFallbackTarget | readonly MethodFallbackRule[];

/** The methods a fallback names, to be checked when the application starts. */
export function fallbackMethods(fallback: MethodFallback | undefined): string[] {
  const targets = isRules(fallback) ? fallback.map(({ use }) => use) : [fallback];
  return targets.filter((target) => typeof target === 'string');
}

/** The fallback of a method as that of one call of it: with its arguments, on its instance. */
export function bindFallback(fallback: MethodFallback, args: readonly unknown[], self: object): Fallback<unknown> {
  const bind = (target: MethodFallbackTarget) => (error: unknown) => callFallback(target, error, args, self);
  return isRules(fallback) ? fallback.map(({ on, use }) => ({ on, use: bind(use) })) : bind(fallback);
}

function callFallback(target: MethodFallbackTarget, error: unknown, args: readonly unknown[], self: object): unknown {
  if (typeof target === 'function') return target(error, args, self);
  return (self as Record<string, (...args: unknown[]) => unknown>)[target]?.(...args, error);
}

function isRules(fallback: MethodFallback | undefined): fallback is readonly MethodFallbackRule[] {
  return Array.isArray(fallback);
}
