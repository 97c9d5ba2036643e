import { ManualClock } from '../clock/manual-clock.js';
import type { CloseReport } from '../resource/close-report.js';
import { ConnectionPool } from './connection-pool.js';
import type { Lease } from './lease.js';
import type { CreateContext, VerbContext } from './pool-options.js';
import type { Plan, Step } from './pool-plan.fixture.js';
import { miscounts } from './pool-recount.fixture.js';
import { Verbs } from './pool-verbs.fixture.js';

/** A resource, and what became of it. */
export interface Thing {
  readonly id: number;
  readonly died: () => void;
  holder: Lease<Thing> | undefined;
  ended: number;
  detached: boolean;
  /** It came when its creation had been given up and the grace for that was over: it may stand beside the others. */
  readonly late: boolean;
  /** Destroyed, or destroy has had its time: it does not count any more. */
  gone: boolean;
}

/** One who asks: in which turn, when, and for how long at most. */
interface Asker {
  readonly turn: number;
  readonly at: number;
  readonly timeout: number;
}

const CREATE_TIMEOUT = 100;
const DESTROY_TIMEOUT = 40;
/** By then all that is slow, late or hanging has had its time. */
const LONG = 1_000;
/** What a listener does makes events, on which it does something again. */
const MOST_MEDDLING = 30;

/**
 * Plays a plan against a pool in virtual time and notes whatever must never be:
 *
 * - a resource with two holders, lent or asked after its end, destroyed twice or not at all;
 * - more resources than `maxSize`, counted here and not asked of the pool;
 * - one who asked later served before one who still waits, or later than it was ready to wait, or refused earlier;
 * - counters that differ from a recount;
 * - a promise that never settles; a pool that does not recover when its verbs behave; a timer left behind.
 */
export class World {
  readonly violations: string[] = [];

  private readonly clock = new ManualClock();
  private readonly verbs = new Verbs(this.clock);
  private readonly pool: ConnectionPool<Thing>;
  private readonly things: Thing[] = [];
  private readonly leases: Lease<Thing>[] = [];
  private readonly old: Lease<Thing>[] = [];
  private readonly aborts: AbortController[] = [];
  private unsettled = 0;
  private granted = 0;
  private lastTurn = 0;
  private lastServed = 0;
  private mostAllowed: number;
  private events = 0;
  private meddled = 0;
  /** The clock has moved while no promise could settle. */
  private blocked = false;

  constructor(private readonly plan: Plan) {
    this.mostAllowed = plan.maxSize;
    const { validate, reset } = plan;
    this.pool = new ConnectionPool<Thing>({
      ...plan.options,
      name: 'tested',
      maxSize: plan.maxSize,
      minSize: plan.minSize,
      timeouts: { create: CREATE_TIMEOUT, validate: 30, reset: 30, destroy: DESTROY_TIMEOUT },
      clock: this.clock,
      random: () => 0.5,
      create: (context) => this.create(context),
      destroy: (thing) => this.destroy(thing),
      ...(validate && { validate: (thing, context) => this.validate(thing, context) }),
      ...(reset && { reset: (thing, context) => this.reset(thing, context) }),
    });
    this.pool.observe(() => this.listen(), { leases: true });
  }

  /** Plays the plan to its end and returns what was seen that must not be. */
  async play(): Promise<readonly string[]> {
    for (const step of this.plan.steps) {
      this.blocked = step.do === 'block' || step.do === 'freeze';
      this.perform(step);
      await this.clock.advance(step.do === 'advance' ? step.by : 0);
      this.lookAround();
      if (this.violations.length > 0) return this.violations;
    }
    this.blocked = false;
    await this.recover();
    await this.end();
    return this.violations;
  }

  private must(holds: boolean, otherwise: string): void {
    if (!holds) this.violations.push(otherwise);
  }

