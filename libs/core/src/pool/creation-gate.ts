import type { CircuitBreakerOptions } from '../breaker/breaker-options.js';
import { CircuitBreaker } from '../breaker/circuit-breaker.js';
import type { Outcome } from '../call/outcome.js';
import type { PoolCore } from './pool-core.js';

/** What the pool needs of a breaker; a `CircuitBreaker` has it. */
export interface CreationBreaker {
  readonly state: 'closed' | 'open' | 'half_open';
  /** Milliseconds until a call may be tried again; 0 is now. */
  readonly retryAfter: number;
  execute<R>(work: () => Promise<R>): Promise<R>;
  observe?(listener: (event: { readonly type: string }) => void): () => void;
}

/** How a creation ended; `refused`: the breaker did not let it begin. */
export type CreationOutcome<T> =
  Outcome<T> | { readonly ok: false; readonly error: unknown; readonly because: 'refused' };

/** The first failure closes the gate; each failed trial doubles the pause. */
const DEFAULTS: CircuitBreakerOptions = { failureThreshold: 1, recoveryTimeout: { initial: 100, max: 10_000 } };

/** After a refusal that does not say when to come back: somebody else's trial is under way. */
const PAUSE_AFTER_REFUSAL = 50;

/** After a failure that the breaker does not mind, or a `create` that fails at once would leave the process no time to breathe. */
const PAUSE_AFTER_FAILURE = 10;

/** Everything passes. */
const NO_BREAKER: CreationBreaker = { state: 'closed', retryAfter: 0, execute: (work) => work() };

/** The breaker in front of `create`: when, and how many at once. There is no second retry machine. */
export class CreationGate<T> {
  private readonly breaker: CreationBreaker;
  private readonly own: CircuitBreaker | undefined;
  private readonly unobserve: (() => void) | undefined;
  private refusedUntil = -Infinity;
  private restsUntil = -Infinity;

  constructor(private readonly core: PoolCore<T>) {
    const { breaker } = core.options.creation;
    if (breaker === false) this.breaker = NO_BREAKER;
    else if (isBreaker(breaker)) this.breaker = breaker;
    else this.breaker = this.own = this.makeBreaker(breaker);
    this.unobserve = this.breaker.observe?.(({ type }) => {
      if (type === 'breaker.state.changed' || type === 'breaker.mode.changed') core.pump.run();
    });
  }

  /** Milliseconds until a creation may be tried; 0 is now, `Infinity` when only the breaker can tell. */
  get closedFor(): number {
    return Math.max(this.openFor, this.restsUntil - this.core.clock.now());
  }

  /** The same, as far as the breaker wants it. */
  get openFor(): number {
    return Math.max(this.breaker.retryAfter, this.refusedUntil - this.core.clock.now(), 0);
  }

  /** How many creations may be under way: a single trial unless all is well. */
  get width(): number {
    return this.breaker.state === 'closed' ? Infinity : 1;
  }

  /** Runs a creation through the breaker. Whatever the breaker does, an outcome that exists is not lost. */
  async pass(create: () => Promise<Outcome<T>>): Promise<CreationOutcome<T>> {
    let creation: Promise<Outcome<T>> | undefined;
    try {
      return await this.breaker.execute(async () => {
        creation = create();
        const outcome = await creation;
        if (!outcome.ok) throw outcome.error;
        return outcome;
      });
    } catch (error) {
      const now = this.core.clock.now();
      if (creation) {
        this.restsUntil = now + PAUSE_AFTER_FAILURE;
        return creation;
      }
      this.refusedUntil = now + PAUSE_AFTER_REFUSAL;
      return { ok: false, error, because: 'refused' };
    }
  }

  close(): void {
    this.unobserve?.();
    this.own?.close();
  }

  private makeBreaker(options: CircuitBreakerOptions | undefined): CircuitBreaker {
    const { clock, random, name } = this.core.options;
    return new CircuitBreaker({ ...DEFAULTS, clock, random, ...options, name: `${name}.creation` });
  }
}

function isBreaker(value: CreationBreaker | CircuitBreakerOptions | undefined): value is CreationBreaker {
  return value !== undefined && 'execute' in value;
}
