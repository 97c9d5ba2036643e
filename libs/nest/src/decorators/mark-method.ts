import 'reflect-metadata';

import { reportInstances } from '../late-instances.js';
import { messages } from '../resource.messages.js';

/** What a decorator stands on. */
export interface DecoratedMethod {
  /** The decorator's own name, for messages. */
  readonly decorator: string;
  readonly target: object;
  readonly key: string | symbol;
  readonly descriptor: PropertyDescriptor | undefined;
}

/**
 * Adds `mark` to what is already written under `metadata` on a method: a decorator may stand there more than once.
 *
 * @throws {TypeError} if it is not a method: nobody would ever call it
 */
export function markMethod<M>(metadata: string, decorated: DecoratedMethod, mark: M): void {
  const method = methodOf(decorated);
  reportInstances(decorated.target);
  const marks = (Reflect.getOwnMetadata(metadata, method) as readonly M[] | undefined) ?? [];
  Reflect.defineMetadata(metadata, [...marks, mark], method);
}

/** An accessor, a property, a class, or a method without an instance is refused. */
function methodOf({ decorator, target, key, descriptor }: DecoratedMethod): object {
  const method: unknown = descriptor?.value;
  if (typeof target !== 'function' && typeof method === 'function') return method;
  throw new TypeError(messages.notDecorable(decorator, placeOf(target, key)));
}

/** `Class.method`, the default name of what a method declares. */
export function methodName(target: object, key: string | symbol): string {
  return `${target.constructor.name}.${String(key)}`;
}

function placeOf(target: object, key: string | symbol | undefined): string {
  if (typeof target !== 'function') return methodName(target, key ?? '');
  return key === undefined ? `class ${target.name}` : `static ${target.name}.${String(key)}`;
}
