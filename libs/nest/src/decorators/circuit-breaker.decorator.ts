import type { CircuitBreaker as Breaker } from '@nestjs-resources/core';
import { Observable } from 'rxjs';

import type { BreakerRule, CircuitBreakerUse, Guard } from '../guard/guard.js';
import { guardMethod } from '../guard/guard-method.js';
import { messages } from '../resource.messages.js';
import { methodName } from './mark-method.js';

/** Declares a breaker where it is used. */
export interface CircuitBreakerDeclaration extends BreakerRule, Pick<CircuitBreakerUse, 'fallback'> {
  /** @default `Class.method` */
  readonly name?: string;
}

type AsyncMethod = (...args: never[]) => Promise<unknown> | Observable<unknown>;

export type CircuitBreakerDecorator = <M extends AsyncMethod>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<M>,
) => void;

/** The class of that name in core, as a type: one import serves as decorator and as type. */
export type CircuitBreaker = Breaker;

/**
 * Calls the method through a circuit breaker of the application that its instance belongs to. With a name, it *uses* a
 * breaker that is declared elsewhere; with options, it *declares* one. An unknown name, two declarations of one name and a
 * missing fallback method stop the boot.
 *
 * Only for methods that return a Promise or an Observable. An AbortSignal as last argument is replaced by one that follows
 * it and is aborted by the breaker's timeout too.
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
  return (target, key, descriptor) => {
    if (typeof target === 'function') throw new TypeError(messages.staticMethod(`${target.name}.${String(key)}`));
    const where = methodName(target, key);
    const guard: Guard = {
      ...(typeof given === 'string' ? { name: given, rule: undefined, use } : declared(given, where)),
      where,
      method: descriptor.value as unknown as Guard['method'],
      returnsObservable: Reflect.getMetadata('design:returntype', target, key) === Observable,
    };
    descriptor.value = guardMethod(target, guard) as unknown as NonNullable<typeof descriptor.value>;
  };
}

function declared({ name = '', fallback, ...rule }: CircuitBreakerDeclaration, where: string) {
  return { name: name || where, rule, use: fallback === undefined ? {} : { fallback } };
}
