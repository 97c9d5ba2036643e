import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { GuardMessage } from './guard-message.js';
import { removeServerFolder } from './server-folder.js';

type Ready = Extract<GuardMessage, { type: 'ready' }>;

/**
 * A PostgreSQL server that lives no longer than this process, whatever ends it. The server is run by a guard process, see
 * `guard.main.ts`; if the guard is killed instead, this process ends the server.
 */
export class EmbeddedPostgres {
  private constructor(
    private readonly guard: ChildProcess,
    private readonly ready: Ready,
  ) {
    guard.once('exit', () => this.guardEnded());
    // The guard watches us, so it must not keep us alive.
    guard.unref();
    guard.channel?.unref();
  }

  /**
   * Starts a server with an empty database.
   *
   * @param options.timeout - milliseconds; afterwards everything begun is undone. @default 60_000
   * @throws Error with what `initdb` or the server said
   */
  static async start({ timeout = 60_000 }: { timeout?: number } = {}): Promise<EmbeddedPostgres> {
    const guard = fork(fileURLToPath(new URL('./guard.main.js', import.meta.url)), {
      detached: true,
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      execArgv: [],
      cwd: '/',
    });
    try {
      const message = await firstMessage(guard, timeout);
      if (message.type === 'failed') throw new Error(`The embedded PostgreSQL did not start. ${message.reason}`);
      return new EmbeddedPostgres(guard, message);
    } catch (error) {
      if (guard.connected) guard.disconnect();
      throw error;
    }
  }

  /** Where clients connect. Contains the password. */
  get url(): string {
    return this.ready.url;
  }

  /** Stops the server and removes its data. */
  async close(): Promise<void> {
    if (this.guard.exitCode !== null || this.guard.signalCode !== null) return;
    this.guard.ref();
    if (this.guard.connected) this.guard.disconnect();
    await once(this.guard, 'exit');
  }

  /** A guard that ends by itself has cleaned up; one that was killed leaves that to us. */
  private guardEnded(): void {
    if (this.guard.signalCode === null) return;
    try {
      process.kill(this.ready.serverPid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
    void removeServerFolder(this.ready.folder);
  }
}

async function firstMessage(guard: ChildProcess, timeout: number): Promise<GuardMessage> {
  const gone = new AbortController();
  guard.once('disconnect', () => gone.abort());
  try {
    const signal = AbortSignal.any([gone.signal, AbortSignal.timeout(timeout)]);
    const [message] = (await once(guard, 'message', { signal })) as [GuardMessage];
    return message;
  } catch (cause) {
    const why = gone.signal.aborted ? 'Its guard process ended' : `It took more than ${timeout} ms`;
    throw new Error(`The embedded PostgreSQL did not start. ${why}. Set DATABASE_URL to use another.`, { cause });
  }
}
