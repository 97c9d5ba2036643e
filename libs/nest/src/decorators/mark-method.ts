import 'reflect-metadata';

import { reportInstances } from '../late-instances.js';

/** Adds `mark` to what is already written under `key` on a method: a decorator may stand there more than once. */
export function markMethod<M>(key: string, target: object, method: object, mark: M): void {
  reportInstances(target);
  const marks = (Reflect.getOwnMetadata(key, method) as readonly M[] | undefined) ?? [];
  Reflect.defineMetadata(key, [...marks, mark], method);
}

/** `Class.method`, the default name of what a method declares. */
export function methodName(target: object, key: string | symbol): string {
  return `${target.constructor.name}.${String(key)}`;
}
