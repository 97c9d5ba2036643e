import 'reflect-metadata';
import { Observable } from 'rxjs';

import { messages } from '../resource.messages.js';
import { fallbackMethods } from './fallback.js';
import { type Guard, guardsOf } from './guard.js';
import { guardMethod } from './guard-method.js';

/** Nest calls these itself; a circuit that is open must not keep an application from stopping. */
const HOOKS: ReadonlySet<string> = new Set([
  'onModuleInit',
  'onApplicationBootstrap',
  'onModuleDestroy',
  'beforeApplicationShutdown',
  'onApplicationShutdown',
]);

type Method = Guard['method'];

/**
 * Puts one guard around each method of a class that is known to be asynchronous: declared `async`, or with a declared
 * return type that another decorator has recorded. What may be synchronous is left alone, since its callers expect no
 * promise; so are lifecycle hooks, fallbacks, and methods with a guard of their own.
 *
 * @throws {TypeError} if that leaves nothing to guard
 */
export function guardClass(
  target: abstract new (...args: never[]) => object,
  guard: Pick<Guard, 'name' | 'rule' | 'use'>,
): void {
  const prototype = target.prototype as object;
  const excluded = new Set([...HOOKS, ...fallbackMethods(guard.use.fallback)]);
  const methods = asyncMethodsOf(prototype).filter(([key]) => !excluded.has(key));
  if (methods.length === 0) throw new TypeError(messages.nothingToGuard(target.name));
  for (const [key, descriptor] of methods) {
    const method = descriptor.value as Method;
    if (guardsOf(method).length > 0) continue;
    const value = guardMethod(prototype, {
      ...guard,
      where: `${target.name}.${key}`,
      method,
      returns: returnOf(prototype, key, method),
    });
    Object.defineProperty(prototype, key, { ...descriptor, value });
  }
}

/** What a method returns, as far as it can be known before it is called: from `async`, or from what the compiler recorded. */
export function returnOf(prototype: object, key: string | symbol, method: Method): Guard['returns'] {
  if (method.constructor.name === 'AsyncFunction') return 'promise';
  const declared: unknown = Reflect.getMetadata('design:returntype', prototype, key);
  if (declared === Observable) return 'observable';
  return declared === Promise ? 'promise' : 'unknown';
}

function asyncMethodsOf(prototype: object): [string, PropertyDescriptor][] {
  return Object.entries(Object.getOwnPropertyDescriptors(prototype)).filter(
    ([key, { value }]) =>
      key !== 'constructor' &&
      typeof value === 'function' &&
      (guardsOf(value).length > 0 || returnOf(prototype, key, value as Method) !== 'unknown'),
  );
}
