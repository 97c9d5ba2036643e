import 'reflect-metadata';
import { Inject } from '@nestjs/common';
import { getSessionFactoryToken } from '../module/typeorm-resource.tokens.js';
import type { Propagation } from './propagation.js';
import type { SessionFactory } from './session-factory.js';
import type { SessionOptions, TransactionOptions } from './session.options.js';

export interface TransactionalOptions extends SessionOptions, TransactionOptions {
  /** Name of the data source. @default the default one */
  readonly dataSource?: string;
  /** @default 'required' */
  readonly propagation?: Propagation;
}

type AsyncMethod = (...parameters: never[]) => Promise<unknown>;

/** Compiles on methods that return a promise only. */
export type TransactionalDecorator = <M extends AsyncMethod>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<M>,
) => void;

/**
 * Runs a method of a provider or controller in a transaction. What it does with plain repositories, and what it calls, joins.
 *
 * @example
 * @Transactional({ isolation: 'SERIALIZABLE', retry: 3 })
 * async place(order: Order): Promise<void> {
 *   await this.orders.save(order);
 * }
 */
export function Transactional({ dataSource, ...options }: TransactionalOptions = {}): TransactionalDecorator {
  return (target, key, descriptor) => {
    const original = descriptor.value as ((...parameters: unknown[]) => Promise<unknown>) | undefined;
    if (!original) throw new TypeError(`@Transactional() is for methods; '${String(key)}' is none.`);
    // Nest injects properties of whatever it makes, also of subclasses and of controllers.
    const sessions = Symbol(`SessionFactory for ${String(key)}`);
    Inject(getSessionFactoryToken(dataSource))(target, sessions);

    const wrapper = function (this: Record<symbol, SessionFactory>, ...parameters: unknown[]): Promise<unknown> {
      const factory = this[sessions];
      if (!factory) throw new Error(`'${String(key)}' is @Transactional(), but Nest did not make its object.`);
      return factory.transaction({ propagation: 'required', ...options }, () => original.apply(this, parameters));
    };
    copyIdentity(original, wrapper);
    descriptor.value = wrapper as never;
  };
}

/** Other decorators, above and below, find on the wrapper what they know the method by. */
function copyIdentity(original: object, wrapper: object): void {
  for (const property of ['name', 'length'])
    Object.defineProperty(wrapper, property, { ...Object.getOwnPropertyDescriptor(original, property) });
  for (const key of Reflect.getMetadataKeys(original) as unknown[])
    Reflect.defineMetadata(key, Reflect.getMetadata(key, original), wrapper);
}
