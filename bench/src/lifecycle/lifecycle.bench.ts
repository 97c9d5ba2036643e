import { ResourceRegistry, type Resource } from '@nestjs-resources/core';

import { heapUsed } from '../pool/heap.js';
import { chain, randomGraph, seededRandom, type PlannedResource } from './random-graph.js';

const SIZES = [1_250, 2_500, 5_000, 10_000];
const ROUNDS = 7;

interface Figures {
  readonly edges: number;
  readonly register: number;
  readonly start: number;
  readonly close: number;
}

const synchronous = (): Resource => ({ start: () => undefined, close: () => undefined });
const asynchronous = (): Resource => ({ start: () => Promise.resolve(), close: () => Promise.resolve() });

/** Registers, starts and closes a whole graph, and takes the milliseconds of processor time of each. */
async function live(graph: readonly PlannedResource[]): Promise<Figures> {
  const registry = new ResourceRegistry();
  const began = processorTime();
  for (const { name, resource, dependsOn, after } of graph) registry.register(name, resource, { dependsOn, after });
  const registered = processorTime();
  await registry.start();
  const started = processorTime();
  const { clean } = await registry.close();
  const closed = processorTime();
  if (!clean) throw new Error('Not everything was closed.');
  const edges = graph.reduce((count, { dependsOn, after }) => count + dependsOn.length + after.length, 0);
  return { edges, register: registered - began, start: started - registered, close: closed - started };
}

/** What this process has used: unlike the time on the wall, it does not count what else the machine does. */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** The round with the least noise. */
async function best(makeGraph: () => readonly PlannedResource[]): Promise<Figures> {
  let least: Figures | undefined;
  for (let round = 0; round < ROUNDS; round++) {
    // What an earlier round has left is not collected at the expense of this one.
    heapUsed();
    const figures = await live(makeGraph());
    if (!least || total(figures) < total(least)) least = figures;
  }
  return least as Figures;
}

function total({ register, start, close }: Figures): number {
  return register + start + close;
}

/** The exponent with which the time grows with nodes and edges: 1 is linear, 2 is quadratic. */
function growth(small: number, large: number, timeOfSmall: number, timeOfLarge: number): number {
  return Math.log(timeOfLarge / timeOfSmall) / Math.log(large / small);
}

async function measure(label: string, makeGraph: (size: number) => readonly PlannedResource[]): Promise<void> {
  process.stdout.write(`\n${label}\n  resources    edges  register     start     close   µs per node+edge\n`);
  const points: { readonly load: number; readonly time: number }[] = [];
  for (const size of SIZES) {
    const figures = await best(() => makeGraph(size));
    const load = size + figures.edges;
    const time = total(figures);
    points.push({ load, time });
    const columns = [figures.register, figures.start, figures.close].map((value) =>
      `${value.toFixed(1)} ms`.padStart(10),
    );
    const each = ((time * 1_000) / load).toFixed(2);
    process.stdout.write(
      `${String(size).padStart(11)}${String(figures.edges).padStart(9)}${columns.join('')}${each.padStart(19)}\n`,
    );
  }
  const [first, last] = [points.at(0), points.at(-1)];
  if (!first || !last) return;
  const exponent = growth(first.load, last.load, first.time, last.time).toFixed(2);
  process.stdout.write(`  grows with (nodes + edges) ^ ${exponent}\n`);
}

export async function run(): Promise<void> {
  const seed = 20_240_229;
  await live(randomGraph(2_000, asynchronous, seededRandom(seed)));
  await measure('random graph, synchronous starts', (size) => randomGraph(size, synchronous, seededRandom(seed)));
  await measure('random graph, asynchronous starts', (size) => randomGraph(size, asynchronous, seededRandom(seed)));
  await measure('one chain, synchronous starts', (size) => chain(size, synchronous));
}
