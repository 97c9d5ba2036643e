import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { CreateContext } from '@nestjs-resources/nest';
import type { ReceiptOrder } from './receipt.js';

/** The thread ended while it was needed. */
export class RendererDiedError extends Error {
  constructor(options?: ErrorOptions) {
    super('The thread that renders receipts has died.', options);
    this.name = 'RendererDiedError';
  }
}

/**
 * A thread that renders receipts, one at a time: whoever holds the lease is the only one to ask it. It notices its own end,
 * and tells the pool.
 */
export class ReceiptRenderer {
  private readonly ended = new AbortController();

  private constructor(
    private readonly worker: Worker,
    died: CreateContext['died'],
  ) {
    worker.once('error', (error) => this.ended.abort(error));
    worker.once('exit', (code) => {
      this.ended.abort();
      died(`its thread ended with code ${code}`);
    });
  }

  /** Starts a thread and waits until it listens. */
  static async open({ signal, died }: CreateContext): Promise<ReceiptRenderer> {
    const worker = new Worker(new URL('./receipt.worker.js', import.meta.url), { execArgv: [] });
    const renderer = new ReceiptRenderer(worker, died);
    try {
      await renderer.answer(signal);
      return renderer;
    } catch (error) {
      await worker.terminate();
      throw error;
    }
  }

  /** @throws {RendererDiedError} */
  async render(order: ReceiptOrder): Promise<string> {
    const answer = this.answer(this.ended.signal);
    this.worker.postMessage(order);
    return answer;
  }

  async close(): Promise<void> {
    await this.worker.terminate();
  }

  private async answer(signal: AbortSignal): Promise<string> {
    try {
      const [answer] = (await once(this.worker, 'message', { signal })) as [string];
      return answer;
    } catch (cause) {
      throw new RendererDiedError({ cause });
    }
  }
}
