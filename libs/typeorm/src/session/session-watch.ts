import { Listeners, type ResourceListener } from '@nestjs-resources/core';
import type { SessionEvent } from './session-event.js';

/** What of a session concerns others. */
interface Observed {
  readonly isLeased: boolean;
  readonly name: string;
}

/** Watches over the sessions of a factory, and tells who listens. */
export class SessionWatch {
  private readonly listeners = new Listeners();
  private nestedCount = 0;

  /** How often somebody took a connection who held one already. */
  get nested(): number {
    return this.nestedCount;
  }

  observe(listener: ResourceListener): () => void {
    return this.listeners.add(listener);
  }

  tell(event: SessionEvent): void {
    if (this.listeners.heard) this.listeners.emit(event);
  }

  /**
   * Somebody takes a connection. If he holds one already, two of his kind can wait for each other for ever.
   *
   * @param holder - the session of the asynchronous context he runs in
   */
  taken(taker: Observed | undefined, holder: Observed | undefined): void {
    if (!holder || holder === taker || !holder.isLeased) return;
    this.nestedCount++;
    this.tell({ type: 'session.nested.acquire', holder: holder.name, taker: taker?.name ?? 'repository' });
  }
}
