import type { ResourceGraph } from './resource-graph.js';
import type { ResourceNode } from './resource-node.js';

/** Shared by all that wait for nobody; never changed. */
const NOBODY: Set<ResourceNode> = new Set();

/**
 * Who may start next: those before whom nothing is under way any more. Runs nothing.
 *
 * Each node that waits keeps the set of what it still waits for, so that an edge is looked at once when the node is about to
 * start and once when its other end has settled.
 */
export class StartQueue {
  private readonly blockers = new Map<ResourceNode, Set<ResourceNode>>();
  private ready: ResourceNode[] = [];
  private taken = 0;

  constructor(private readonly graph: ResourceGraph<ResourceNode>) {}

  get isEmpty(): boolean {
    return this.blockers.size === 0;
  }

  has(node: ResourceNode): boolean {
    return this.blockers.has(node);
  }

  /** Adds nodes that are not under way; from now on they are. */
  add(nodes: Iterable<ResourceNode>): void {
    for (const node of nodes) {
      this.blockers.set(node, NOBODY);
      this.ready.push(node);
    }
  }

  /** Whether `node` is starting or waits here. */
  isUnderWay(node: ResourceNode): boolean {
    return this.has(node) || node.state === 'starting';
  }

  /** Takes out the next that may start. Those that may not yet are put aside until what they wait for has settled. */
  next(): ResourceNode | undefined {
    while (this.taken < this.ready.length) {
      const node = this.ready[this.taken++];
      if (node && this.has(node) && !this.putAside(node)) {
        this.blockers.delete(node);
        return node;
      }
    }
    this.ready = [];
    this.taken = 0;
    return undefined;
  }

  /** Whether it runs or not, nobody waits for `node` any more. */
  settled(node: ResourceNode): void {
    node.hasSettled = true;
    if (this.isEmpty) return;
    for (const behind of this.graph.behind(node)) {
      const blockers = this.blockers.get(behind);
      if (blockers?.delete(node) && blockers.size === 0) this.ready.push(behind);
    }
  }

  remove(node: ResourceNode): void {
    this.blockers.delete(node);
  }

  clear(): void {
    this.blockers.clear();
  }

  private putAside(node: ResourceNode): boolean {
    const blockers = this.graph.before(node).filter((before) => this.mustWait(node, before));
    if (blockers.length > 0) this.blockers.set(node, new Set(blockers));
    return blockers.length > 0;
  }

  /** What only comes before it is waited for once, not each time it is tried again. */
  private mustWait(node: ResourceNode, before: ResourceNode): boolean {
    return this.isUnderWay(before) && (!before.hasSettled || node.dependsOn(before));
  }
}
