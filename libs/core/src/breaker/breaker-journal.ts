import type { Clock } from '../clock/clock.js';
import { Listeners } from '../resource/listeners.js';
import type { ResourceListener } from '../resource/resource.js';
import type { BreakerChange, BreakerEvent, BreakerListener } from './breaker-event.js';
import type { CircuitWatcher, StateChange } from './circuit-watcher.js';
import type { CircuitMode, CircuitState } from './circuit-state.js';
import type { Classification } from './outcome-classifier.js';
import type { TripReason } from './trip-rule.js';

/** A call of which the breaker takes note. */
export interface NotedCall {
  readonly classification: Classification;
  readonly slow: boolean;
  /** Milliseconds; `undefined` if calls are not timed. */
  readonly took: number | undefined;
  /** What it failed with. A failed result has none. */
  readonly failure: { readonly error: unknown } | undefined;
}

/**
 * What a breaker remembers and tells: counters that only grow, the last changes, and events, which are built only if
 * somebody listens. Events of every single call go only to who asked for calls.
 */
export class BreakerJournal implements CircuitWatcher {
  successes = 0;
  failures = 0;
  ignored = 0;
  slow = 0;
  rejections = 0;
  fallbacks = 0;
  /** Wall clock. */
  lastFailureAt: number | null = null;
  /** The last changes, oldest first. */
  changes: readonly BreakerChange[] = [];
  private readonly listeners = new Listeners();
  private readonly callListeners = new Listeners();

  constructor(
    private readonly clock: Clock,
    private readonly size: number,
  ) {}

  observe(listener: BreakerListener, calls: boolean): () => void {
    // Only events of breakers are ever emitted here.
    const own = listener as ResourceListener;
    const stop = this.listeners.add(own);
    const stopCalls = calls ? this.callListeners.add(own) : undefined;
    return () => {
      stop();
      stopCalls?.();
    };
  }

  exceeded(reason: TripReason | 'outcome'): void {
    if (this.listeners.heard) this.tell({ type: 'breaker.rate.exceeded', reason });
  }

  reset(): void {
    if (this.listeners.heard) this.tell({ type: 'breaker.reset' });
  }

  stateChanged({ at, from, to, reason }: StateChange): void {
    this.remember({ at, what: 'state', from, to, reason });
    if (this.listeners.heard) this.tell({ type: 'breaker.state.changed', from, to, reason });
  }

  modeChanged(from: CircuitMode, to: CircuitMode, reason: string | undefined): void {
    this.remember({ at: this.clock.wallNow(), what: 'mode', from, to, reason });
    if (this.listeners.heard) this.tell({ type: 'breaker.mode.changed', from, to, reason });
  }

  rejected(state: CircuitState, mode: CircuitMode, retryAfter: number): void {
    this.rejections++;
    if (this.listeners.heard) this.tell({ type: 'breaker.rejected', state, mode, retryAfter });
  }

  ended(call: NotedCall): void {
    const { classification, slow, took } = call;
    if (slow) this.slowEnded(took ?? 0);
    if (classification === 'failure') this.failed(call);
    else if (classification === 'ignored') this.wasIgnored(call);
    else this.succeeded(took);
  }

  private succeeded(took: number | undefined): void {
    this.successes++;
    if (this.callListeners.heard) this.callListeners.emit({ type: 'breaker.call.succeeded', ...timing(took) });
  }

  private failed({ failure, took }: NotedCall): void {
    this.failures++;
    this.lastFailureAt = this.clock.wallNow();
    if (this.listeners.heard) this.tell({ type: 'breaker.call.failed', error: failure?.error, ...timing(took) });
  }

  private wasIgnored({ failure, took }: NotedCall): void {
    this.ignored++;
    if (!this.callListeners.heard) return;
    this.callListeners.emit({ type: 'breaker.call.ignored', error: failure?.error, ...timing(took) });
  }

  private slowEnded(took: number): void {
    this.slow++;
    if (this.listeners.heard) this.tell({ type: 'breaker.call.slow', took });
  }

  private tell(event: BreakerEvent): void {
    this.listeners.emit(event);
  }

  private remember(change: BreakerChange): void {
    if (this.size > 0) this.changes = [...this.changes, change].slice(-this.size);
  }
}

function timing(took: number | undefined): { readonly took?: number } {
  return took === undefined ? {} : { took };
}
