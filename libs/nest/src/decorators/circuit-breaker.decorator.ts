import { type CircuitBreaker as Breaker, refuseNonObject } from '@nestjs-resources/core';
import type { Observable } from 'rxjs';

import type { BreakerRule, CircuitBreakerUse, Guard } from '../guard/guard.js';
import { guardClass, returnOf } from '../guard/guard-class.js';
import { guardMethod } from '../guard/guard-method.js';
import { messages } from '../resource.messages.js';
import { methodName } from './mark-method.js';

/** Declares a breaker where it is used. */
export interface CircuitBreakerDeclaration extends BreakerRule, Pick<CircuitBreakerUse, 'fallback'> {
  /** @default `Class.method`; on a class, its name */
  readonly name?: string;
}

type AsyncMethod = (...args: never[]) => Promise<unknown> | Observable<unknown>;

/** Stands on a method that returns a Promise or an Observable, or on a class. */
export interface CircuitBreakerDecorator {
  <M extends AsyncMethod>(target: object, key: string | symbol, descriptor: TypedPropertyDescriptor<M>): void;
  (target: GuardedClass): void;
}

type GuardedClass = abstract new (...args: never[]) => object;

/** The class of that name in core, as a type: one import serves as decorator and as type. */
export type CircuitBreaker = Breaker;

/**
 * Calls the method through a circuit breaker of the application that its instance belongs to. With a name, it *uses* a
 * breaker that is declared elsewhere; with options, it *declares* one. An unknown name, two declarations of one name and a
 * missing fallback method stop the boot.
 *
 * Only for methods that return a Promise or an Observable; on a class, for all of them that are declared `async`. An
 * AbortSignal as last argument is replaced by one that follows it and is aborted by the breaker's timeout too.
 *
 * @example
 * @CircuitBreaker('payments', { fallback: 'payLater' })
 * async pay(order: Order): Promise<Receipt> {}
 *
 * payLater(order: Order, error: unknown): Receipt {}
 */
export function CircuitBreaker(name: string, use?: CircuitBreakerUse): CircuitBreakerDecorator;
export function CircuitBreaker(declaration?: CircuitBreakerDeclaration): CircuitBreakerDecorator;
export function CircuitBreaker(
  given: string | CircuitBreakerDeclaration = {},
  use: CircuitBreakerUse = {},
): CircuitBreakerDecorator {
  if (typeof given !== 'string') refuseNonObject('@CircuitBreaker', given);
  refuseNonObject('@CircuitBreaker', use);
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor): void => {
    if (key === undefined) return guardClass(target as GuardedClass, settings(given, use, nameOf(target)));
    if (typeof target === 'function')
      throw new TypeError(messages.staticMethod(methodName(target.prototype as object, key)));
    const where = methodName(target, key);
    const method = guardable(descriptor, where);
    (descriptor as PropertyDescriptor).value = guardMethod(target, {
      ...settings(given, use, where),
      where,
      method,
      returns: returnOf(target, key, method),
    });
  };
}

/** What both forms come to; `where` is the default name of what is declared. */
function settings(
  given: string | CircuitBreakerDeclaration,
  use: CircuitBreakerUse,
  where: string,
): Pick<Guard, 'name' | 'rule' | 'use'> {
  if (typeof given === 'string') return { name: given, rule: undefined, use };
  const { name = where, fallback, ...rule } = given;
  return { name, rule, use: fallback === undefined ? {} : { fallback } };
}

/** What the types refuse too, for those who do not ask them. */
function guardable(descriptor: PropertyDescriptor | undefined, where: string): Guard['method'] {
  const value: unknown = descriptor?.value;
  if (typeof value !== 'function') throw new TypeError(messages.notAMethod(where));
  if (value.constructor.name.endsWith('GeneratorFunction')) throw new TypeError(messages.generator(where));
  return value as Guard['method'];
}

function nameOf(target: object): string {
  return (target as GuardedClass).name;
}
