import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { ResourceGraph, type GraphNode } from './resource-graph.js';

function graphOf(edges: Readonly<Record<string, readonly string[]>>): ResourceGraph<GraphNode> {
  const graph = new ResourceGraph<GraphNode>();
  for (const [name, prerequisites] of Object.entries(edges)) graph.add({ name, prerequisites });
  return graph;
}

function problems(edges: Readonly<Record<string, readonly string[]>>): string[] {
  return graphOf(edges)
    .findProblems()
    .map(({ option, problem }) => `${option} ${problem}`);
}

/** Whether some walk along the edges comes back, found the slow and obvious way. */
function hasCycle(edges: ReadonlyMap<string, readonly string[]>): boolean {
  const reaches = (from: string, to: string, seen: Set<string>): boolean =>
    (edges.get(from) ?? []).some((next) => next === to || (!seen.has(next) && reaches(next, to, seen.add(next))));
  return [...edges.keys()].some((name) => reaches(name, name, new Set()));
}

describe('a graph of resources', () => {
  it('finds a cycle exactly if there is one, and its path is one', () => {
    const anyEdges = fc.array(fc.tuple(fc.nat(9), fc.nat(9)), { maxLength: 25 });
    fc.assert(
      fc.property(anyEdges, (pairs) => {
        const edges = new Map(Array.from({ length: 10 }, (_, index) => [`n${index}`, [] as string[]]));
        for (const [from, to] of pairs)
          if (!edges.get(`n${from}`)?.includes(`n${to}`)) edges.get(`n${from}`)?.push(`n${to}`);
        const found = graphOf(Object.fromEntries(edges)).findProblems();
        expect(found.length > 0).toBe(hasCycle(edges));
        for (const { problem } of found) {
          const path = /waits for itself: (.*)\. Take/.exec(problem)?.[1]?.split(' → ') ?? [];
          expect([path.length > 1, path.at(0)]).toEqual([true, path.at(-1)]);
          for (const [index, name] of path.slice(1).entries()) expect(edges.get(path[index] as string)).toContain(name);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('names each cycle, also of one that depends on itself', () => {
    expect(problems({ a: ['b'], b: ['a'], c: ['c'], d: ['a'] })).toEqual([
      'a waits for itself: a → b → a. Take one of these dependencies away',
      'c waits for itself: c → c. Take one of these dependencies away',
    ]);
  });

  it('names what is unknown, with what was probably meant', () => {
    expect(problems({ orders: ['postgre'], postgres: [] })).toEqual([
      "orders depends on 'postgre', which does not exist; did you mean 'postgres'?",
    ]);
  });

  it('knows what would be wrong with one more', () => {
    const graph = graphOf({ a: [], b: ['a'] });
    expect(graph.findProblemsWith({ name: 'c', prerequisites: ['a', 'b'] })).toEqual([]);
    expect(graph.findProblemsWith({ name: 'c', prerequisites: ['x'] })).toHaveLength(1);
    graph.add({ name: 'd', prerequisites: ['e'] });
    expect(graph.findProblemsWith({ name: 'e', prerequisites: ['d'] })[0]?.problem).toContain('→');
    expect([...graph].map(({ name }) => name)).toEqual(['a', 'b', 'd']);
  });

  it('bears a chain that a recursion would not', () => {
    const graph = new ResourceGraph<GraphNode>();
    const length = 50_000;
    for (let index = 0; index < length; index++)
      graph.add({ name: `${index}`, prerequisites: [`${(index + 1) % length}`] });
    expect(graph.findProblems()).toHaveLength(1);
  });
});
