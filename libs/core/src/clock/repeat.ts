import type { Cancel, Clock } from './clock.js';

export interface RepeatOptions {
  /** Share of the interval by which each pause varies, 0 to 1. @default 0 */
  readonly jitter?: number;
  /** A number in [0, 1). @default Math.random */
  readonly random?: () => number;
}

/**
 * Runs `run` again and again, each time `interval` after the run before has ended: a slow run delays the next one and is
 * never overtaken by it. `run` must not throw. Does not keep the process alive.
 */
export function repeat(
  clock: Clock,
  interval: number,
  run: () => void | Promise<void>,
  options: RepeatOptions = {},
): Cancel {
  const { jitter = 0, random = Math.random } = options;
  let stopped = false;
  let cancel: Cancel = () => undefined;

  const arm = (): void => {
    if (!stopped) cancel = clock.schedule(interval * (1 + jitter * (2 * random() - 1)), turn);
  };
  const turn = (): void => {
    const ended = run();
    if (ended) void ended.finally(arm);
    else arm();
  };

  arm();
  return () => {
    stopped = true;
    cancel();
  };
}
