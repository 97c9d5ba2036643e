import { Thing, turn, type Contestant, type Entry, type PoolSize } from './contestant.js';

/** What is lent, and nothing to make it safe. */
class Loan {
  constructor(
    readonly thing: Thing,
    private readonly giveBack: (thing: Thing) => void,
  ) {}

  release(): void {
    this.giveBack(this.thing);
  }
}

/**
 * The least that acquire and release can be in this language: a stack, an object per loan and a promise to await. No timeout,
 * no bound, no state, no check. What is above it is what a pool adds; what is in it no pool can spare.
 */
function openFloor({ max }: PoolSize): Contestant {
  const idle = Array.from({ length: max }, () => new Thing());
  const giveBack = (thing: Thing): void => {
    const next = waiting[first];
    if (next === undefined) return void idle.push(thing);
    waiting[first++] = undefined;
    if (first > 10_000) {
      waiting.splice(0, first);
      first = 0;
    }
    next(new Loan(thing, giveBack));
  };
  const waiting: (((loan: Loan) => void) | undefined)[] = [];
  let first = 0;
  const acquire = (): Promise<Loan> => {
    const thing = idle.pop();
    if (thing) return Promise.resolve(new Loan(thing, giveBack));
    return new Promise((resolve) => waiting.push(resolve));
  };
  return {
    async alone(times) {
      for (let left = times; left > 0; left--) (await acquire()).release();
    },
    async worker(times) {
      for (let left = times; left > 0; left--) {
        const loan = await acquire();
        await turn;
        loan.release();
      }
    },
    acquire,
    release: (loan: Loan) => loan.release(),
    size: () => max,
    close: () => turn,
  };
}

export const floor: Entry = { name: 'floor of the language', open: openFloor };
