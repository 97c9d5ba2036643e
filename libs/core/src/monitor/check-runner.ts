import { attempt, type AttemptContext } from '../call/attempt.js';
import type { Outcome } from '../call/outcome.js';
import type { Clock } from '../clock/clock.js';
import { errorText } from '../errors/error-text.js';
import { ResourceHealth } from '../resource/health.js';
import { isPromiseLike } from '../resource/promise-like.js';
import type { CheckLanes } from './check-lanes.js';
import { healthFrom, type CheckResult } from './health-check.js';

/** A check and how long it may take. */
export interface RunnableCheck {
  readonly name: string;
  readonly timeout: number;
  readonly run: (context: AttemptContext) => unknown;
}

/**
 * Runs one check, never twice at a time. Whatever happens becomes a result: an answer, a throw, a timeout, rubbish.
 *
 * Invariant: while the promise of a run has not settled, not even after its timeout, no other run begins. A hung dependency
 * therefore has one question open, not one per interval.
 */
export class CheckRunner {
  private flight: Promise<void> | undefined = undefined;
  private unsettled = false;
  /** The check is being asked in this very step: one that asks for itself would ask without end. */
  private asking = false;

  /** @param taken - receives the result of each run, once, however many have joined it */
  constructor(
    private readonly clock: Clock,
    private readonly lanes: CheckLanes,
    private readonly taken: (result: CheckResult) => void,
  ) {}

  /** Whether a run has timed out and its promise still has not settled. */
  get hanging(): boolean {
    return this.unsettled && !this.flight;
  }

  /**
   * Runs the check, or joins the run that is under way. There is no result while an earlier run hangs, nor of a run that
   * `signal` has aborted.
   */
  run(check: RunnableCheck, signal?: AbortSignal): void | Promise<void> {
    if (this.flight) return this.flight;
    if (this.unsettled || this.asking) return;
    const turn = this.lanes.enter();
    const running = turn ? turn.then(() => this.execute(check, signal)) : this.execute(check, signal);
    if (!running) return;
    this.flight = running.finally(() => (this.flight = undefined));
    return this.flight;
  }

  private execute(check: RunnableCheck, signal: AbortSignal | undefined): void | Promise<void> {
    const began = this.clock.now();
    const outcome = attempt((context) => this.follow(this.ask(check, context)), {
      clock: this.clock,
      what: `Checking '${check.name}'`,
      timeout: check.timeout,
      resource: check.name,
      signal,
    });
    if (!isPromiseLike(outcome)) return this.finish(outcome, began);
    return outcome.then((settled) => this.finish(settled, began));
  }

  private ask(check: RunnableCheck, context: AttemptContext): unknown {
    this.asking = true;
    try {
      return check.run(context);
    } finally {
      this.asking = false;
    }
  }

  /** Remembers that a promise is open until it settles, however late. */
  private follow(answer: unknown): unknown {
    if (!isPromiseLike(answer)) return answer;
    this.unsettled = true;
    const settled = (): void => void (this.unsettled = false);
    answer.then(settled, settled);
    return answer;
  }

  private finish(outcome: Outcome<unknown>, began: number): void {
    this.lanes.leave();
    if (!outcome.ok && outcome.because === 'aborted') return;
    const at = this.clock.now();
    // Whole microseconds: what is finer is noise, and looks like precision.
    const took = Math.round((at - began) * 1_000) / 1_000;
    this.taken({ ...judged(outcome), took, at, timestamp: this.clock.wallNow() });
  }
}

/** An answer may be anything, also what throws when it is looked at. */
function judged(outcome: Outcome<unknown>): ReturnType<typeof judge> {
  try {
    return judge(outcome);
  } catch (error) {
    const reason = `The check answered what cannot be read: ${errorText(error)}`;
    return { status: ResourceHealth.UNHEALTHY, reason, failure: 'invalid' };
  }
}

function judge(outcome: Outcome<unknown>): Omit<CheckResult, 'took' | 'at' | 'timestamp'> {
  if (outcome.ok) return healthFrom(outcome.value);
  const failure = outcome.because === 'timed out' ? 'timeout' : 'error';
  return { status: ResourceHealth.UNHEALTHY, reason: errorText(outcome.error), failure };
}
