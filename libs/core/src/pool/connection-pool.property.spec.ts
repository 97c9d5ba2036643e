import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';

import { ManualClock } from '../clock/manual-clock.js';
import type { CloseReport } from '../resource/close-report.js';
import { ConnectionPool } from './connection-pool.js';
import type { PoolCore } from './pool-core.js';
import type { Lease } from './lease.js';
import type { CreateContext, PoolOptions, VerbContext } from './pool-options.js';
import { SlotState } from './slot.js';

/** How a verb of the user behaves this time. */
type Behaviour = 'now' | 'soon' | 'slow' | 'throws' | 'rejects' | 'hangs' | 'late' | 'obeys' | 'no';

type Step =
  | { do: 'acquire'; timeout: number }
  | { do: 'tryAcquire' | 'start' | 'suspend' | 'resume' | 'drain' | 'close' | 'evictAll' | 'freeze' }
  | { do: 'release' | 'releaseAgain' | 'destroy' | 'detach' | 'abort' | 'die' | 'evict' | 'evictHard'; which: number }
  | { do: 'advance' | 'block'; by: number }
  | { do: 'resize'; minSize: number; maxSize: number };

interface Plan {
  readonly maxSize: number;
  readonly minSize: number;
  readonly options: Partial<PoolOptions<Thing>>;
  readonly create: Behaviour[];
  readonly destroy: Behaviour[];
  readonly validate: Behaviour[] | undefined;
  readonly reset: Behaviour[] | undefined;
  readonly badListener: boolean;
  readonly steps: Step[];
}

