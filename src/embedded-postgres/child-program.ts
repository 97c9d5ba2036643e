import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

const MOST_LINES_KEPT = 20;

/** How a program is asked to stop: politely, at once, not asked at all. Each with its patience in milliseconds. */
const STOP_SIGNALS: readonly (readonly [NodeJS.Signals, number])[] = [
  ['SIGINT', 5_000],
  ['SIGQUIT', 2_000],
  ['SIGKILL', 2_000],
];

/** A child process whose output is read: for its news, and for the reason if it fails. */
export class ChildProgram {
  /** Settles when it has ended, for whatever reason. */
  readonly ended: Promise<void>;
  private readonly child: ChildProcess;
  private readonly lastLines: string[] = [];
  private readonly listeners = new Set<(line: string) => void>();

  constructor(
    private readonly path: string,
    parameters: string[],
    options: SpawnOptions,
  ) {
    this.child = spawn(path, parameters, { killSignal: 'SIGINT', ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    this.child.on('error', (error) => this.hear(error.message));
    this.ended = new Promise((resolve) => this.child.once('close', () => resolve()));
    for (const output of [this.child.stdout, this.child.stderr]) {
      if (output) createInterface(output).on('line', (line) => this.hear(line));
    }
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get succeeded(): boolean {
    return this.child.exitCode === 0;
  }

  /** Resolves with true once a line with `words` comes, and with false if the program ends without. */
  says(words: string): Promise<boolean> {
    return new Promise((resolve) => {
      const listener = (line: string): void => {
        if (!line.includes(words)) return;
        this.listeners.delete(listener);
        resolve(true);
      };
      this.listeners.add(listener);
      void this.ended.then(() => resolve(false));
    });
  }

  /** Whether `words` are in the last lines. */
  said(words: string): boolean {
    return this.lastLines.some((line) => line.includes(words));
  }

  failure(): Error {
    return new Error(`${this.path} failed: ${this.lastLines.join('\n') || 'it said nothing.'}`);
  }

  async stop(signals = STOP_SIGNALS): Promise<void> {
    for (const [signal, patience] of signals) {
      this.child.kill(signal);
      const ended = this.ended.then(() => true);
      if (await Promise.race([ended, delay(patience, false, { ref: false })])) return;
    }
  }

  private hear(line: string): void {
    this.lastLines.push(line);
    if (this.lastLines.length > MOST_LINES_KEPT) this.lastLines.shift();
    for (const listener of this.listeners) listener(line);
  }
}
