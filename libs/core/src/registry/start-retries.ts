import { backoffDelay, type BackoffOptions } from '../call/backoff.js';
import type { Cancel, Clock } from '../clock/clock.js';
import type { ResourceNode } from './resource-node.js';

export interface StartRetryOptions {
  /** Milliseconds, or how the pause grows. */
  readonly retry: number | BackoffOptions;
  readonly random: () => number;
}

/**
 * Tries again in the background what failed and was not fatal, for as long as the registry lives and at most once per pause.
 * Its timers keep no process alive.
 */
export class StartRetries {
  private readonly timers = new Map<ResourceNode, Cancel>();
  private readonly attempts = new Map<ResourceNode, number>();
  private stopped = false;

  constructor(
    private readonly clock: Clock,
    private readonly options: StartRetryOptions,
    private readonly startAgain: (node: ResourceNode) => void,
  ) {}

  /** Tries `node` again, each time after a longer pause. */
  schedule(node: ResourceNode): void {
    if (this.stopped) return;
    const attempt = (this.attempts.get(node) ?? 0) + 1;
    this.attempts.set(node, attempt);
    const delay = this.pauseBefore(attempt);
    node.emit({ type: 'resource.start.retrying', delay, attempt });
    this.timers.set(
      node,
      this.clock.schedule(delay, () => this.retry(node)),
    );
  }

  /** Takes back the next attempt. */
  cancel(node: ResourceNode): void {
    this.timers.get(node)?.();
    this.timers.delete(node);
  }

  /** It runs, or it is gone: the next failure is a first one. */
  forget(node: ResourceNode): void {
    this.cancel(node);
    this.attempts.delete(node);
  }

  stop(): void {
    this.stopped = true;
    for (const cancel of this.timers.values()) cancel();
    this.timers.clear();
  }

  private pauseBefore(attempt: number): number {
    const { retry, random } = this.options;
    return typeof retry === 'number' ? retry : backoffDelay(retry, attempt, random);
  }

  /** Not while what an earlier start had opened is being closed, and not if too many of them hang. */
  private retry(node: ResourceNode): void {
    this.timers.delete(node);
    const { obstacle } = node;
    if (obstacle) void obstacle.then(() => this.retry(node));
    else if (!this.stopped && node.state === 'failed') this.startAgain(node);
  }
}
