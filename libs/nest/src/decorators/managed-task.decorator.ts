import {
  type BackgroundTaskOptions,
  type CallContext,
  refuseNonObject,
  type RegisterOptions,
} from '@nestjs-resources/core';

import { markMethod, methodName } from './mark-method.js';

/** @internal */
export const MANAGED_TASKS = 'resource:managed-tasks';

/** How the task restarts and stops, and its place in the start and stop order. */
export interface ManagedTaskOptions extends Omit<BackgroundTaskOptions, 'name' | 'run'>, RegisterOptions {
  /** Name in the registry. @default `Class.method` */
  readonly name?: string;
}

/** @internal */
export interface ManagedTaskMark extends ManagedTaskOptions {
  readonly name: string;
}

/**
 * Runs the method as a background task from the start of the application until its stop. It is asked to stop by its signal
 * before the HTTP server closes, and waited for.
 *
 * @example
 * @ManagedTask({ restartOnFailure: true })
 * async retryPayments({ signal }: CallContext): Promise<void> {
 *   while (!signal.aborted) await this.retryNext(signal);
 * }
 */
export function ManagedTask(options: ManagedTaskOptions = {}) {
  refuseNonObject('@ManagedTask', options);
  return <M extends (context: CallContext) => unknown>(
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<M>,
  ): void => {
    const decorated = { decorator: '@ManagedTask', target, key, descriptor };
    markMethod<ManagedTaskMark>(MANAGED_TASKS, decorated, {
      ...options,
      name: options.name ?? methodName(target, key),
    });
  };
}
