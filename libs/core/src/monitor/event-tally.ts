import type { Clock } from '../clock/clock.js';
import type { ResourceEvents } from '../events/resource-events.js';
import type { RecordOf } from '../events/known-events.js';
import { Counts } from './counts.js';

/** What the events of one resource came to. Durations are milliseconds. */
export interface ResourceTally {
  /** What a pool has destroyed, by reason. */
  readonly destroyed: ReadonlyMap<string, number>;
  /** What it could not create, by the code of the error, or its name. */
  readonly createFailures: ReadonlyMap<string, number>;
  /** Changes of a breaker's state, as `closed open`. */
  readonly transitions: ReadonlyMap<string, number>;
  /** How long its circuit has been open, together. */
  readonly openFor: number;
  /** How long the last start took; absent if it was not started. */
  readonly startTook?: number;
  readonly closeFailures: number;
}

const COUNTED = [
  'pool.resource.destroyed',
  'pool.create.failed',
  'breaker.state.changed',
  'resource.started',
  'resource.close.failed',
] as const;
type Counted = RecordOf<(typeof COUNTED)[number]>;

/** What may be the name of an error; everything else may be anything. */
const ERROR_WORD = /^[\w$.-]{1,60}$/;

class Tally {
  readonly destroyed = new Counts();
  readonly createFailures = new Counts();
  readonly transitions = new Counts();
  startTook: number | undefined = undefined;
  closeFailures = 0;
  private closedOpenings = 0;
  private openSince: number | undefined = undefined;

  take(event: Counted, now: number): void {
    switch (event.type) {
      case 'pool.resource.destroyed':
        return this.destroyed.add(event.reason);
      case 'pool.create.failed':
        return this.createFailures.add(wordOf(event.error));
      case 'breaker.state.changed':
        return this.move(event.from, event.to, now);
      case 'resource.started':
        this.startTook = event.took;
        return;
      case 'resource.close.failed':
        this.closeFailures++;
    }
  }

  openFor(now: number): number {
    return this.closedOpenings + (this.openSince === undefined ? 0 : now - this.openSince);
  }

  private move(from: string, to: string, now: number): void {
    this.transitions.add(`${from} ${to}`);
    this.closedOpenings = this.openFor(now);
    this.openSince = to === 'open' ? now : undefined;
  }
}

/**
 * Counts what resources tell as events and do not count themselves: what was destroyed for which reason, which way a circuit
 * went. For those who export counters.
 *
 * Invariant: it holds nothing of what is not registered, and a bounded number of words of what is.
 */
export class EventTally {
  private readonly tallies = new Map<string, Tally>();

  /** Counts from now on, as long as there are events. */
  constructor(
    events: ResourceEvents,
    private readonly clock: Clock,
    private readonly exists: (name: string) => boolean,
  ) {
    events.subscribe((event) => this.take(event), { type: COUNTED });
    events.subscribe(({ resource = '' }) => void this.tallies.delete(resource), { type: 'resource.unregistered' });
  }

  /** A copy; nothing if nothing has happened. */
  of(name: string): ResourceTally | undefined {
    const tally = this.tallies.get(name);
    if (!tally) return undefined;
    const { destroyed, createFailures, transitions, startTook, closeFailures } = tally;
    return {
      destroyed: destroyed.all,
      createFailures: createFailures.all,
      transitions: transitions.all,
      openFor: tally.openFor(this.clock.now()),
      ...(startTook === undefined ? undefined : { startTook }),
      closeFailures,
    };
  }

  private take(event: Counted): void {
    const { resource } = event;
    // What is told of a resource after its end would be kept for ever.
    if (resource === undefined || !this.exists(resource)) return;
    const tally = this.tallies.get(resource) ?? new Tally();
    this.tallies.set(resource, tally);
    tally.take(event, this.clock.now());
  }
}

/** The code of an error, or else its name: one of few words, never its message. */
function wordOf(error: unknown): string {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  const word = typeof code === 'number' ? String(code) : (code ?? name);
  return typeof word === 'string' && ERROR_WORD.test(word) ? word : 'other';
}
