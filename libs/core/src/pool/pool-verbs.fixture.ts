import type { ManualClock } from '../clock/manual-clock.js';
import type { VerbContext } from './pool-options.js';
import type { Behaviour } from './pool-plan.fixture.js';

/** What a verb does when it comes to an end, and what else it may do. */
interface Call<R> {
  readonly result: () => R;
  readonly died: () => void;
  readonly context?: VerbContext;
  /** What it answers when it says no. */
  readonly no?: R;
}

/** The verbs of a user whose resources behave now this way, now that. */
export class Verbs {
  /** From now on all of them behave. */
  calm = false;
  private readonly turns = { create: 0, destroy: 0, validate: 0, reset: 0 };

  constructor(private readonly clock: ManualClock) {}

  /** Calls a verb, which behaves in the next way of those it has. */
  call<R>(
    verb: 'create' | 'destroy' | 'validate' | 'reset',
    behaviours: readonly Behaviour[] = ['now'],
    { result, died, context, no }: Call<R>,
  ): R | Promise<R> {
    const behaviour = this.calm ? 'now' : (behaviours[this.turns[verb]++ % behaviours.length] as Behaviour);
    switch (behaviour) {
      case 'now':
        return result();
      case 'dies':
        died();
        return result();
      case 'soon':
        return this.after(5, result);
      case 'slow':
        return this.after(25, result);
      case 'late':
        return this.after(300, result);
      case 'throws':
        throw new Error(`${verb} threw`);
      case 'rejects':
        return Promise.reject(new Error(`${verb} rejected`));
      case 'hangs':
        return new Promise(() => undefined);
      case 'obeys':
        return new Promise((_, reject) => {
          context?.signal.addEventListener('abort', () => reject(context.signal.reason as Error));
        });
      case 'no':
        return no ?? result();
    }
  }

  private after<R>(delay: number, result: () => R): Promise<R> {
    return new Promise((resolve) => this.clock.schedule(delay, () => resolve(result())));
  }
}
