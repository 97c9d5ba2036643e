import type { CallWindow } from './window-rule.js';

const FAILED = 1;
const SLOW = 2;

/** The last `size` calls: a ring of one byte each, with running sums. */
export class CountWindow implements CallWindow {
  readonly timed = false;
  calls = 0;
  failed = 0;
  slow = 0;
  private next = 0;
  private ring: Uint8Array | undefined = undefined;

  constructor(private readonly size: number) {}

  record(failed: boolean, slow: boolean): void {
    // The ring is made with the first call: thousands of breakers that nobody calls hold none.
    const ring = (this.ring ??= new Uint8Array(this.size));
    if (this.calls === this.size) this.forget(ring[this.next] ?? 0);
    ring[this.next] = (failed ? FAILED : 0) | (slow ? SLOW : 0);
    this.next = this.next + 1 === this.size ? 0 : this.next + 1;
    this.calls++;
    if (failed) this.failed++;
    if (slow) this.slow++;
  }

  settle(): void {
    // Calls leave only when others come.
  }

  private forget(mark: number): void {
    this.calls--;
    if (mark & FAILED) this.failed--;
    if (mark & SLOW) this.slow--;
  }
}
