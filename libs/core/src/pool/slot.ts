import type { LeaseDetail } from './leak-watch.js';
import type { Lender } from './lease.js';
import type { RetireReason } from './pool-event.js';

/**
 * The states of a slot. A slot is reserved before `create` is called and lives as long as its resource counts:
 *
 *                ┌────────────► LEASED ──► (detached)
 *     CREATING ──┤              ▲ │ ▲ │
 *        │       └─► IDLE ──────┘ │ │ └──► RESETTING ──► IDLE, LEASED
 *        │           │ ▲ ◄────────┘ │
 *        │           ▼ │            │
 *        │         VALIDATING ──────┘
 *        ▼
 *     CLOSING ──► GONE            every state but GONE may turn to CLOSING
 *
 * LEASED to LEASED is the hand-over from one holder to the next.
 */
export const SlotState = {
  CREATING: 0,
  IDLE: 1,
  VALIDATING: 2,
  LEASED: 3,
  RESETTING: 4,
  CLOSING: 5,
  GONE: 6,
} as const;
export type SlotState = (typeof SlotState)[keyof typeof SlotState];

const { CREATING, IDLE, VALIDATING, LEASED, RESETTING, CLOSING, GONE } = SlotState;

/** For each state, the states that may follow, as bits. */
const NEXT: readonly number[] = [
  bits(IDLE, LEASED, CLOSING, GONE),
  bits(IDLE, LEASED, VALIDATING, CLOSING), // to IDLE: taken to be lent, and nobody was left who wanted it
  bits(IDLE, LEASED, CLOSING),
  bits(IDLE, LEASED, VALIDATING, RESETTING, CLOSING, GONE),
  bits(IDLE, LEASED, VALIDATING, CLOSING),
  bits(GONE),
  0,
];

/** Stands for any number of uses, and is still an integer to the compiler. */
const MANY = 2 ** 30;

function bits(...states: SlotState[]): number {
  return states.reduce<number>((sum, state) => sum | (1 << state), 0);
}

/**
 * One place in a pool and, once created, its one resource: a slot is never used for a second one, so the slot *is* the
 * identity of the resource. Plain data; only the collaborators of its pool touch it.
 *
 * The stamps of the hot path are whole milliseconds, which need no box; the others start as NaN and are doubles from the first
 * write on.
 */
export class Slot<T> {
  /** Changed by {@link Census.transition} only. */
  state: SlotState = CREATING;
  /** Raised when a lease ends: a lease with an older number is inert. */
  generation = 0;
  resource: T = undefined as T;

  /** Neighbours in the idle list. */
  hotter: Slot<T> | undefined = undefined;
  colder: Slot<T> | undefined = undefined;
  /** Place in the census. */
  index = 0;

  /** Its last use, as the generation of that lease. */
  readonly lastGeneration: number;
  createdAt = NaN;
  /** The instant its lifetime ends; jitter is drawn once, here. */
  diesAt = Infinity;
  /** When it was last put into the idle list. */
  idleSince = 0;
  /** When a validation last succeeded. */
  validatedAt = NaN;
  leasedAt = 0;

  /** Set when it must go as soon as nobody uses it. */
  doomed: RetireReason | (string & {}) | undefined = undefined;
  /** What it said when it died. */
  cause: unknown = undefined;
  /** Its lifetime ends soon: see {@link Census.markLeaving}. */
  leaving = false;

  /** Of the current lease. */
  label: string | undefined = undefined;
  detail: LeaseDetail | undefined = undefined;
  /** More precisely, if this lease is a sample. */
  sampledAt = NaN;
  /** Whether anything is to be done when this lease ends. */
  attended = false;
  /** The generation that was last reported as a leak. */
  reported = -1;

  /**
   * @param lender - who takes it back
   * @param epoch - of the pool when it was made; evicting all raises the pool's
   */
  constructor(
    readonly lender: Lender<T>,
    readonly epoch: number,
    maxUses = Infinity,
  ) {
    this.lastGeneration = Math.min(maxUses, MANY) - 1;
  }
}

/**
 * All slots of a pool, and how many are in each state.
 *
 * Invariant: `size` is the number of slots that are not GONE, and never above `maxSize` by our own doing, because a slot is
 * reserved before its resource is created and counts until the resource has been destroyed.
 */
export class Census<T> {
  private readonly all: Slot<T>[] = [];
  private readonly counts = [0, 0, 0, 0, 0, 0, 0];
  /** In the two states of the hot path, which have no place in `counts`. */
  private idle = 0;
  private leased = 0;

  /** How many live slots are about to reach the end of their lifetime, and may have a successor. */
  leaving = 0;

  /** Everything that counts towards `maxSize`. */
  get size(): number {
    return this.all.length;
  }

  /** Size without what is about to vanish. */
  get live(): number {
    return this.all.length - this.count(CLOSING);
  }

  count(state: SlotState): number {
    if (state === LEASED) return this.leased;
    return state === IDLE ? this.idle : (this.counts[state] as number);
  }

  /** Reserves a place. */
  add(slot: Slot<T>): void {
    slot.index = this.all.push(slot) - 1;
    this.tally(slot.state, 1);
  }

  /** The only place where a state or a count changes, but for its two short cuts. */
  transition(slot: Slot<T>, to: SlotState): void {
    const from = slot.state;
    if (((NEXT[from] as number) & (1 << to)) === 0) refuse(from, to);
    this.tally(from, -1);
    this.tally(to, 1);
    slot.state = to;
    if (to >= CLOSING) this.leave(slot);
  }

  /** To LEASED, which is nearly always from IDLE, or from LEASED: from one holder to the next. */
  lend(slot: Slot<T>): void {
    if (slot.state === LEASED) return;
    if (slot.state !== IDLE) return this.transition(slot, LEASED);
    slot.state = LEASED;
    this.idle--;
    this.leased++;
  }

  /** To IDLE, which is nearly always from LEASED. */
  rest(slot: Slot<T>): void {
    if (slot.state !== LEASED) return this.transition(slot, IDLE);
    slot.state = IDLE;
    this.leased--;
    this.idle++;
  }

  /** The slot will soon be gone; a successor may be created while it still serves. */
  markLeaving(slot: Slot<T>): void {
    if (slot.leaving) return;
    slot.leaving = true;
    this.leaving++;
  }

  /** A copy, so that whatever happens to the slots meanwhile does not matter. */
  in(state: SlotState): Slot<T>[] {
    return this.all.filter((slot) => slot.state === state);
  }

  each(): readonly Slot<T>[] {
    return this.all.slice();
  }

  private tally(state: SlotState, by: 1 | -1): void {
    if (state === LEASED) this.leased += by;
    else if (state === IDLE) this.idle += by;
    else (this.counts[state] as number) += by;
  }

  private leave(slot: Slot<T>): void {
    if (slot.leaving) {
      slot.leaving = false;
      this.leaving--;
    }
    if (slot.state === GONE) this.remove(slot);
  }

  private remove(slot: Slot<T>): void {
    const last = this.all.pop() as Slot<T>;
    if (last === slot) return;
    this.all[slot.index] = last;
    last.index = slot.index;
  }
}

function refuse(from: SlotState, to: SlotState): never {
  throw new Error(`A slot cannot turn from ${from} to ${to}.`);
}
