import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { ManualClock } from '../clock/manual-clock.js';
import type { Resource } from '../resource/resource.js';
import { ResourceRegistry } from './resource-registry.js';

const START_TIMEOUT = 50;
const CLOSE_TIMEOUT = 40;

type StartBehaviour = 'none' | 'at once' | 'throws' | 'succeeds' | 'fails' | 'hangs' | 'heeds the signal' | 'late';
type CloseBehaviour = 'none' | 'at once' | 'throws' | 'succeeds' | 'fails' | 'hangs';

interface NodePlan {
  readonly start: StartBehaviour;
  readonly close: CloseBehaviour;
  readonly took: number;
  readonly critical: boolean;
  readonly lazy: boolean;
  /** Of the nodes made before this one, which are its dependencies and which only come before it. */
  readonly dependsOn: readonly number[];
  readonly after: readonly number[];
}

type Act = 'demand' | 'unregister' | 'register' | 'quiesce' | 'abort' | 'close' | 'start again';

interface Step {
  readonly at: number;
  readonly act: Act;
  readonly node: number;
}

const behaviour = {
  start: fc.constantFrom<StartBehaviour>(
    ...(['none', 'at once', 'at once', 'throws', 'succeeds', 'succeeds', 'succeeds', 'fails', 'hangs'] as const),
    ...(['heeds the signal', 'late'] as const),
  ),
  close: fc.constantFrom<CloseBehaviour>(
    'none',
    'at once',
    'at once',
    'throws',
    'succeeds',
    'succeeds',
    'fails',
    'hangs',
  ),
};

const nodePlan: fc.Arbitrary<NodePlan> = fc.record({
  ...behaviour,
  took: fc.integer({ min: 1, max: START_TIMEOUT - 1 }),
  critical: fc.boolean(),
  lazy: fc.boolean(),
  dependsOn: fc.array(fc.nat(20), { maxLength: 3 }),
  after: fc.array(fc.nat(20), { maxLength: 2 }),
});

const step: fc.Arbitrary<Step> = fc.record({
  at: fc.integer({ min: 0, max: 300 }),
  act: fc.constantFrom<Act>(
    'demand',
    'demand',
    'unregister',
    'unregister',
    'register',
    'quiesce',
    'abort',
    'close',
    'start again',
  ),
  node: fc.nat(20),
});

/** Starts that do not succeed in time. */
const FAILING: ReadonlySet<StartBehaviour> = new Set(['throws', 'fails', 'hangs', 'heeds the signal', 'late']);

/** What a resource can see of the others. */
interface Surroundings {
  readonly dependencies: () => readonly Recorded[];
  readonly comesAfter: () => readonly Recorded[];
  readonly dependants: () => readonly Recorded[];
  /** Until then the registry has time to wait for each. */
  readonly patience: () => number;
}

/** A resource that does as planned and notices everything that must not be done to it. */
class Recorded implements Resource {
  readonly violations: string[] = [];
  isOpen = false;
  closeBegan = false;
  private pendingStarts = 0;
  private startCalls = 0;
  private startBegan = 0;
  private startSignal: AbortSignal | undefined = undefined;
  private mayBeClosed = true;
  private isClosing = false;
  private closeBeganAt = 0;
  declare start?: NonNullable<Resource['start']>;
  declare close?: NonNullable<Resource['close']>;

  constructor(
    readonly name: string,
    private readonly plan: NodePlan,
    private readonly clock: ManualClock,
    private readonly others: Surroundings,
  ) {
    if (plan.start !== 'none') this.start = ({ signal }) => this.doStart(signal);
    if (plan.close !== 'none') this.close = () => this.doClose();
  }

  private doStart(signal: AbortSignal): void | Promise<void> {
    const { start, took } = this.plan;
    this.mustHold(!this.isAwaited, 'started while it was starting');
    this.mustHold(!this.mustBeClosed, 'started while it was open');
    for (const before of this.others.dependencies())
      this.mustHold(before.serves, `started before '${before.name}' ran`);
    for (const before of this.others.comesAfter())
      this.mustHold(!before.isStartingInTime, `started while '${before.name}' was starting`);
    this.startCalls++;
    this.startBegan = this.clock.now();
    this.startSignal = signal;
    this.mayBeClosed = true;
    this.isOpen = this.closeBegan = false;
    if (start === 'throws') throw new Error(`${this.name} throws`);
    if (start === 'at once') return this.open();
    this.pendingStarts++;
    return this.settleStart(signal, start, took).finally(() => void this.pendingStarts--);
  }

  private async settleStart(signal: AbortSignal, start: StartBehaviour, took: number): Promise<void> {
    if (start === 'hangs') await new Promise(() => undefined);
    if (start === 'heeds the signal') await untilAborted(signal);
    await delay(this.clock, start === 'late' ? START_TIMEOUT * 2 + took : took);
    if (start === 'fails') throw new Error(`${this.name} fails`);
    this.open();
  }

