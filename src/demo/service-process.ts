import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const LAST_LINES = 30;

/** The compiled service in a process of its own, as `npm start` runs it. */
export class ServiceProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  /** Starts it with these variables and waits until it listens. */
  static async start(
    variables: Readonly<Record<string, string>>,
    script = fileURLToPath(new URL('../main.js', import.meta.url)),
  ): Promise<ServiceProcess> {
    const child = spawn(process.execPath, [script], {
      env: { ...process.env, ...variables, PORT: '0' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return new ServiceProcess(child, await announcedUrl(child));
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Asks it to end. @returns its exit code, once it has ended */
  async terminate(): Promise<number | null> {
    this.signal('SIGTERM');
    return this.exited();
  }

  /** Ends it at once, if it still runs. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.exited();
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Waits until it has ended. @returns its exit code; null if a signal ended it */
  async exited(): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'exit');
    return this.child.exitCode;
  }
}

/** Reads what the service says until it says where it listens, and goes on reading, so that it never waits for us. */
function announcedUrl(child: ChildProcess): Promise<string> {
  const said: string[] = [];
  return new Promise((resolve, reject) => {
    const hear = (line: string): void => {
      said.push(line);
      if (said.length > LAST_LINES) said.shift();
      const [, url] = /listens on (http\S+)/.exec(line) ?? [];
      if (url) resolve(url);
    };
    for (const output of [child.stdout, child.stderr]) if (output) createInterface(output).on('line', hear);
    child.once('exit', () => reject(new Error(`The service did not start:\n${said.join('\n')}`)));
  });
}
