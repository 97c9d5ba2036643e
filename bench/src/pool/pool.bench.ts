import { floor } from './floor.js';
import { burst, type BurstResult } from './bursts.js';
import { BASELINE, departures, type Departure } from './departures.js';
import { slope, weigh } from './memory.js';
import { ours } from './ours.js';
import { peers } from './peers.js';
import { keep, machine, print, table, type Verdict } from './report.js';
import type { Result } from './rounds.js';
import { idleCycle, tryCycle, workers } from './throughput.js';

const ALL = [ours, ...peers];
const SHORT_ROUNDS = 101;
const ROUNDS = 15;

/** Everything the pool is judged by, beside its peers, in one run. */
export async function run(): Promise<void> {
  process.stdout.write(
    `\n${machine()}; acquire timeouts on, median of ${SHORT_ROUNDS} short, ${ROUNDS} long or 7 burst rounds, interleaved\n`,
  );
  const verdicts: Verdict[] = [];

  const [least, ...idle] = (await idleCycle([floor, ...ALL], SHORT_ROUNDS)) as [Result, ...Result[]];
  showTimes('Idle acquire + release, awaited (ns)', idle);
  showFloor(least);
  verdicts.push(faster('idle acquire + release', idle, 5));

  const tried = await tryCycle(SHORT_ROUNDS);
  showTimes('tryAcquire + release (ns); the peers have only the awaited path', [tried, ...idle.slice(1)]);
  verdicts.push(faster('tryAcquire + release', [tried, ...idle.slice(1)], 15));

  const [leastFew, ...few] = (await workers([floor, ...ALL], 64, SHORT_ROUNDS)) as [Result, ...Result[]];
  showTimes('64 workers on 10 resources (ns)', few);
  showFloor(leastFew);
  verdicts.push(faster('64 workers', few, 2.5));

  const [leastMany, ...many] = (await workers([floor, ...ALL], 4_096, ROUNDS)) as [Result, ...Result[]];
  showTimes('4,096 workers on 10 resources (ns)', many);
  showFloor(leastMany);
  verdicts.push(faster('4,096 workers', many, 2.5));

  const crowd = await workers([ours], 100_000, 7);
  verdicts.push(growth(many[0] as Result, crowd[0] as Result));

  const spikePlan = { size: { warm: 5, max: 50, createTime: 150 }, callers: 50, hold: 2 };
  const spike = await burst(ALL, spikePlan, 7);
  showBursts('Spike: 5 warm, max 50, create 150 ms, 50 callers, each 2 ms (last one served, ms)', spike);
  verdicts.push(...spikeVerdicts(spike));

  const coldPlan = { size: { max: 50, createTime: 150 }, callers: 50, hold: 1_000 };
  const cold = await burst(ALL, coldPlan, 7);
  showBursts('Cold burst: 0 warm, max 50, create 150 ms, 50 callers, each 1 s (last one served, ms)', cold);
  verdicts.push(slower('cold burst', cold, 1.3));

  const left = await departures([10_000, 100_000]);
  showDepartures(left);
  verdicts.push(...departureVerdicts(left));

  const weights = await weigh(ALL);
  const bytes = weights.map(({ name, perIdle, perWaiter }) => [name, perIdle.toFixed(0), perWaiter.toFixed(0)]);
  print('Memory (bytes)', table(['', 'per idle resource', 'per waiter'], bytes));

  const heap = await slope(10);
  const grown = (heap.at(-1) as number) / 1_000;
  print(
    'Heap after each million of cycles (KB above the second)',
    heap.map((each) => (each / 1_000).toFixed(0)).join(', '),
  );
  verdicts.push({
    case: 'heap over the last 8 of 10 million cycles',
    ours: `${grown.toFixed(0)} KB`,
    fastestPeer: '',
    figure: grown,
    target: '≤ 100 KB',
    reached: grown <= 100,
  });

  showVerdicts(verdicts);
  keep('pool', {
    floors: [least, leastFew, leastMany],
    idle,
    tried,
    few,
    many,
    crowd,
    spike,
    cold,
    left,
    weights,
    heap,
    verdicts,
  });
}

