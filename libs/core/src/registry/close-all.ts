import type { Clock } from '../clock/clock.js';
import type { CloseTime } from './close-time.js';
import type { RegistryCloseReport } from './registry-close-report.js';
import type { ResourceGraph } from './resource-graph.js';
import type { NodeEnd } from './node-end.js';
import type { ResourceNode } from './resource-node.js';

/**
 * Closes all nodes of a graph, each as soon as everything behind it has closed or has been left behind. Never rejects.
 *
 * Independent nodes are begun in the reverse order of their registration and close at the same time. A graph with a cycle
 * was never started; what has no order is then closed in the reverse order of registration.
 */
export class CloseAll {
  private readonly waitsFor = new Map<ResourceNode, number>();
  /** Taken at the beginning: what is unregistered meanwhile leaves the graph, but not this walk. */
  private readonly before = new Map<ResourceNode, readonly ResourceNode[]>();
  private readonly ready: ResourceNode[] = [];
  private readonly ends: NodeEnd[] = [];
  private underWay = 0;
  private pumping = false;
  private done: (report: RegistryCloseReport) => void = () => undefined;
  private readonly began: number;

  constructor(
    private readonly graph: ResourceGraph<ResourceNode>,
    private readonly clock: Clock,
    private readonly time: CloseTime,
    private readonly reason: unknown,
  ) {
    this.began = clock.now();
  }

  run(): Promise<RegistryCloseReport> {
    const nodes = [...this.graph].reverse();
    for (const node of nodes) {
      const count = this.graph.behind(node).size;
      this.waitsFor.set(node, count);
      this.before.set(node, this.graph.before(node));
      if (count === 0) this.ready.push(node);
    }
    return new Promise((resolve) => {
      this.done = resolve;
      this.pump();
    });
  }

  private pump(): void {
    if (this.pumping) return;
    this.pumping = true;
    do {
      for (const node of this.ready.splice(0)) this.begin(node);
      if (this.underWay === 0 && this.waitsFor.size > 0) this.ready.push(...this.waitsFor.keys());
    } while (this.ready.length > 0);
    this.pumping = false;
    if (this.underWay === 0) this.done(this.report());
  }

  private begin(node: ResourceNode): void {
    if (!this.waitsFor.delete(node)) return;
    this.underWay++;
    void node.close(this.time, this.reason).then((end) => this.ended(node, end));
  }

  private ended(node: ResourceNode, end: NodeEnd): void {
    this.underWay--;
    this.ends.push(end);
    for (const before of this.before.get(node) ?? []) {
      const left = (this.waitsFor.get(before) ?? 0) - 1;
      if (this.waitsFor.has(before)) this.waitsFor.set(before, left);
      if (left === 0) this.ready.push(before);
    }
    this.pump();
  }

  private report(): RegistryCloseReport {
    const { ends } = this;
    const errors = ends.flatMap(({ name, failure }) => (failure ? [{ name, error: failure.error }] : []));
    const late = ends.filter((end) => end.late).map(({ name }) => name);
    const reported = ends.flatMap(({ name, report }) => (report ? [{ name, report }] : []));
    return {
      clean: errors.length === 0 && late.length === 0 && reported.every(({ report }) => report.clean),
      duration: this.clock.now() - this.began,
      closed: ends.filter((end) => !end.late).map(({ name }) => name),
      late,
      errors: [...errors, ...reported.flatMap(({ name, report }) => report.errors.map((error) => ({ name, error })))],
      holders: reported.flatMap(({ name, report }) => report.holders.map((holder) => ({ ...holder, resource: name }))),
      reports: Object.fromEntries(reported.map(({ name, report }) => [name, report])),
    };
  }
}