  /** Whatever has happened: when the verbs behave and leases come back, the pool serves. */
  private async recover(): Promise<void> {
    const { pool } = this;
    this.verbs.calm = true;
    if (pool.state === 'closing' || pool.state === 'closed') return;
    pool.resume();
    await this.clock.advance(400);
    for (let round = 0; round < 200 && pool.leased + pool.waiting > 0; round++) {
      for (const lease of this.leases.slice()) this.giveBack(lease);
      await this.clock.advance(round % 10 === 9 ? 100 : 0);
    }
    await this.clock.advance(150);
    const { state, leased, waiting, minSize, maxSize, size } = pool.getMetrics();
    this.must(leased === 0 && waiting === 0, `${leased} leased and ${waiting} waiting although all came back`);
    this.must(size <= maxSize, `${size} of ${maxSize} although all came back`);
    if (state === 'running') this.must(size >= minSize, `${size} of at least ${minSize} in a pool that runs`);
    this.acquire(200);
    await this.clock.advance(200);
    this.must(this.leases.length === 1, 'a pool whose verbs behave serves nobody');
  }

  private async end(): Promise<void> {
    let report: CloseReport | undefined;
    const closed = this.pool.close({ timeout: 50 });
    this.must(this.pool.close() === closed, 'another promise of close');
    void closed.then((result) => (report = result));
    for (let round = 0; round < 4; round++) await this.clock.advance(LONG);
    const { state, size, waiting, created, destroyed, detached, acquired } = this.pool.getMetrics();
    this.must(report !== undefined, 'close never settles');
    this.must(state === 'closed' && size === 0 && waiting === 0, `${state} with ${size}, ${waiting} waiting`);
    this.must(created === destroyed + detached, `${created} created, ${destroyed} destroyed, ${detached} detached`);
    this.must(acquired === this.granted, `${acquired} acquired, ${this.granted} granted`);
    this.must(this.unsettled === 0, `${this.unsettled} promises never settle`);
    this.must(!this.clock.held, 'the process is still held');
    this.must(this.clock.pending === 0, `${this.clock.pending} timers left`);
    for (const thing of this.things) {
      this.must(thing.ended === (thing.detached ? 0 : 1), `${thing.id} is destroyed ${thing.ended} times`);
    }
  }

  private perform(step: Step): void {
    const { pool } = this;
    switch (step.do) {
      case 'acquire':
        return this.acquire(step.timeout);
      case 'acquireAborted':
        return this.track(pool.acquire({ signal: AbortSignal.abort(new Error('too late')) }));
      case 'use':
        return this.use(step.hold, step.fails);
      case 'tryAcquire': {
        const lease = pool.tryAcquire({ label: 'tried' });
        if (lease) this.took(lease);
        return;
      }
      case 'release':
        return this.withLease(step.which, (lease) => this.giveBack(lease));
      case 'releaseAgain':
        return this.old[step.which % Math.max(1, this.old.length)]?.release();
      case 'destroy':
        return this.withLease(step.which, (lease) => {
          this.lost(lease);
          lease.destroy('test');
        });
      case 'detach':
        return this.withLease(step.which, (lease) => this.detach(lease));
      case 'abort':
        return this.aborts[step.which % Math.max(1, this.aborts.length)]?.abort(new Error('aborted by test'));
      case 'die':
        return this.things[step.which % Math.max(1, this.things.length)]?.died();
      case 'evict':
      case 'evictHard':
        return this.withThing(step.which, (thing) => this.evict(thing, step.do === 'evictHard'));
      case 'evictLease':
      case 'evictLeaseHard':
        return this.withLease(step.which, (lease) => {
          if (step.do === 'evictLeaseHard') this.lost(lease);
          this.track(pool.evict(lease, { hard: step.do === 'evictLeaseHard' }));
        });
      case 'evictOdd':
      case 'evictOddHard':
        return this.evictWhere(({ id }) => id % 2 === 1, step.do === 'evictOddHard');
      case 'evictAll':
        return this.track(pool.evict());
      case 'evictAllHard':
        for (const lease of this.leases.slice()) this.lost(lease);
        return this.track(pool.evict(undefined, { hard: true }));
      case 'start':
        return this.track(pool.start());
      case 'drain':
        return this.track(pool.drain({ timeout: 100 }));
      case 'suspend':
        return pool.suspend();
      case 'resume':
        return pool.resume();
      case 'sleep':
        return this.clock.freeze(5_000, { wallOnly: true });
      case 'clockBack':
        return this.clock.freeze(-3_600_000, { wallOnly: true });
      case 'freeze':
        return this.clock.freeze(step.by);
      case 'block':
        return this.clock.advanceSync(step.by);
      case 'close':
        return this.track(pool.close({ timeout: 50 }));
      case 'resize':
        this.mostAllowed = Math.max(this.mostAllowed, step.maxSize);
        return pool.resize({ minSize: Math.min(step.minSize, step.maxSize), maxSize: step.maxSize });
      case 'watchLeaks':
        return pool.watchLeaks({ after: step.after, stacks: step.stacks, nested: step.nested });
      case 'look':
        this.must(pool.check().status !== undefined && pool.holders().length === pool.leased, 'holders are not those');
        return;
      case 'advance':
        return;
    }
  }

