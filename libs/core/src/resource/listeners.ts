import { errorText } from '../errors/error-text.js';
import { isPromiseLike } from './promise-like.js';
import type { ResourceEvent, ResourceListener } from './resource.js';

/**
 * Who listens to a resource. A listener is called synchronously and alone: what it throws, or a promise it returns rejects
 * with, becomes a process warning and reaches neither the caller nor the other listeners.
 *
 * @example
 * if (this.listeners.heard) this.listeners.emit({ type: 'pool.started' });   // unheard events are never built
 */
export class Listeners {
  private listeners: readonly ResourceListener[] = [];

  /** Whether anybody would hear an event. */
  get heard(): boolean {
    return this.listeners.length > 0;
  }

  /** Listens from now on. The same function may listen twice; each result ends one of them. */
  add(listener: ResourceListener): () => void {
    const own: ResourceListener = (event) => listener(event);
    this.listeners = [...this.listeners, own];
    return () => {
      this.listeners = this.listeners.filter((other) => other !== own);
    };
  }

  emit(event: ResourceEvent): void {
    for (const listener of this.listeners) callIsolated(listener, event);
  }
}

/** Calls a listener so that nothing it does comes back. */
export function callIsolated<E>(listener: (event: E) => void, event: E): void {
  try {
    // A listener typed to return nothing may still be an async function.
    const result: unknown = listener(event);
    if (isPromiseLike(result)) result.then(undefined, warn);
  } catch (error) {
    warn(error);
  }
}

function warn(error: unknown): void {
  process.emitWarning(`A listener to resource events failed: ${errorText(error)}`, 'ResourceListenerWarning');
}
