import type { Resource } from '@nestjs-resources/core';

/** A resource and the names of what comes before it. */
export interface PlannedResource {
  readonly name: string;
  readonly resource: Resource;
  readonly dependsOn: readonly string[];
  readonly after: readonly string[];
}

/** A sequence that is the same in every run (mulberry32), so that figures can be compared. */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `size` resources, each with up to four edges to earlier ones, in a random order of registration. */
export function randomGraph(size: number, make: () => Resource, random: () => number): PlannedResource[] {
  const planned = Array.from({ length: size }, (_, index) => {
    const earlier = (count: number): string[] =>
      index === 0 ? [] : Array.from({ length: count }, () => `r${Math.floor(random() * index)}`);
    return { name: `r${index}`, resource: make(), dependsOn: earlier(Math.floor(random() * 4)), after: earlier(1) };
  });
  return shuffled(planned, random);
}

/** A chain: the longest way through as many nodes, and the one that a recursion would not survive. */
export function chain(size: number, make: () => Resource): PlannedResource[] {
  return Array.from({ length: size }, (_, index) => ({
    name: `r${index}`,
    resource: make(),
    dependsOn: index === 0 ? [] : [`r${index - 1}`],
    after: [],
  }));
}

function shuffled<T>(items: T[], random: () => number): T[] {
  for (let last = items.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [items[last], items[other]] = [items[other] as T, items[last] as T];
  }
  return items;
}
