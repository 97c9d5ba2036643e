import { closest } from '../options/closest.js';
import type { OptionProblem } from '../options/options.error.js';

/** What the order of start and stop is made of. */
export interface GraphNode {
  readonly name: string;
  /** Names of what comes before it, each once. */
  readonly prerequisites: readonly string[];
}

/**
 * In which order: a picture of names and edges that runs nothing. Edges go by name, so a node may be added before what it
 * refers to. Every walk is linear in nodes and edges.
 */
export class ResourceGraph<N extends GraphNode> {
  private readonly nodes = new Map<string, N>();
  private readonly referring = new Map<string, Set<N>>();
  private readonly nobody: ReadonlySet<N> = new Set();

  get size(): number {
    return this.nodes.size;
  }

  add(node: N): void {
    this.nodes.set(node.name, node);
    for (const name of node.prerequisites) this.referrersOf(name).add(node);
  }

  remove(node: N): void {
    this.nodes.delete(node.name);
    for (const name of node.prerequisites) {
      const referring = this.referring.get(name);
      referring?.delete(node);
      if (referring?.size === 0) this.referring.delete(name);
    }
  }

  get(name: string): N | undefined {
    return this.nodes.get(name);
  }

  names(): string[] {
    return [...this.nodes.keys()];
  }

  /** In the order in which they were added. */
  [Symbol.iterator](): IterableIterator<N> {
    return this.nodes.values();
  }

  /** What comes before `node`, as far as it exists. */
  before(node: N): readonly N[] {
    const existing: N[] = [];
    for (const name of node.prerequisites) {
      const prerequisite = this.nodes.get(name);
      if (prerequisite) existing.push(prerequisite);
    }
    return existing;
  }

  /** What comes after `node`. */
  behind(node: N): ReadonlySet<N> {
    return this.referring.get(node.name) ?? this.nobody;
  }

  /** Everything that makes an order impossible: unknown names and cycles. */
  findProblems(): OptionProblem[] {
    return [...[...this.nodes.values()].flatMap((node) => this.unknownNames(node)), ...this.cycles()];
  }

  /** What would be wrong if `node` were added now. */
  findProblemsWith(node: N): OptionProblem[] {
    const unknown = this.unknownNames(node);
    if (unknown.length > 0 || !this.referring.has(node.name)) return unknown;
    this.add(node);
    const cycles = this.cycles();
    this.remove(node);
    return cycles;
  }

  private referrersOf(name: string): Set<N> {
    const known = this.referring.get(name);
    if (known) return known;
    const added = new Set<N>();
    this.referring.set(name, added);
    return added;
  }

  private unknownNames(node: N): OptionProblem[] {
    return node.prerequisites
      .filter((name) => name !== node.name && !this.nodes.has(name))
      .map((name) => ({ option: node.name, problem: `depends on '${name}', which does not exist${this.hint(name)}` }));
  }

  private hint(name: string): string {
    const near = closest(name, this.nodes.keys());
    return near === undefined ? '' : `; did you mean '${near}'?`;
  }

  /** Nodes that can be put in order are taken away; from what is left, each walk along the edges ends in a cycle. */
  private cycles(): OptionProblem[] {
    const left = this.unorderable();
    const walked = new Set<N>();
    const problems: OptionProblem[] = [];
    for (const start of left) {
      const path: N[] = [];
      let node: N | undefined = start;
      while (node && !walked.has(node)) {
        walked.add(node);
        path.push(node);
        node = this.firstOf(node, left);
      }
      const begin: number = node ? path.indexOf(node) : -1;
      if (begin >= 0) problems.push(cycleProblem(path.slice(begin)));
    }
    return problems;
  }

  private unorderable(): Set<N> {
    const left = new Set(this.nodes.values());
    const missing = new Map<N, number>();
    const free: N[] = [];
    for (const node of left) {
      const count = this.before(node).length;
      missing.set(node, count);
      if (count === 0) free.push(node);
    }
    for (let node = free.pop(); node; node = free.pop()) {
      left.delete(node);
      for (const next of this.behind(node)) {
        const count = (missing.get(next) ?? 0) - 1;
        missing.set(next, count);
        if (count === 0) free.push(next);
      }
    }
    return left;
  }

  private firstOf(node: N, among: ReadonlySet<N>): N | undefined {
    return this.before(node).find((prerequisite) => among.has(prerequisite));
  }
}

function cycleProblem(cycle: readonly GraphNode[]): OptionProblem {
  const names = cycle.map(({ name }) => name);
  const path = [...names, names[0]].join(' → ');
  return { option: names[0] ?? '', problem: `waits for itself: ${path}. Take one of these dependencies away` };
}
