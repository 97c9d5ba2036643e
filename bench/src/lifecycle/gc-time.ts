import { PerformanceObserver, type PerformanceEntry } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
// Else each collection takes compiled code away too, and a round would mostly measure how it is compiled again.
setFlagsFromString('--no-flush-bytecode');

/** Collects what nobody can reach any more. */
export const collectGarbage = runInNewContext('gc') as () => void;

/** Milliseconds of the garbage collector. */
export class GarbageTime {
  private total = 0;
  private readonly observer = new PerformanceObserver((list) => this.add(list.getEntries()));

  begin(): void {
    this.observer.observe({ entryTypes: ['gc'] });
  }

  /** Those since the last call. The collector tells of itself a step later. */
  async take(): Promise<number> {
    await new Promise((resolve) => setImmediate(resolve));
    this.add(this.observer.takeRecords());
    const { total } = this;
    this.total = 0;
    return total;
  }

  end(): void {
    this.observer.disconnect();
  }

  private add(entries: readonly PerformanceEntry[]): void {
    for (const { duration } of entries) this.total += duration;
  }
}
