import { setTimeout as pause } from 'node:timers/promises';
import { heapUsed } from '../pool/heap.js';
import type { Work } from './operations.js';

/** What one round has measured. */
export interface Round {
  /** Operations per second. */
  readonly rate: number;
  /** Microseconds of this process per operation; the server's are not among them. */
  readonly cpu: number;
}

/** Some clients who do the same again and again for `duration` milliseconds. */
export async function load(work: Work, clients: number, duration: number): Promise<Round> {
  const began = performance.now();
  const used = process.cpuUsage();
  let done = 0;
  const client = async (): Promise<void> => {
    while (performance.now() - began < duration) {
      await work();
      done++;
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  const { user, system } = process.cpuUsage(used);
  return { rate: (done * 1_000) / (performance.now() - began), cpu: (user + system) / done };
}

/** One after another, as fast as it goes. */
export async function repeat(work: Work, times: number): Promise<{ took: number; heap: number }> {
  const before = heapUsed();
  const began = performance.now();
  for (let left = times; left > 0; left--) await work();
  const took = performance.now() - began;
  return { took, heap: heapUsed() - before };
}

/** Milliseconds after which a client that has failed tries again. */
const PATIENCE = 5;

/** What became of clients who never give up. Times are those of the clock of the wall. */
export interface Survival {
  readonly failures: number;
  /** Errors that nobody caught, each of which ends a process. */
  readonly crashes: number;
  /** The first success after the last failure. */
  readonly recovered: number;
}

/** Clients that go on through everything until they are told to stop. */
export class Survivors {
  private stopped = false;
  private failures = 0;
  private recovered = NaN;
  private readonly clients: Promise<unknown>;

  constructor(
    private readonly work: Work,
    clients: number,
  ) {
    this.clients = Promise.all(Array.from({ length: clients }, () => this.live()));
  }

  async stop(): Promise<Omit<Survival, 'crashes'>> {
    this.stopped = true;
    await this.clients;
    const { failures, recovered } = this;
    return { failures, recovered };
  }

  private async live(): Promise<void> {
    while (!this.stopped) {
      try {
        await this.work();
        if (Number.isNaN(this.recovered)) this.recovered = Date.now();
      } catch {
        this.failures++;
        this.recovered = NaN;
        await pause(PATIENCE);
      }
    }
  }
}