interface Thing {
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

/**
 * A long run: `PROPERTY_RUNS=200000 npm test -- connection-pool.property`. A failure prints its seed and path; with both in
 * `PROPERTY_SEED` and `PROPERTY_PATH` it is played again.
 */
const RUNS = Number(process.env['PROPERTY_RUNS'] ?? (process.env['CI'] ? 2_000 : 300));
const { PROPERTY_SEED: SEED, PROPERTY_PATH: PATH } = process.env;

const CREATE_TIMEOUT = 100;
const DESTROY_TIMEOUT = 40;

/** Plays a plan against a pool and looks, after each step, whether everything that must always hold does. */
class World {
  readonly clock = new ManualClock();
  readonly pool: ConnectionPool<Thing>;
  readonly things: Thing[] = [];
  readonly leases: Lease<Thing>[] = [];
  readonly old: Lease<Thing>[] = [];
  readonly aborts: AbortController[] = [];
  unsettled = 0;
  granted = 0;
  private mostAllowed: number;
  /** What was seen inside a verb, where a failed expectation would be taken for a failure of the verb. */
  private readonly violations: string[] = [];
  private nextId = 0;
  private readonly turns = { create: 0, destroy: 0, validate: 0, reset: 0 };

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
      ...(reset && {
        reset: (_thing, context) => this.behave('reset', reset, () => true, context) as Promise<boolean>,
      }),
    });
    this.pool.observe(
      () => {
        if (plan.badListener) throw new Error('a listener that throws');
      },
      { leases: true },
    );
  }

  async play(): Promise<void> {
    for (const step of this.plan.steps) {
      this.perform(step);
      await this.clock.advance(step.do === 'advance' ? step.by : 0);
      this.lookAround();
    }
    await this.end();
  }

  private async end(): Promise<void> {
    let report: CloseReport | undefined;
    const closed = this.pool.close({ timeout: 50 });
    expect(this.pool.close()).toBe(closed);
    void closed.then((result) => (report = result));
    // Whatever is slow, late or hanging has had its time by then.
    for (let round = 0; round < 6; round++) await this.clock.advance(1_000);
    expect(this.pool.getMetrics()).toMatchObject({ state: 'closed', size: 0, waiting: 0 });
    expect(this.clock.held).toBe(false);
    expect(this.unsettled).toBe(0);
    expect(this.violations).toEqual([]);
    const left = this.things.filter((thing) => thing.ended !== (thing.detached ? 0 : 1));
    expect(left).toEqual([]);
    expect(report).toBeDefined();
    const { created, destroyed, detached, acquired } = this.pool.getMetrics();
    expect(created).toBe(destroyed + detached);
    expect(acquired).toBe(this.granted);
    expect(this.clock.pending).toBe(0);
  }

  private perform(step: Step): void {
    const { pool } = this;
    switch (step.do) {
      case 'acquire':
        return this.acquire(step.timeout);
      case 'tryAcquire': {
        const lease = pool.tryAcquire({ label: 'tried' });
        if (lease) this.took(lease);
        return;
      }
      case 'release':
        return this.withLease(step.which, (lease) => {
          lease.resource.holder = undefined;
          lease.release();
        });
      case 'releaseAgain':
        return this.old[step.which % Math.max(1, this.old.length)]?.release();
      case 'destroy':
        return this.withLease(step.which, (lease) => {
          lease.resource.holder = undefined;
          lease.destroy('test');
        });
      case 'detach':
        return this.withLease(step.which, (lease) => {
          lease.resource.holder = undefined;
          // Before: detaching makes room, which is used in the same step.
          lease.resource.detached = true;
          lease.detach();
        });
      case 'abort':
        return this.aborts[step.which % Math.max(1, this.aborts.length)]?.abort(new Error('aborted by test'));
      case 'die':
        return this.things[step.which % Math.max(1, this.things.length)]?.died();
      case 'evict':
      case 'evictHard': {
        const thing = this.things[step.which % Math.max(1, this.things.length)];
        const hard = step.do === 'evictHard';
        if (!thing) return;
        if (hard && thing.holder) this.lost(thing.holder);
        return this.track(pool.evict(thing, { hard }));
      }
      case 'evictAll':
        return this.track(pool.evict());
      case 'start':
        return this.track(pool.start());
      case 'drain':
        return this.track(pool.drain({ timeout: 100 }));
      case 'suspend':
        return pool.suspend();
      case 'resume':
        return pool.resume();
      case 'freeze':
        return this.clock.freeze(5_000, { wallOnly: true });
      case 'close':
        return this.track(pool.close({ timeout: 50 }));
      case 'resize':
        this.mostAllowed = Math.max(this.mostAllowed, step.maxSize);
        return pool.resize({ minSize: Math.min(step.minSize, step.maxSize), maxSize: step.maxSize });
      case 'block':
        return this.clock.advanceSync(step.by);
      case 'advance':
        return;
    }
  }

  private acquire(timeout: number): void {
    const abort = new AbortController();
    this.aborts.push(abort);
    this.track(this.pool.acquire({ timeout, signal: abort.signal, label: 'asked' }).then((lease) => this.took(lease)));
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
    if (thing.holder || thing.detached) this.violations.push(`${thing.id} has two holders`);
    thing.holder = lease;
    this.leases.push(lease);
  }

  private withLease(which: number, use: (lease: Lease<Thing>) => void): void {
    const lease = this.leases[which % Math.max(1, this.leases.length)];
    if (!lease) return;
    this.lost(lease);
    use(lease);
  }

  private lost(lease: Lease<Thing>): void {
    this.leases.splice(this.leases.indexOf(lease), 1);
    this.old.push(lease);
    lease.resource.holder = undefined;
  }

  private create(context: CreateContext): Thing | Promise<Thing> {
    if (this.pool.size > this.mostAllowed) this.violations.push(`size ${this.pool.size}`);
    const began = this.clock.now();
    const make = (): Thing => {
      const { state } = this.pool;
      const givenUp = this.clock.now() - began > CREATE_TIMEOUT + DESTROY_TIMEOUT;
      const thing: Thing = {
        id: this.nextId++,
        died: context.died as () => void,
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
    return this.behave('create', this.plan.create, make, context);
  }

  /** Counted here and not asked of the pool: no more exist than it was ever allowed. */
  private countExisting(): void {
    const existing = this.things.filter(({ gone, detached, late }) => !gone && !detached && !late).length;
    if (existing > this.mostAllowed) this.violations.push(`${existing} exist, ${this.mostAllowed} may`);
  }

  private destroy(thing: Thing): unknown {
    if (thing.ended > 0) this.violations.push(`${thing.id} is destroyed twice`);
    thing.ended++;
    if (thing.holder) this.lost(thing.holder);
    const gone = (): void => void (thing.gone = true);
    this.clock.schedule(DESTROY_TIMEOUT, gone);
    try {
      const ending = this.behave('destroy', this.plan.destroy, gone);
      if (ending instanceof Promise) ending.catch(gone);
      return ending;
    } catch (error) {
      gone();
      throw error;
    }
  }

  private validate(thing: Thing, context: VerbContext): boolean | Promise<boolean> {
    if (thing.holder || thing.ended > 0) this.violations.push(`${thing.id} is validated while lent or destroyed`);
    return this.behave('validate', this.plan.validate as Behaviour[], () => true, context, false);
  }

  private behave<R>(
    verb: keyof World['turns'],
    behaviours: Behaviour[],
    result: () => R,
    context?: VerbContext,
    no?: R,
  ): R | Promise<R> {
    const behaviour = behaviours[this.turns[verb]++ % behaviours.length] as Behaviour;
    const after = (delay: number): Promise<R> =>
      new Promise((resolve) => this.clock.schedule(delay, () => resolve(result())));
    switch (behaviour) {
      case 'now':
        return result();
      case 'soon':
        return after(5);
      case 'slow':
        return after(25);
      case 'late':
        return after(300);
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

  private lookAround(): void {
    this.countExisting();
    expect(this.violations).toEqual([]);
    const { core } = this.pool as unknown as { core: PoolCore<Thing> };
    const slots = core.census.each();
    for (const state of Object.values(SlotState)) {
      if (state === SlotState.GONE) continue;
      const recount = slots.filter((slot) => slot.state === state).length;
      expect(core.census.count(state)).toBe(recount);
    }
    expect(core.idle.length).toBe(core.census.count(SlotState.IDLE));
    expect(core.census.leaving).toBe(slots.filter((slot) => slot.leaving).length);
    const holders = this.things.filter((thing) => thing.holder);
    expect(holders.length).toBeLessThanOrEqual(core.census.count(SlotState.LEASED));
    // Idle ones may wait for an answer beside waiters, but only if enough others are being asked already.
    const unserved = core.line.length - core.census.count(SlotState.VALIDATING);
    if (core.lending && unserved > 0) expect(core.idle.length).toBe(0);
  }
}

const behaviour = (...more: Behaviour[]): fc.Arbitrary<Behaviour> =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom<Behaviour>('now', 'soon', 'slow') },
    fc.constantFrom<Behaviour>(...more),
  );
const behaviours = (...more: Behaviour[]): fc.Arbitrary<Behaviour[]> =>
  fc.array(behaviour(...more), { minLength: 1, maxLength: 6 });
const which = fc.nat(7);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('acquire' as const), timeout: fc.constantFrom(0, 20, 60, 400) }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom('release' as const, 'release' as const, 'releaseAgain' as const),
      which,
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('advance' as const, 'advance' as const, 'block' as const),
      by: fc.constantFrom(1, 5, 30, 120, 700),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom(...(['destroy', 'detach', 'abort', 'abort', 'die', 'evict', 'evictHard'] as const)),
      which,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom(
        ...([
          'tryAcquire',
          'tryAcquire',
          'start',
          'suspend',
          'resume',
          'resume',
          'drain',
          'evictAll',
          'freeze',
        ] as const),
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('resize' as const),
      minSize: fc.nat(3),
      maxSize: fc.integer({ min: 1, max: 5 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('close' as const) }) },
);

