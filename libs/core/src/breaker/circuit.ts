import { askPredicate } from '../call/ask-predicate.js';
import type { Clock } from '../clock/clock.js';
import { Generation } from './breaker-engine.js';
import type { CheckedBreakerOptions } from './breaker-options.js';
import type { CircuitState } from './circuit-state.js';
import type { ChangeReason, CircuitWatcher } from './circuit-watcher.js';
import { HalfOpenGate } from './half-open-gate.js';
import { openingText } from './opening-text.js';
import { Recovery } from './recovery.js';
import type { BreakerSnapshot } from './breaker-snapshot.js';
import type { Classification } from './outcome-classifier.js';
import { ConsecutiveRule, tripRule, type TripReason, type TripRule } from './trip-rule.js';

/** A call that has ended. */
export interface EndedCall {
  readonly classification: Classification;
  readonly slow: boolean;
  /** 0 unless `Circuit.timed`. */
  readonly now: number;
  /** Milliseconds for which the circuit must open at once, 0 if it need not. */
  readonly openFor: number;
  /** What it failed with; a failed result has none. */
  readonly failure: { readonly error: unknown } | undefined;
}

/**
 * The state machine. It knows nothing of modes, retries or who calls.
 *
 *                   the rule trips, or an outcome says `openFor`
 *        closed ─────────────────────────────────────────────► open ◄──┐
 *          ▲                                                    │      │ a trial failed,
 *          │ enough trials succeeded             recovery is due│      │ or gave no answer in time
 *          └──────────────────────── half open ◄────────────────┘      │
 *                                        └─────────────────────────────┘
 *
 * Invariants: state changes only in `transition()`, which begins a new generation; calls of an older one decide nothing.
 * Open ends at an instant fixed when it began, whatever happens meanwhile. Trials never exceed their limit. What time alone
 * decides is decided when somebody looks, as of the instant at which it was due: there is no timer, unless `automatic`.
 */
export class Circuit {
  current: CircuitState = 'closed';
  generation = new Generation();
  rule: TripRule;
  gate: HalfOpenGate | undefined = undefined;
  /** Wall clock of the last change; `null` before the first. */
  changedAt: number | null = null;
  lastFailure: { readonly error: unknown } | undefined = undefined;
  /** Why it is open, in words. */
  because = '';
  /** Only watches: the rule's verdict is told, not acted on. */
  private watching = false;
  private told = false;
  private readonly clock: Clock;
  private readonly recovery: Recovery;

  constructor(
    private readonly options: CheckedBreakerOptions,
    private readonly watcher: CircuitWatcher,
  ) {
    this.clock = options.clock;
    this.recovery = new Recovery(options);
    this.rule = tripRule(options, this.clock);
  }

  /** The state now. */
  get state(): CircuitState {
    if (this.current !== 'closed') this.settle(this.clock.now());
    return this.current;
  }

  /** How often it has opened since it was last closed. */
  get openings(): number {
    return this.recovery.openings;
  }

  /** Whether calls must be recorded with the time. */
  get timed(): boolean {
    return this.rule.timed;
  }

  /** Lets a call in: the generation it belongs to, or nothing. */
  admit(): Generation | undefined {
    if (this.current === 'closed') return this.generation;
    const now = this.clock.now();
    this.settle(now);
    if (this.current === 'open') {
      if (now < this.recovery.due) return undefined;
      this.halfOpen();
      // Somebody who heard it may have reset it, or taken the place of the trial.
      return this.admit();
    }
    return this.gate?.tryEnter(now);
  }

  /** Takes note of an admitted call that has ended. Late ones decide nothing. */
  ended(generation: Generation, call: EndedCall): void {
    if (this.current === 'half_open') this.settle(this.clock.now());
    if (generation.over) return;
    if (call.classification === 'failure') this.lastFailure = call.failure;
    if (this.gate) this.judgeTrial(this.gate, generation, call);
    else this.judge(call);
  }

  /** Milliseconds until a call may be tried again. While trials are under way, when to ask again. */
  get retryAfter(): number {
    if (this.state === 'closed') return 0;
    const now = this.clock.now();
    if (this.current === 'open') return Math.max(0, this.recovery.due - now);
    return this.gate && !this.gate.hasRoom
      ? Math.min(ASK_AGAIN, this.gate.since + this.options.halfOpen.maxWait - now)
      : 0;
  }