function showTimes(title: string, results: readonly Result[]): void {
  const fastest = Math.min(...results.slice(1).map(({ median }) => median));
  const rows = results.map(({ name, median, best }) => [
    name,
    median.toFixed(0),
    best.toFixed(0),
    (fastest / median).toFixed(2),
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

function showDepartures(left: readonly Departure[]): void {
  const rows = left.map(({ name, waiters, each, settled, left: bytes }) => {
    return [name, String(waiters), each.toFixed(0), String(settled), (bytes / 1_000).toFixed(0)];
  });
  print('A queue that goes away', table(['', 'waiters', 'ns each', 'settled', 'KB left'], rows));
}

function showVerdicts(verdicts: readonly Verdict[]): void {
  const rows = verdicts.map((each) => [
    each.case,
    each.ours,
    each.fastestPeer,
    each.figure.toFixed(2),
    each.target,
    each.reached ? 'yes' : 'NO',
  ]);
  print('Targets', table(['case', 'ours', 'fastest peer', 'figure', 'to reach', 'reached'], rows));
}

function fastestOf(peerResults: readonly Result[]): Result {
  return peerResults.reduce((best, each) => (each.median < best.median ? each : best));
}

function faster(name: string, results: readonly Result[], times: number): Verdict {
  const [own, ...others] = results as [Result, ...Result[]];
  const peer = fastestOf(others);
  const figure = peer.median / own.median;
  return verdict(name, own, peer, figure, `≥ ${times} times`, figure >= times);
}

function slower(name: string, results: readonly Result[], times: number): Verdict {
  const [own, ...others] = results as [Result, ...Result[]];
  const peer = fastestOf(others);
  const figure = own.median / peer.median;
  return verdict(name, own, peer, figure, `≤ ${times} times`, figure <= times, 'ms');
}

function verdict(
  name: string,
  own: Result,
  peer: Result,
  figure: number,
  target: string,
  reached: boolean,
  unit = 'ns',
): Verdict {
  return {
    case: name,
    ours: `${own.median.toFixed(0)} ${unit}`,
    fastestPeer: `${peer.median.toFixed(0)} ${unit} (${peer.name})`,
    figure,
    target,
    reached,
  };
}

function growth(few: Result, many: Result): Verdict {
  const figure = many.median / few.median;
  return {
    case: 'growth, 100,000 waiters over 4,096',
    ours: `${many.median.toFixed(0)} ns`,
    fastestPeer: '',
    figure,
    target: '≤ 2.5 times',
    reached: figure <= 2.5,
  };
}

function spikeVerdicts(spike: readonly BurstResult[]): Verdict[] {
  const [own, ...others] = spike as [BurstResult, ...BurstResult[]];
  const fewest = Math.min(...others.map(({ created }) => created));
  return [
    slower('spike, last one served', spike, 1),
    {
      case: 'spike, surplus creations',
      ours: String(own.created),
      fastestPeer: String(fewest),
      figure: own.created,
      target: '≤ 2',
      reached: own.created <= 2,
    },
  ];
}

function departureVerdicts(left: readonly Departure[]): Verdict[] {
  return left
    .filter(({ name, waiters }) => waiters === 100_000 && name !== BASELINE)
    .map(({ name, each, settled, waiters, left: bytes }) => {
      const before = left.find((other) => other.name === name && other.waiters === 10_000);
      const figure = each / (before?.each ?? NaN);
      const runtime = name.endsWith('each')
        ? (left.find((other) => other.name === BASELINE && other.waiters === waiters)?.left ?? 0)
        : 0;
      const reached = settled === waiters && bytes - runtime <= 2_000_000 && figure <= 2;
      return {
        case: `100,000 ${name}`,
        ours: `${each.toFixed(0)} ns each`,
        fastestPeer: '',
        figure,
        target: 'linear, none lost, ≤ 2 MB left',
        reached,
      };
    });
}