const options: fc.Arbitrary<Partial<PoolOptions<Thing>>> = fc.record({
  idleTimeout: fc.constantFrom(50, 600_000),
  maxLifetime: fc.constantFrom(200, 1_800_000),
  queue: fc.record({ limit: fc.constantFrom(2, 10_000) }),
  creation: fc.record({
    concurrency: fc.constantFrom(1, 3),
    onStart: fc.constantFrom('fail' as const, 'tolerate' as const),
    whileOpen: fc.constantFrom('wait' as const, 'fail' as const),
    isFatal: fc.constantFrom(
      () => false,
      (error: unknown) => (error as Error).message === 'create threw',
    ),
  }),
  validation: fc.record({
    ifIdleFor: fc.constantFrom(0, 500),
    every: fc.constantFrom(40, 30_000),
    onReturn: fc.boolean(),
    suspectOthers: fc.boolean(),
  }),
  retirement: fc.record({
    maxUses: fc.constantFrom(2, Infinity),
    order: fc.constantFrom('lifo' as const, 'fifo' as const),
    replaceFirst: fc.boolean(),
  }),
  leaks: fc.record({ after: fc.constantFrom(30, Infinity), nested: fc.boolean() }),
});

const plan: fc.Arbitrary<Plan> = fc
  .record({
    maxSize: fc.integer({ min: 1, max: 4 }),
    minSize: fc.nat(3),
    options,
    create: behaviours('throws', 'rejects', 'hangs', 'late', 'obeys'),
    destroy: behaviours('throws', 'rejects', 'hangs', 'late'),
    validate: fc.option(behaviours('throws', 'rejects', 'hangs', 'no'), { nil: undefined }),
    reset: fc.option(behaviours('throws', 'rejects', 'hangs'), { nil: undefined }),
    badListener: fc.boolean(),
    steps: fc.array(step, { maxLength: 40 }),
  })
  .map((drawn) => ({ ...drawn, minSize: Math.min(drawn.minSize, drawn.maxSize) }));

describe('whatever happens to a pool', () => {
  it('no resource has two holders, no more than maxSize exist, every promise settles, all is destroyed', async () => {
    jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    await fc.assert(
      fc.asyncProperty(plan, (drawn) => new World(drawn).play()),
      { numRuns: RUNS, ...(SEED && { seed: Number(SEED) }), ...(PATH && { path: PATH, endOnFailure: true }) },
    );
  }, 3_600_000);
});
