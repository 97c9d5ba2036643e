/** npm and a terminal may both deliver the same signal. Milliseconds after the first one in which others count as that. */
const ECHO = 1_500;

/**
 * The first signal lets the application drain, which Nest sees to. Who sends another one later does not want to wait: the
 * process ends at once, with code 1.
 */
export function endOnFurtherSignals(): void {
  let first: number | undefined;
  const heard = (): void => {
    const now = performance.now();
    first ??= now;
    if (now - first < ECHO) return;
    console.error('Asked to stop again: ending without waiting.');
    process.exit(1);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, heard);
}
