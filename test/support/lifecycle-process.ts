import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const app = fileURLToPath(new URL('./lifecycle-app.js', import.meta.url));

type How = 'ok' | 'fail' | 'hang' | 'late';

export type Platform = 'express' | 'fastify' | 'microservice' | 'context';

/** How the application of `lifecycle-app.js` behaves. */
export interface Scenario {
  readonly platform?: Platform;
  /** Pools by name; `/slow`, and the message `slow`, hold a lease of the first one while they work. */
  readonly pools?: readonly string[];
  readonly resources?: Readonly<Record<string, { readonly start?: How; readonly close?: How }>>;
  readonly registration?: Readonly<Record<string, object>>;
  readonly shutdown?: { readonly timeout?: number; readonly readinessDelay?: number };
  /** Close on SIGTERM and let the process end by itself: it does not, if a timer or a socket is left. */
  readonly natural?: boolean;
}

export type Line = Readonly<Record<string, unknown>>;

/** A real process that runs a scenario, and what it has said so far. */
export class LifecycleProcess {
  readonly lines: Line[] = [];
  readonly exited: Promise<number | null>;
  private waiting: { readonly wanted: (line: Line) => boolean; readonly found: (line: Line) => void }[] = [];
  private readonly child: ChildProcess;

  /** @param folder - a project whose packages the application uses; ours if left out */
  constructor(scenario: Scenario, folder?: string) {
    const program = folder === undefined ? app : join(folder, 'lifecycle-app.js');
    if (program !== app) copyFileSync(app, program);
    this.child = spawn(process.execPath, [program, JSON.stringify(scenario)], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.exited = new Promise((resolve) => this.child.once('close', (code) => resolve(code)));
    if (this.child.stdout) createInterface(this.child.stdout).on('line', (text) => this.hear(text));
  }

  /** The first line that holds these values, now or later. */
  async said(values: Line): Promise<Line> {
    const wanted = (line: Line): boolean => Object.entries(values).every(([key, value]) => line[key] === value);
    return this.lines.find(wanted) ?? new Promise((found) => this.waiting.push({ wanted, found }));
  }

  /** Its port, once it listens. */
  async port(): Promise<number> {
    const has = (line: Line): boolean => typeof line['port'] === 'number';
    const line =
      this.lines.find(has) ?? (await new Promise<Line>((found) => this.waiting.push({ wanted: has, found })));
    return line['port'] as number;
  }

  /** Types of events, in order. */
  get events(): unknown[] {
    return this.lines.flatMap(({ type }) => (type === undefined ? [] : [type]));
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** For the end of a test that did not hold. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGKILL');
    await this.exited;
  }

  private hear(text: string): void {
    if (!text.startsWith('{')) return;
    const line = JSON.parse(text) as Line;
    this.lines.push(line);
    this.waiting = this.waiting.filter(({ wanted, found }) => {
      if (!wanted(line)) return true;
      found(line);
      return false;
    });
  }
}
