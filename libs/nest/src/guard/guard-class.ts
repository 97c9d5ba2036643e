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
      returnsObservable: declaresObservable(prototype, key),
    });
    Object.defineProperty(prototype, key, { ...descriptor, value });
  }
}

/** Whether the compiler has recorded that the method returns an Observable. */
export function declaresObservable(prototype: object, key: string | symbol): boolean {
  return Reflect.getMetadata('design:returntype', prototype, key) === Observable;
}

function asyncMethodsOf(prototype: object): [string, PropertyDescriptor][] {
  return Object.entries(Object.getOwnPropertyDescriptors(prototype)).filter(
    ([key, { value }]) =>
      key !== 'constructor' && typeof value === 'function' && isAsync(prototype, key, value as Method),
  );
}

function isAsync(prototype: object, key: string, method: Method): boolean {
  if (guardsOf(method).length > 0 || method.constructor.name === 'AsyncFunction') return true;
  return declaresObservable(prototype, key) || Reflect.getMetadata('design:returntype', prototype, key) === Promise;
}
