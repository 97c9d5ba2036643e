import { attempt } from '../call/attempt.js';
import type { Outcome } from '../call/outcome.js';
import type { Clock } from '../clock/clock.js';
import type { ApplicationEvent } from '../events/known-events.js';
import type { ResourceEvents } from '../events/resource-events.js';
import { checkOptions } from '../options/check-options.js';
import type { OptionTable } from '../options/option-spec.js';
import { refuseNonFunction } from '../options/refuse-misfits.js';
import type { Hook, ShutdownReport } from './manager-types.js';
import { StartupHookError } from './startup-hook.error.js';

interface NamedHook {
  readonly name: string;
  readonly timeout: number;
  readonly tolerate: boolean;
  readonly run: Hook;
}

/** Code of the application's own that runs at its start or at its end, one after the other, each within a time. */
export class HookList {
  private readonly hooks: NamedHook[] = [];

  constructor(
    private readonly table: OptionTable,
    private readonly clock: Clock,
    private readonly events: ResourceEvents,
  ) {}

  /** @throws {OptionsError} */
  add(run: Hook, options: object): void {
    refuseNonFunction('Hook', '', run);
    const name = run.name === '' ? `number ${this.hooks.length + 1}` : run.name;
    const subject = `Hook '${name}'`;
    const checked = checkOptions<{ timeout: number }>(this.table, options, { subject });
    this.hooks.push({ name, tolerate: false, ...checked, run });
  }

  /**
   * One that fails ends the row, unless it is tolerated.
   *
   * @throws {StartupHookError}
   * @throws the reason of `signal`
   */
  async runFirstInFirstOut(signal: AbortSignal): Promise<void> {
    for (const hook of this.hooks) {
      const outcome = await this.call(hook, hook.timeout, signal);
      if (outcome.ok) continue;
      if (outcome.because === 'aborted') throw outcome.error;
      if (!hook.tolerate) throw new StartupHookError(hook.name, outcome.error);
      this.tell(hook, outcome.error);
    }
  }

  /** All run, whatever fails, and together take no longer than `timeout`. */
  async runLastInFirstOut(timeout: number): Promise<ShutdownReport['hookErrors']> {
    const end = this.clock.now() + timeout;
    const errors: { name: string; error: unknown }[] = [];
    for (const hook of this.hooks.toReversed()) {
      const outcome = await this.call(hook, Math.min(hook.timeout, Math.max(0, end - this.clock.now())));
      if (outcome.ok) continue;
      errors.push({ name: hook.name, error: outcome.error });
      this.tell(hook, outcome.error);
    }
    return errors;
  }

  private async call({ name, run }: NamedHook, timeout: number, signal?: AbortSignal): Promise<Outcome<void>> {
    return attempt((context) => run(context), {
      clock: this.clock,
      what: `Hook '${name}'`,
      timeout,
      signal,
      hold: true,
    });
  }

  private tell({ name }: NamedHook, error: unknown): void {
    const event: ApplicationEvent = { type: 'application.hook.failed', name, error };
    this.events.publish({}, event);
  }
}
