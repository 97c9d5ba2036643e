import type { Clock } from '../clock/clock.js';
import { systemClock } from '../clock/system-clock.js';
import { checkOptions } from '../options/check-options.js';
import { defineOptions, type OptionTable } from '../options/option-spec.js';
import { attempt } from './attempt.js';
import type { PolicySetting } from './policy-setting.js';
import type { Policy, PolicyContext } from './policy.js';

export interface TimeoutOptions {
  /** Milliseconds a call may take. */
  readonly timeout: number;
}

export const timeoutOptionTable: OptionTable = defineOptions<TimeoutOptions>(
  { timeout: { kind: 'duration', infinity: 'no limit', description: 'How long a call may take.' } },
  [({ timeout }) => (timeout === undefined ? { option: 'timeout', problem: 'is required' } : undefined)],
);

/**
 * Gives up on work that takes too long: its signal is aborted, the caller gets a {@link CallTimeoutError}, a late result is
 * dropped. If the caller gives up first, it gets its own reason. Costs an AbortController only if the work reads `signal`.
 *
 * @example
 * await new TimeoutPolicy({ timeout: 2_000 }).execute(({ signal }) => fetch(url, { signal }));
 */
export class TimeoutPolicy implements Policy {
  private readonly timeout: number;
  private readonly clock: Clock;

  /** @throws {OptionsError} if the options cannot work */
  constructor(
    options: TimeoutOptions,
    private readonly setting: PolicySetting = {},
  ) {
    const checked = checkOptions<TimeoutOptions>(timeoutOptionTable, options, { subject: 'The timeout policy' });
    this.timeout = checked.timeout;
    this.clock = setting.clock ?? systemClock;
  }

  async execute<R>(
    work: (context: PolicyContext) => R | Promise<R>,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<R> {
    const { clock, timeout } = this;
    const { what = 'A call', resource } = this.setting;
    const outcome = await attempt(work, { clock, what, timeout, resource, signal: options.signal, hold: true });
    if (!outcome.ok) throw outcome.error;
    return outcome.value;
  }
}
