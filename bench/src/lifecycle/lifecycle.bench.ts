import { ResourceRegistry, type Resource } from '@nestjs-resources/core';

import { collectGarbage, GarbageTime } from './gc-time.js';
import { growth, median } from './growth.js';
import { chain, randomGraph, seededRandom, type PlannedResource } from './random-graph.js';

const SIZES = [2_500, 5_000, 10_000, 20_000];
const WARM_UP_SIZE = 7_500;
const LAP_SIZE = 500;
const ROUNDS = 9;
const SEED = 20_240_229;
/** Warm: the best of the last rounds is not better than that of those before them, by more than noise. */
const STEADY = 0.95;
const WARM_UP_STEP = 4;
const MOST_WARM_UPS = 8;

const garbage = new GarbageTime();

type MakeGraph = (size: number) => readonly PlannedResource[];

/** Milliseconds of each step, and of the garbage collector in all of them. */
interface Figures {
  readonly register: number;
  readonly start: number;
  readonly close: number;
  readonly garbage: number;
}

const synchronous = (): Resource => ({ start: () => undefined, close: () => undefined });
const asynchronous = (): Resource => ({ start: () => Promise.resolve(), close: () => Promise.resolve() });

/** One round. What earlier ones have left is not collected at its expense, and what the compiler forgets by that it learns again. */
async function round(graph: readonly PlannedResource[], lap: readonly PlannedResource[]): Promise<Figures> {
  collectGarbage();
  await live(lap);
  await garbage.take();
  return { ...(await live(graph)), garbage: await garbage.take() };
}

/** Registers, starts and closes a whole graph. */
async function live(graph: readonly PlannedResource[]): Promise<Omit<Figures, 'garbage'>> {
  const registry = new ResourceRegistry();
  const began = performance.now();
  for (const { name, resource, dependsOn, after } of graph) registry.register(name, resource, { dependsOn, after });
  const registered = performance.now();
  await registry.start();
  const started = performance.now();
  const { clean } = await registry.close();
  const closed = performance.now();
  if (!clean) throw new Error('Not everything was closed.');
  return { register: registered - began, start: started - registered, close: closed - started };
}

function total({ register, start, close }: Figures): number {
  return register + start + close;
}

/** Repeats one size, which is none of those measured, until it gets no faster. */
async function warmUp(makeGraph: MakeGraph): Promise<void> {
  const [graph, lap] = [makeGraph(WARM_UP_SIZE), makeGraph(LAP_SIZE)];
  let before = Infinity;
  for (let step = 0; step < MOST_WARM_UPS; step++) {
    const times: number[] = [];
    for (let count = 0; count < WARM_UP_STEP; count++) times.push(total(await round(graph, lap)));
    const now = Math.min(...times);
    if (now > before * STEADY) return;
    before = now;
  }
}

/** All sizes in each round, each round beginning with another one: what changes with time changes all of them. */
async function rounds(makeGraph: MakeGraph): Promise<ReadonlyMap<number, readonly Figures[]>> {
  const lap = makeGraph(LAP_SIZE);
  const graphs = SIZES.map((size) => [size, makeGraph(size)] as const);
  const figures = new Map<number, Figures[]>(SIZES.map((size) => [size, []]));
  for (let count = 0; count < ROUNDS; count++) {
    const first = count % graphs.length;
    for (const [size, graph] of [...graphs.slice(first), ...graphs.slice(0, first)]) {
      figures.get(size)?.push(await round(graph, lap));
    }
  }
  return figures;
}

function edgesOf(graph: readonly PlannedResource[]): number {
  return graph.reduce((count, { dependsOn, after }) => count + new Set([...dependsOn, ...after]).size, 0);
}

async function measure(label: string, makeGraph: MakeGraph): Promise<void> {
  await warmUp(makeGraph);
  const measured = await rounds(makeGraph);
  const best: { load: number; time: number }[] = [];
  const middle: { load: number; time: number }[] = [];
  process.stdout.write(
    `\n${label}\n  resources    edges  register     start     close  collector  ns per node+edge: median    best\n`,
  );
  for (const [size, figures] of measured) {
    const edges = edgesOf(makeGraph(size));
    const load = size + edges;
    const times = figures.map(total);
    best.push({ load, time: Math.min(...times) });
    middle.push({ load, time: median(times) });
    const column = (read: (one: Figures) => number): string =>
      `${median(figures.map(read)).toFixed(0)} ms`.padStart(10);
    const share = median(figures.map((one) => one.garbage / total(one))) * 100;
    const each = (time: number): string => ((time * 1e6) / load).toFixed(0);
    process.stdout.write(
      String(size).padStart(11) +
        String(edges).padStart(9) +
        column(({ register }) => register) +
        column(({ start }) => start) +
        column(({ close }) => close) +
        `${share.toFixed(0)} %`.padStart(11) +
        each(median(times)).padStart(26) +
        `${each(Math.min(...times)).padStart(8)}\n`,
    );
  }
  for (const [first, which] of [
    [0, 'all sizes'],
    [1, 'without the smallest'],
  ] as const) {
    const [ofMedian, ofBest] = [middle, best].map((points) => growth(points.slice(first)).toFixed(2));
    process.stdout.write(`  grows with (nodes + edges) ^ ${ofMedian} (medians), ^ ${ofBest} (best): ${which}\n`);
  }
}

export async function run(): Promise<void> {
  process.stdout.write(`${ROUNDS} rounds over all sizes, medians of the time on the wall\n`);
  garbage.begin();
  await measure('random graph, synchronous starts', (size) => randomGraph(size, synchronous, seededRandom(SEED)));
  await measure('random graph, asynchronous starts', (size) => randomGraph(size, asynchronous, seededRandom(SEED)));
  await measure('one chain, synchronous starts', (size) => chain(size, synchronous));
  garbage.end();
}
