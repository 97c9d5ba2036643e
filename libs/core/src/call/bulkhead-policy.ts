import { systemClock } from '../clock/system-clock.js';
import { checkOptions } from '../options/check-options.js';
import { defineOptions, type OptionTable } from '../options/option-spec.js';
import { Semaphore } from '../waiting/semaphore.js';
import { WaitingLine } from '../waiting/waiting-line.js';
import { BulkheadFullError } from './bulkhead-full.error.js';
import { contextFrom } from './lazy-context.js';
import type { PolicySetting } from './policy-setting.js';
import type { Policy, PolicyContext } from './policy.js';

export interface BulkheadOptions {
  /** Calls at once. @default 10 */
  readonly maxConcurrent?: number;
  /** Calls that may wait for their turn; 0: none waits. @default 100 */
  readonly queueLimit?: number;
  /** Milliseconds a call may wait for its turn. @default 10_000 */
  readonly queueTimeout?: number;
}

export const bulkheadOptionTable: OptionTable = defineOptions<BulkheadOptions>({
  maxConcurrent: { kind: 'integer', min: 1, default: 10, description: 'Calls at once.' },
  queueLimit: {
    kind: 'integer',
    min: 0,
    default: 100,
    zero: 'none waits',
    description: 'Calls that may wait for their turn.',
  },
  queueTimeout: {
    kind: 'duration',
    default: 10_000,
    infinity: 'waits for ever',
    description: 'How long a call may wait for its turn.',
  },
});

/**
 * So many calls at once and no more; the next wait in a line, first come first served.
 *
 * Invariant: a permit is taken before the work begins and given back when the work has really ended, also if the caller has
 * gone; so what happens at once is never more than `maxConcurrent`. Whoever waited is never overtaken by a newcomer.
 *
 * @example
 * const bulkhead = new BulkheadPolicy({ maxConcurrent: 4, queueLimit: 20 });
 * await bulkhead.execute(({ signal }) => render(page, { signal }));
 */
export class BulkheadPolicy implements Policy {
  private readonly permits: Semaphore;
  private readonly line: WaitingLine<void>;
  private readonly options: Required<BulkheadOptions>;
  private readonly what: string;
  private readonly resource: string | undefined;

  /** @throws {OptionsError} if the options cannot work */
  constructor(options: BulkheadOptions = {}, setting: PolicySetting = {}) {
    this.what = setting.what ?? 'The bulkhead';
    this.resource = setting.resource;
    this.options = checkOptions(bulkheadOptionTable, options, { subject: this.what });
    this.permits = new Semaphore(this.options.maxConcurrent);
    this.line = new WaitingLine(setting.clock ?? systemClock, (waiter) => this.full(waiter.timeout));
    this.permits.onRoom(() => this.pump());
  }

  /** Calls under way. */
  get running(): number {
    return this.permits.inUse;
  }

  /** Calls that wait for their turn. */
  get waiting(): number {
    return this.line.length;
  }

  /** Runs `work` when it is its turn. @throws {BulkheadFullError} if there is none in time */
  async execute<R>(
    work: (context: PolicyContext) => R | Promise<R>,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<R> {
    // A permit that comes free goes to the line in the same step: there is none to take while somebody waits.
    if (!this.permits.tryTake()) await this.turn(options.signal);
    try {
      return await work(contextFrom(options));
    } finally {
      this.permits.give();
    }
  }

  private async turn(signal: AbortSignal | undefined): Promise<void> {
    const { queueLimit, queueTimeout } = this.options;
    if (this.line.length >= queueLimit) throw this.full(0);
    await this.line.join({ timeout: queueTimeout, signal });
    if (!signal?.aborted) return;
    // Aborted between its turn and now.
    this.permits.give();
    throw signal.reason;
  }

  private pump(): void {
    while (this.line.length > 0 && this.permits.tryTake()) if (!this.line.grant()) this.permits.give();
  }

  private full(waited: number): BulkheadFullError {
    const { maxConcurrent, queueLimit } = this.options;
    return new BulkheadFullError({ what: this.what, resource: this.resource, maxConcurrent, queueLimit, waited });
  }
}
