import { CallTimeoutError } from '../call/call-timeout.error.js';
import type { Clock } from '../clock/clock.js';
import type { Generation, OutcomeJudge } from './breaker-engine.js';
import type { BreakerJournal } from './breaker-journal.js';
import type { CheckedBreakerOptions } from './breaker-options.js';
import type { Circuit } from './circuit.js';
import { OutcomeClassifier, type Classification } from './outcome-classifier.js';

/**
 * Says what an ended call means, and tells the journal and the circuit, in that order. Reads the clock only if slow calls
 * or a time window ask for it.
 */
export class CallJudge implements OutcomeJudge {
  private readonly classifier: OutcomeClassifier;
  private readonly clock: Clock;
  private readonly slowAfter: number;
  /** Whether calls must be timed from their beginning. */
  readonly measured: boolean;
  /** Whether the instant at which they end matters. */
  private readonly timed: boolean;

  constructor(
    { clock, outcome }: CheckedBreakerOptions,
    private readonly circuit: Circuit,
    private readonly journal: BreakerJournal,
  ) {
    this.classifier = new OutcomeClassifier(outcome);
    this.clock = clock;
    this.slowAfter = outcome.slowAfter ?? Infinity;
    this.measured = outcome.slowAfter !== undefined;
    this.timed = this.measured || circuit.timed;
  }

  /** To be given back when the call has ended. */
  begin(): number {
    return this.measured ? this.clock.now() : 0;
  }

  returned(generation: Generation, result: unknown, began = 0): void {
    const { classifier } = this;
    const openFor = classifier.mayOpenAtOnce ? classifier.openFor({ ok: true, value: result }) : 0;
    this.note(generation, classifier.ofResult(result), began, undefined, openFor);
  }

  failed(generation: Generation, error: unknown, began = 0): void {
    const { classifier } = this;
    const because = error instanceof CallTimeoutError ? 'timed out' : 'failed';
    const openFor = classifier.mayOpenAtOnce ? classifier.openFor({ ok: false, error, because }) : 0;
    this.note(generation, classifier.ofError(error), began, { error }, openFor);
  }

  /** The call ended without the service having had a part in it. */
  withdrawn(generation: Generation, error: unknown, began: number): void {
    this.note(generation, 'ignored', began, { error }, 0);
  }

  private note(
    generation: Generation,
    classification: Classification,
    began: number,
    failure: { readonly error: unknown } | undefined,
    openFor: number,
  ): void {
    if (generation.uncounted) return;
    const now = this.timed ? this.clock.now() : 0;
    const took = this.measured ? now - began : undefined;
    const slow = took !== undefined && took > this.slowAfter && classification !== 'ignored';
    this.journal.ended({ classification, slow, took, failure });
    this.circuit.ended(generation, { classification, slow, now, openFor, failure });
  }
}
