import { burst, type BurstResult } from './bursts.js';
import { departures } from './departures.js';
import { floor } from './floor.js';
import { slope, weigh } from './memory.js';
import { ours } from './ours.js';
import { peers } from './peers.js';
import { print, table, type Verdict } from './report.js';
import type { Result } from './rounds.js';
import { idleCycle, tryCycle, workers } from './throughput.js';
import { departureVerdicts, faster, growth, slopeVerdict, slower, surplusVerdict } from './verdicts.js';

/** What a case has found, for the table of targets and for the file that is kept. */
export interface Finding {
  readonly verdicts: readonly Verdict[];
  readonly figures: object;
}

const ALL = [ours, ...peers];
export const SHORT_ROUNDS = 101;
export const LONG_ROUNDS = 15;
export const BURST_ROUNDS = 7;
/** The spike is over in 20 ms, of which late timers may be two: more rounds than the other bursts. */
export const SPIKE_ROUNDS = 15;

/** The cases by the names with which one of them can be run alone. */
export const CASES: Readonly<Record<string, () => Promise<Finding>>> = {
  async idle() {
    const [least, ...idle] = (await idleCycle([floor, ...ALL], SHORT_ROUNDS)) as [Result, ...Result[]];
    showTimes('Idle acquire + release, awaited (ns)', idle);
    showFloor(least);
    const tried = await tryCycle(SHORT_ROUNDS);
    const beside = [tried, ...idle.slice(1)];
    showTimes('tryAcquire + release (ns); the peers have only the awaited path', beside);
    const verdicts = [faster('idle acquire + release', idle, 5), faster('tryAcquire + release', beside, 15)];
    return { verdicts, figures: { least, idle, tried } };
  },

  async few() {
    const [least, ...few] = (await workers([floor, ...ALL], { count: 64, times: 312 }, SHORT_ROUNDS)) as [
      Result,
      ...Result[],
    ];
    showTimes('64 workers on 10 resources (ns)', few);
    showFloor(least);
    return { verdicts: [faster('64 workers', few, 2.5)], figures: { least, few } };
  },

  async many() {
    const [least, ...many] = (await workers([floor, ...ALL], { count: 4_096, times: 25 }, LONG_ROUNDS)) as [
      Result,
      ...Result[],
    ];
    showTimes('4,096 workers on 10 resources (ns)', many);
    showFloor(least);
    return { verdicts: [faster('4,096 workers', many, 2.5)], figures: { least, many } };
  },

  async growth() {
    const [leastMany, many] = (await workers([floor, ours], { count: 4_096, times: 5 }, LONG_ROUNDS)) as [
      Result,
      Result,
    ];
    const [leastCrowd, crowd] = (await workers([floor, ours], { count: 100_000, times: 5 }, BURST_ROUNDS)) as [
      Result,
      Result,
    ];
    showTimes('4,096 workers, alone (ns)', [many]);
    showFloor(leastMany);
    showTimes('100,000 workers (ns)', [crowd]);
    showFloor(leastCrowd);
    return { verdicts: [growth(many, crowd)], figures: { leastMany, leastCrowd, many, crowd } };
  },

  async spike() {
    const plan = { size: { warm: 5, max: 50, createTime: 150 }, callers: 50, hold: 2 };
    const spike = await burst(ALL, plan, SPIKE_ROUNDS);
    showBursts('Spike: 5 warm, max 50, create 150 ms, 50 callers, each 2 ms (last one served, ms)', spike);
    return { verdicts: [slower('spike, last one served', spike, 1), surplusVerdict(spike)], figures: { spike } };
  },

  async cold() {
    const plan = { size: { max: 50, createTime: 150 }, callers: 50, hold: 1_000 };
    const cold = await burst(ALL, plan, BURST_ROUNDS);
    showBursts('Cold burst: 0 warm, max 50, create 150 ms, 50 callers, each 1 s (last one served, ms)', cold);
    return { verdicts: [slower('cold burst', cold, 1.3)], figures: { cold } };
  },

  async departures() {
    const left = await departures([10_000, 100_000]);
    const rows = left.map(({ name, waiters, each, settled, left: bytes }) => {
      return [name, String(waiters), each.toFixed(0), String(settled), (bytes / 1_000).toFixed(0)];
    });
    print('A queue that goes away', table(['', 'waiters', 'ns each', 'settled', 'KB left'], rows));
    return { verdicts: departureVerdicts(left), figures: { left } };
  },

  async memory() {
    const weights = await weigh([floor, ...ALL]);
    const rows = weights.map(({ name, perIdle, perWaiter }) => [name, perIdle.toFixed(0), perWaiter.toFixed(0)]);
    print('Memory (bytes)', table(['', 'per idle resource', 'per waiter'], rows));
    return { verdicts: [], figures: { weights } };
  },

  async slope() {
    const heap = await slope(10);
    const text = heap.map((each) => (each / 1_000).toFixed(0)).join(', ');
    print('Heap after each million of cycles (KB above the second)', text);
    return { verdicts: [slopeVerdict(heap)], figures: { heap } };
  },
};

function showTimes(title: string, results: readonly Result[]): void {
  const fastest = Math.min(...results.slice(1).map(({ median }) => median));
  const rows = results.map(({ name, median, best }) => [
    name,
    median.toFixed(0),
    best.toFixed(0),
    results.length > 1 ? (fastest / median).toFixed(2) : '',
  ]);
  print(title, table(['', 'median', 'best', 'times as fast as the fastest peer'], rows));
}

/** What no pool in this language can go below: a stack, an object, a promise. */
function showFloor({ name, median, best }: Result): void {
  process.stdout.write(`\n${name}: median ${median.toFixed(0)}, best ${best.toFixed(0)}\n`);
}

function showBursts(title: string, results: readonly BurstResult[]): void {
  const rows = results.map(({ name, median, best, created }) => [
    name,
    median.toFixed(1),
    best.toFixed(1),
    String(created),
  ]);
  print(title, table(['', 'median', 'best', 'created'], rows));
}
