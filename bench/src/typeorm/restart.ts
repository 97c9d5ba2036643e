import { setTimeout as pause } from 'node:timers/promises';
import type { Contestant, Way } from './contestant.js';
import type { Server } from './servers.js';

const CLIENTS = 10;
/** Milliseconds that the server is away, and that clients go on after it is back. */
const AWAY = 1_000;
const AFTER = 3_000;

/** How one way came through. */
export interface Recovery {
  readonly way: Way;
  readonly failures: number;
  readonly crashes: number;
  /** Milliseconds from the server's readiness to the first success after which nothing failed; NaN if that never came. */
  readonly took: number;
}

/** Kills the server under all contestants at once and starts it again. */
export async function restartUnder(contestants: readonly Contestant[], server: Server): Promise<Recovery[]> {
  for (const contestant of contestants) await contestant.survive(CLIENTS);
  await pause(200);
  await server.kill();
  await pause(AWAY);
  await server.restart();
  const ready = Date.now();
  await pause(AFTER);
  const recoveries: Recovery[] = [];
  for (const contestant of contestants) {
    const { failures, crashes, recovered } = await contestant.rest();
    recoveries.push({ way: contestant.way, failures, crashes, took: recovered - ready });
  }
  return recoveries;
}