  /** Also by a start that was given up: then once more for the one who has to close it. */
  private open(): void {
    this.isOpen = this.mayBeClosed = true;
    this.closeBegan = false;
  }

  private doClose(): void | Promise<void> {
    const { close, took } = this.plan;
    this.mustHold(!this.isAwaited, 'closed while it was starting');
    const mayStillOpen = this.pendingStarts > 0 && this.startCalls === 1 && this.plan.start !== 'heeds the signal';
    this.mustHold(!mayStillOpen, 'closed before the start that was given up had ended');
    this.mustHold(this.mayBeClosed, 'closed twice');
    this.mayBeClosed = false;
    for (const behind of this.others.dependants())
      this.mustHold(!behind.mustBeClosed && !behind.isClosingInTime, `closed before '${behind.name}'`);
    this.closeBegan = true;
    this.closeBeganAt = this.clock.now();
    if (close === 'throws') {
      this.isOpen = false;
      throw new Error(`${this.name} does not close`);
    }
    if (close === 'at once') return void (this.isOpen = false);
    // What never started does not need what it depends on; one that started too late has used up the time to close.
    this.isClosing = this.isOpen && this.startSignal?.aborted !== true;
    return this.settleClose(close, took).finally(() => void (this.isClosing = false));
  }

  private async settleClose(close: CloseBehaviour, took: number): Promise<void> {
    if (close === 'hangs') await new Promise(() => undefined);
    await delay(this.clock, Math.min(took, CLOSE_TIMEOUT - 1));
    this.isOpen = false;
    if (close === 'fails') throw new Error(`${this.name} does not close`);
  }

  /** Whether what depends on it may start: what has no `start` always serves. */
  get serves(): boolean {
    return (this.isOpen || this.plan.start === 'none') && !this.closeBegan;
  }

  /** Open, and nobody has tried to close it yet. */
  get mustBeClosed(): boolean {
    return this.isOpen && this.plan.close !== 'none' && !this.closeBegan;
  }

  /** Its first start: once that has failed, what only comes after it does not wait for the next. */
  get isStartingInTime(): boolean {
    const isGivenUp = this.startSignal?.aborted === true || this.startCalls > 1;
    return this.pendingStarts > 0 && !isGivenUp && this.clock.now() < this.startBegan + START_TIMEOUT;
  }

  /** A start of it is under way that has not been given up. */
  private get isAwaited(): boolean {
    const isGivenUp = this.startSignal?.aborted === true || this.clock.now() >= this.startBegan + START_TIMEOUT;
    return this.pendingStarts > 0 && !isGivenUp;
  }

  get isClosingInTime(): boolean {
    const now = this.clock.now();
    return this.isClosing && now < this.closeBeganAt + CLOSE_TIMEOUT && now < this.others.patience();
  }

  private mustHold(holds: boolean, sentence: string): void {
    if (!holds) this.violations.push(`${this.name} was ${sentence}`);
  }
}

class Run {
  readonly clock = new ManualClock();
  readonly registry = new ResourceRegistry({
    clock: this.clock,
    startTimeout: START_TIMEOUT,
    closeTimeout: CLOSE_TIMEOUT,
    retry: { initial: 10, max: 40 },
    random: () => 0.5,
  });
  readonly all: Recorded[] = [];
  readonly promises: Promise<unknown>[] = [];
  readonly violations: string[] = [];
  private readonly living = new Map<number, Recorded>();
  private readonly needs = new Map<number, readonly number[]>();
  private readonly controller = new AbortController();
  private settled = 0;
  private isStarted = false;
  private patience = Infinity;
  private hasUnregistered = false;

  /** Registers all but two before anything starts, in their order or backwards: dependants before their dependencies. */
  constructor(
    private readonly plans: readonly NodePlan[],
    backwards: boolean,
  ) {
    const initial = Array.from({ length: plans.length - 2 }, (_, index) => index);
    for (const index of backwards ? initial.toReversed() : initial)
      this.register(index, (number) => initial.includes(number));
  }

  track(promise: Promise<unknown>): void {
    const settled = (): void => void this.settled++;
    this.promises.push(promise.catch(() => undefined).then(settled));
  }

  get unsettled(): number {
    return this.promises.length - this.settled;
  }

  start(): void {
    const started = this.registry.start({ signal: this.controller.signal });
    // A later call joins the first, and what was registered meanwhile does not count.
    this.track(this.isStarted ? started : started.then(() => this.checkThatItStarted(), this.checkThatSomethingFailed));
    this.isStarted = true;
  }

  private checkThatItStarted(): void {
    for (const { name, critical, lazy, state } of this.registry.list())
      if (critical && !lazy && /registered|failed|skipped/.test(state)) this.violations.push(`${name} is ${state}`);
  }

