import { type EventRecord, Listeners, ResourceEvents } from '@nestjs-resources/core';
import { Injectable } from '@nestjs/common';
import { EventEmitter2, EventEmitterReadinessWatcher } from '@nestjs/event-emitter';

/**
 * Hands every event of the resources to the application's EventEmitter2, under its type. Nothing is lost at either end:
 *
 *   - `@OnEvent` methods are attached when the application boots, so what happens before is kept until then;
 *   - the emitter's module detaches all listeners when the application stops, perhaps before the resources have closed, so
 *     that is put off until the last event was heard.
 *
 * @see https://github.com/nestjs/event-emitter/issues/448
 */
@Injectable()
export class ResourceEventBridge {
  /** What was not handed over yet; `undefined` from the moment on when everything is handed over at once. */
  private waiting: EventRecord[] | undefined;
  private readonly out = new Listeners();
  private stopped = false;
  private detach: (() => void) | undefined = undefined;

  constructor(
    events: ResourceEvents,
    private readonly emitter: EventEmitter2,
    readiness: EventEmitterReadinessWatcher,
  ) {
    this.waiting = events.since(0);
    this.out.add((record) => void emitter.emit(record.type, record));
    events.subscribe((record) => this.pass(record));
    this.putOffDetaching();
    const open = (): void => this.open();
    // If listeners could not be attached, the emitter's module has said so; those that were attached by hand still hear.
    readiness.waitUntilReady().then(open, open);
  }

  private open(): void {
    const { waiting = [] } = this;
    this.waiting = undefined;
    for (const record of waiting) this.out.emit(record);
  }

  private pass(record: EventRecord): void {
    if (this.waiting) this.waiting.push(record);
    else this.out.emit(record);
    if (record.type !== 'application.stopped') return;
    this.stopped = true;
    this.detach?.();
  }

  private putOffDetaching(): void {
    const { emitter } = this;
    const removeAll = emitter.removeAllListeners.bind(emitter);
    emitter.removeAllListeners = (event?: Parameters<EventEmitter2['removeAllListeners']>[0]) => {
      if (this.stopped || event !== undefined) return removeAll(event);
      this.detach = () => void removeAll();
      return emitter;
    };
  }
}
