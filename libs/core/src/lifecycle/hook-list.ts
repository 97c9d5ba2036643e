import { attempt } from '../call/attempt.js';
import type { Outcome } from '../call/outcome.js';
import type { Clock } from '../clock/clock.js';
import type { Hook } from './manager-types.js';

/** A hook with everything settled. */
export interface NamedHook {
  readonly name: string;
  readonly run: Hook;
  /** Milliseconds. */
  readonly timeout: number;
  readonly tolerate: boolean;
}

/** Calls a hook within its own timeout and the time that is left. Never rejects. */
export async function callHook(
  hook: NamedHook,
  { clock, left, signal }: { clock: Clock; left: number; signal?: AbortSignal },
): Promise<Outcome<void>> {
  const timeout = Math.min(hook.timeout, left);
  return attempt((context) => hook.run(context), { clock, what: `Hook '${hook.name}'`, timeout, signal, hold: true });
}