  /** What a listener does that takes the pool for its own, in the middle of whatever the pool is at. */
  private listen(): unknown {
    this.events++;
    const { listening } = this.plan;
    if (listening === 'throwing') throw new Error('a listener that throws');
    if (listening === 'rejecting') return Promise.reject(new Error('a listener that rejects'));
    if (listening === 'meddling' && !this.verbs.calm && this.events % 3 === 0 && this.meddled < MOST_MEDDLING)
      this.meddle(this.meddled++);
    return undefined;
  }

  private meddle(turn: number): void {
    const { pool } = this;
    switch (turn % 9) {
      case 0:
        return this.withLease(turn, (lease) => this.giveBack(lease));
      case 1:
        return this.borrowForAMoment();
      case 2:
        return this.things[turn % Math.max(1, this.things.length)]?.died();
      case 3:
        return this.withThing(turn, (thing) => this.evict(thing, true));
      case 4:
        return this.withLease(turn, (lease) => {
          this.lost(lease);
          lease.destroy('meddled');
        });
      case 5:
        return pool.suspend();
      case 6:
        return pool.resume();
      case 7:
        return this.aborts[turn % Math.max(1, this.aborts.length)]?.abort(new Error('aborted by a listener'));
      default:
        return this.track(pool.evict());
    }
  }

  private borrowForAMoment(): void {
    const lease = this.pool.tryAcquire();
    if (!lease) return;
    this.granted++;
    this.must(!lease.resource.holder, `${lease.resource.id} has two holders`);
    lease.release();
  }

  private acquire(timeout: number | undefined): void {
    const abort = new AbortController();
    this.aborts.push(abort);
    const asker = this.asks(timeout ?? this.plan.options.acquireTimeout ?? Infinity);
    const asked =
      timeout === undefined
        ? this.pool.acquire()
        : this.pool.acquire({ timeout, signal: abort.signal, label: 'asked' });
    this.track(asked.then((lease) => this.served(asker, lease)).catch((error: unknown) => this.refused(asker, error)));
  }

  private use(hold: number, fails: boolean): void {
    const asker = this.asks(300);
    const work = async (_thing: Thing, lease: Lease<Thing>): Promise<void> => {
      this.served(asker, lease);
      await new Promise<void>((resolve) => this.clock.schedule(hold, resolve));
      this.lost(lease);
      if (fails) throw new Error('work failed');
    };
    this.track(this.pool.use(work, { timeout: 300, label: 'used' }));
  }

  private asks(timeout: number): Asker {
    return { turn: ++this.lastTurn, at: this.clock.now(), timeout };
  }

  private served({ turn, at, timeout }: Asker, lease: Lease<Thing>): void {
    this.must(turn > this.lastServed, `${turn} is served after ${this.lastServed}, which asked later`);
    this.lastServed = turn;
    const waited = this.clock.now() - at;
    this.must(this.blocked || waited <= timeout, `served after ${waited} of ${timeout} ms`);
    this.took(lease);
  }

  private refused({ at, timeout }: Asker, error: unknown): void {
    const waited = this.clock.now() - at;
    const { code } = error as { code?: string };
    this.must(code !== 'POOL_TIMEOUT' || waited >= timeout, `timed out after ${waited} of ${timeout} ms`);
  }

  private track(promise: Promise<unknown>): void {
    this.unsettled++;
    promise.then(
      () => this.unsettled--,
      () => this.unsettled--,
    );
  }

