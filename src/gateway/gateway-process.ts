import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/**
 * The example's own payment gateway as a child process, for those who have no other at hand. Detached, so that a Ctrl-C in
 * the terminal leaves it to the service to end it last; it ends when the channel to the service closes.
 */
export class GatewayProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {
    child.unref();
    child.channel?.unref();
  }

  static async start(): Promise<GatewayProcess> {
    const child = fork(fileURLToPath(new URL('./gateway.main.js', import.meta.url)), {
      detached: true,
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      execArgv: [],
    });
    const gone = new AbortController();
    child.once('disconnect', () => gone.abort());
    const [{ url }] = (await once(child, 'message', { signal: gone.signal })) as [{ url: string }];
    return new GatewayProcess(child, url);
  }

  async close(): Promise<void> {
    if (!this.child.connected) return;
    this.child.ref();
    this.child.disconnect();
    await once(this.child, 'exit');
  }
}