  private readonly checkThatSomethingFailed = (error: unknown): void => {
    const { code, failed = [] } = error as { readonly code?: string; readonly failed?: readonly string[] };
    const couldFail = failed.some((name) => FAILING.has(this.plans[Number(name.slice(1))]?.start ?? 'none'));
    // What was unregistered while others waited for it makes them fail too.
    if (code === 'RESOURCE_START_FAILED' && !couldFail && !this.hasUnregistered) this.violations.push(String(error));
  };

  perform({ act, node }: Step): void {
    const index = node % this.plans.length;
    const name = `n${index}`;
    if (act === 'demand') this.track(this.registry.started(name));
    if (act === 'unregister') this.unregister(index);
    if (act === 'register' && !this.living.has(index)) this.tryRegister(index);
    if (act === 'quiesce') this.registry.quiesce();
    if (act === 'abort') this.controller.abort(new Error('enough'));
    if (act === 'close') this.close();
    if (act === 'start again') this.start();
  }

  close(): void {
    this.patience = Math.min(this.patience, this.clock.now() + 400);
    this.track(this.registry.close({ timeout: 500 }));
  }

  private unregister(index: number): void {
    this.hasUnregistered = true;
    const resource = this.living.get(index);
    const unregistered = this.registry.unregister(`n${index}`);
    this.track(unregistered);
    // The name is free again when it has been closed.
    void unregistered.then(
      () => this.living.get(index) === resource && this.living.delete(index),
      () => undefined,
    );
  }

  private tryRegister(index: number): void {
    try {
      this.register(index);
    } catch (error) {
      expect((error as { code?: string }).code).toMatch(/REGISTRY_CLOSED|RESOURCE_EXISTS|OPTIONS_INVALID/);
    }
  }

  private register(index: number, exists = (number: number): boolean => this.living.has(number)): void {
    const plan = this.plans[index];
    if (!plan) return;
    const earlier = (numbers: readonly number[]): number[] => [
      ...new Set(
        numbers.map((number) => number % Math.max(1, index)).filter((number) => number < index && exists(number)),
      ),
    ];
    const needs = earlier(plan.dependsOn);
    const after = earlier(plan.after);
    const resource = new Recorded(`n${index}`, plan, this.clock, {
      dependencies: () => this.livingOf(needs),
      comesAfter: () => this.livingOf(after),
      dependants: () =>
        this.livingOf([...this.needs.keys()].filter((number) => this.needs.get(number)?.includes(index))),
      patience: () => this.patience,
    });
    const names = (numbers: readonly number[]): string[] => numbers.map((number) => `n${number}`);
    const { critical, lazy } = plan;
    // Known before it is registered, which may start it at once.
    this.all.push(resource);
    const known = this.living.get(index);
    const knownNeeds = this.needs.get(index);
    this.living.set(index, resource);
    this.needs.set(index, needs);
    try {
      this.registry.register(`n${index}`, resource, {
        dependsOn: names(needs),
        after: names(after),
        critical,
        lazy,
      });
    } catch (error) {
      if (known) this.living.set(index, known);
      else this.living.delete(index);
      this.needs.set(index, knownNeeds ?? []);
      throw error;
    }
  }

  private livingOf(numbers: readonly number[]): Recorded[] {
    return numbers.flatMap((number) => this.living.get(number) ?? []);
  }
}

function delay(clock: ManualClock, duration: number): Promise<void> {
  return new Promise((resolve) => void clock.schedule(duration, resolve));
}

function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const refuse = (): void => reject(signal.reason as Error);
    if (signal.aborted) refuse();
    else signal.addEventListener('abort', refuse);
  });
}

describe('any graph of resources, whatever fails, hangs or is aborted', () => {
  it('starts nothing too early, stops nothing too early, closes everything once and leaves nothing behind', async () => {
    const plans = fc.array(nodePlan, { minLength: 3, maxLength: 14 });
    const steps = fc.array(step, { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(plans, steps, fc.boolean(), fc.boolean(), async (nodes, script, startsFirst, backwards) => {
        const run = new Run(nodes, backwards);
        if (startsFirst) run.start();
        for (const next of script.toSorted((a, b) => a.at - b.at)) {
          await run.clock.advance(Math.max(0, next.at - run.clock.now()));
          run.perform(next);
        }
        await run.clock.advance(300);
        run.close();
        await run.clock.advance(5_000);

        expect([...run.violations, ...run.all.flatMap(({ violations }) => violations)]).toEqual([]);
        expect(run.all.filter(({ mustBeClosed }) => mustBeClosed).map(({ name }) => name)).toEqual([]);
        expect(run.unsettled).toBe(0);
        expect([run.clock.pending, run.clock.held]).toEqual([0, false]);
      }),
      { numRuns: 500 },
    );
  }, 60_000);
});