  private took(lease: Lease<Thing>): void {
    const thing = lease.resource;
    this.granted++;
    // A lease that was revoked (hard eviction, forced close) between its grant and this microtask is stale already.
    if (thing.ended > 0) return void this.old.push(lease);
    this.must(!thing.holder && !thing.detached, `${thing.id} has two holders`);
    thing.holder = lease;
    this.leases.push(lease);
  }

  private withLease(which: number, act: (lease: Lease<Thing>) => void): void {
    const lease = this.leases[which % Math.max(1, this.leases.length)];
    if (lease) act(lease);
  }

  private withThing(which: number, act: (thing: Thing) => void): void {
    const thing = this.things[which % Math.max(1, this.things.length)];
    if (thing) act(thing);
  }

  private giveBack(lease: Lease<Thing>): void {
    this.lost(lease);
    lease.release();
  }

  private detach(lease: Lease<Thing>): void {
    this.lost(lease);
    // Before: detaching makes room, which is used in the same step.
    lease.resource.detached = true;
    lease.detach();
  }

  private evict(thing: Thing, hard: boolean): void {
    if (hard && thing.holder) this.lost(thing.holder);
    this.track(this.pool.evict(thing, { hard }));
  }

  private evictWhere(chosen: (thing: Thing) => boolean, hard: boolean): void {
    for (const lease of this.leases.slice()) if (hard && chosen(lease.resource)) this.lost(lease);
    this.track(this.pool.evict(chosen, { hard }));
  }

  private lost(lease: Lease<Thing>): void {
    const place = this.leases.indexOf(lease);
    if (place < 0) return;
    this.leases.splice(place, 1);
    this.old.push(lease);
    lease.resource.holder = undefined;
  }

  private create(context: CreateContext): Thing | Promise<Thing> {
    this.must(this.pool.size <= this.mostAllowed, `${this.pool.size} places, ${this.mostAllowed} may be`);
    const began = this.clock.now();
    const died = context.died as () => void;
    const make = (): Thing => {
      const { state } = this.pool;
      const givenUp = this.clock.now() - began > CREATE_TIMEOUT + DESTROY_TIMEOUT;
      const thing: Thing = {
        id: this.things.length,
        died,
        holder: undefined,
        ended: 0,
        detached: false,
        late: givenUp || state === 'closing' || state === 'closed',
        gone: false,
      };
      this.things.push(thing);
      this.countExisting();
      return thing;
    };
    return this.verbs.call('create', this.plan.create, { result: make, died, context });
  }

  private countExisting(): void {
    const existing = this.things.filter(({ gone, detached, late }) => !gone && !detached && !late).length;
    this.must(existing <= this.mostAllowed, `${existing} exist, ${this.mostAllowed} may`);
  }

  private destroy(thing: Thing): unknown {
    this.must(thing.ended === 0, `${thing.id} is destroyed twice`);
    this.must(!thing.detached, `${thing.id} is destroyed although it was detached`);
    thing.ended++;
    if (thing.holder) this.lost(thing.holder);
    const gone = (): void => void (thing.gone = true);
    this.clock.schedule(DESTROY_TIMEOUT, gone);
    try {
      const ending = this.verbs.call('destroy', this.plan.destroy, { result: gone, died: gone });
      if (ending instanceof Promise) ending.catch(gone);
      return ending;
    } catch (error) {
      gone();
      throw error;
    }
  }

  private validate(thing: Thing, context: VerbContext): boolean | Promise<boolean> {
    this.must(!thing.holder && thing.ended === 0, `${thing.id} is validated while lent or destroyed`);
    return this.verbs.call('validate', this.plan.validate, {
      result: () => true,
      died: thing.died,
      context,
      no: false,
    });
  }

  private reset(thing: Thing, context: VerbContext): boolean | Promise<boolean> {
    this.must(!thing.holder && thing.ended === 0, `${thing.id} is reset while lent or destroyed`);
    return this.verbs.call('reset', this.plan.reset, { result: () => true, died: thing.died, context });
  }

  private lookAround(): void {
    this.countExisting();
    const holders = this.things.filter((thing) => thing.holder).length;
    this.violations.push(...miscounts(this.pool, holders));
  }
}
