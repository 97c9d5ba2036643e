import type { ResourceNode } from './resource-node.js';
import { ResourceStartError } from './resource-start.error.js';

interface Handles {
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/** Who waits for a node to run. Everybody is told exactly once. */
export class StartWaiters {
  private readonly waiting = new Map<ResourceNode, Handles[]>();

  join(node: ResourceNode): Promise<void> {
    return new Promise((resolve, reject) => {
      const handles = this.waiting.get(node);
      if (handles) handles.push({ resolve, reject });
      else this.waiting.set(node, [{ resolve, reject }]);
    });
  }

  /** It runs, or it has failed, or it was skipped. */
  settled(node: ResourceNode): void {
    if (node.state === 'running') for (const { resolve } of this.take(node)) resolve();
    else for (const { reject } of this.take(node)) reject(whyNot(node));
  }

  /** It will not run. */
  refuse(node: ResourceNode, reason: unknown): void {
    for (const { reject } of this.take(node)) reject(reason);
  }

  refuseAll(reason: unknown): void {
    for (const node of this.waiting.keys()) this.refuse(node, reason);
  }

  private take(node: ResourceNode): readonly Handles[] {
    const handles = this.waiting.get(node) ?? [];
    this.waiting.delete(node);
    return handles;
  }
}

/** Why a node that has settled does not run. */
export function whyNot({ name, error }: ResourceNode): ResourceStartError {
  return new ResourceStartError({ failures: [{ name, error }] });
}