  /** Closed, with nothing counted. */
  reset(reason: 'reset' | 'mode' = 'reset'): void {
    this.close(reason);
  }

  /** From now on the rule's verdict is only told; or acted on again. Either way counting starts anew. */
  watchOnly(watching: boolean): void {
    this.watching = watching;
    this.close('mode');
  }

  /** Open for so long, whatever it was. */
  open(duration: number, reason: ChangeReason, since = this.clock.now()): void {
    this.recovery.begin(duration, since);
    this.because = openingText(reason, this.rule.figures(), this.lastFailure);
    this.transition('open', reason, since);
  }

  /** Continues where another process ended; tells nobody. */
  restore({ state, remaining, openings, failureCount }: BreakerSnapshot): void {
    if (this.rule instanceof ConsecutiveRule) this.rule.restore(failureCount, state !== 'closed');
    if (state === 'closed') return;
    this.current = 'open';
    this.recovery.restore(openings, remaining);
    this.because = 'it was open when its state was saved';
    this.setAlarm();
  }

  /** No timer from now on. */
  retire(): void {
    this.recovery.retire();
  }

  private judge({ classification, slow, now, openFor }: EndedCall): void {
    if (openFor > 0 && !this.watching) return this.open(openFor, 'outcome');
    if (openFor > 0) this.tell('outcome');
    if (classification === 'ignored') return;
    const reason = this.rule.record(classification === 'failure', slow, now);
    if (reason) this.tripped(reason);
  }

  private tripped(reason: TripReason): void {
    if (this.told) return;
    const { generation } = this;
    this.tell(reason);
    // Somebody who heard it may have reset the breaker.
    if (!this.watching && !generation.over) this.open(this.recovery.nextPause(), reason);
  }

  /** Once in each closed period. */
  private tell(reason: TripReason | 'outcome'): void {
    if (this.told) return;
    this.told = true;
    this.watcher.exceeded(reason);
  }

  private judgeTrial(gate: HalfOpenGate, trial: Generation, { classification, slow, openFor }: EndedCall): void {
    if (openFor > 0) return this.open(openFor, 'outcome');
    if (classification === 'ignored') return gate.leave(trial);
    const tooSlow = slow && this.options.trip?.slowRate !== undefined;
    const verdict = gate.judge(trial, classification === 'failure' || tooSlow);
    if (verdict === 'still failing') this.open(this.recovery.nextPause(), 'trial failed');
    else if (verdict === 'recovered') this.close('recovered');
  }

  /** Decides what time has decided by now. */
  private settle(now: number): void {
    if (this.gate) {
      const due = this.gate.since + this.options.halfOpen.maxWait;
      if (now >= due) this.open(this.recovery.nextPause(), 'no answer', due);
    }
    if (this.current === 'open' && this.options.halfOpen.automatic && now >= this.recovery.due) this.halfOpen();
  }

  private halfOpen(): void {
    const { halfOpenMaxCalls, halfOpen } = this.options;
    const share = halfOpen.failureRate ?? 0;
    this.gate = new HalfOpenGate(halfOpenMaxCalls, Math.max(1, Math.ceil((halfOpenMaxCalls * share) / 100)));
    this.transition('half_open', 'recovery due');
  }

  private close(reason: ChangeReason): void {
    this.recovery.end();
    this.told = false;
    // A rule of the user's that cannot be made anew goes on as it is.
    this.rule = askPredicate(tripRule, [this.options, this.clock], this.rule);
    this.lastFailure = undefined;
    this.transition('closed', reason);
  }

  private transition(to: CircuitState, reason: ChangeReason, since?: number): void {
    const from = this.current;
    this.recovery.stopAlarm();
    this.generation.over = true;
    this.generation = new Generation();
    this.current = to;
    if (to !== 'half_open') this.leaveTrials();
    if (to === 'open') this.setAlarm();
    if (from === to && to === 'closed') return;
    this.changedAt = this.clock.wallNow() - (since === undefined ? 0 : this.clock.now() - since);
    this.watcher.stateChanged({ at: this.changedAt, from, to, reason });
  }

  private leaveTrials(): void {
    this.gate?.dismiss();
    this.gate = undefined;
  }

  private setAlarm(): void {
    const { generation } = this;
    this.recovery.setAlarm(() => {
      this.settle(this.clock.now());
      return !generation.over;
    });
  }
}

/** While trials are under way, nobody knows when they end; this many milliseconds is a fair time to ask again. */
const ASK_AGAIN = 1_000;
