import type { ResourceGraph } from './resource-graph.js';
import type { ResourceNode } from './resource-node.js';

/** Shared by all that wait for nobody; never changed. */
const NOBODY: Set<ResourceNode> = new Set();

/**
 * Who may start next: those before whom nothing is under way any more. Runs nothing.
 *
 * Each node keeps the set of what it still waits for, so that an edge is looked at once when the node is added and once when
 * its other end has settled.
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

  /** Adds nodes that are not under way. Each waits for what comes before it and is. */
  add(nodes: ReadonlySet<ResourceNode>): void {
    // All of them are under way before any of them is asked who is.
    for (const node of nodes) this.blockers.set(node, NOBODY);
    for (const node of nodes) {
      const blockers = this.graph.before(node).filter((before) => this.isUnderWay(before));
      if (blockers.length === 0) this.ready.push(node);
      else this.blockers.set(node, new Set(blockers));
    }
  }

  /** Whether `node` is starting or waits here. */
  isUnderWay(node: ResourceNode): boolean {
    return this.has(node) || node.state === 'starting';
  }

  /** Takes out the next that may start. */
  next(): ResourceNode | undefined {
    while (this.taken < this.ready.length) {
      const node = this.ready[this.taken++];
      if (node && this.blockers.has(node) && !this.isBlockedAfterAll(node)) {
        this.blockers.delete(node);
        return node;
      }
    }
    this.ready = [];
    this.taken = 0;
    return undefined;
  }

  /** Something lazy before it may have been asked for meanwhile. What is being tried again is not waited for. */
  private isBlockedAfterAll(node: ResourceNode): boolean {
    const blockers = this.graph.before(node).filter((before) => !before.hasSettled && this.isUnderWay(before));
    if (blockers.length > 0) this.blockers.set(node, new Set(blockers));
    return blockers.length > 0;
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
}
