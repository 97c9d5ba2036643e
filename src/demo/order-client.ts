import { setTimeout as delay } from 'node:timers/promises';
import { crowd } from './crowd.js';

/** How a request ended, as the client saw it. */
export interface Answer {
  /** Of the HTTP response; 0 if there was none. */
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly body: unknown;
  /** What went wrong without a response, for example `ECONNREFUSED`. */
  readonly error: string | undefined;
}

export interface OrderAnswer extends Answer {
  readonly reference: string;
}

const SKUS = ['apple', 'bread', 'butter', 'cheese', 'coffee', 'egg', 'honey', 'milk', 'noodles', 'pear', 'rice', 'tea'];

/** A customer of the service, over real HTTP. Never throws: an answer that did not come is an answer too. */
export class OrderClient {
  private placed = 0;

  constructor(private readonly url: string) {}

  /** Orders two or three things, under a reference that nobody else uses. */
  async place(prefix: string): Promise<OrderAnswer> {
    const number = this.placed++;
    const reference = `${prefix}-${number}`;
    const lines = [0, 1, 2].slice(0, 2 + (number % 2)).map((offset) => ({
      sku: SKUS[(5 * number + offset) % SKUS.length],
      quantity: 1 + ((number + offset) % 3),
    }));
    const answer = await this.post('/orders', { reference, customer: `Customer ${number}`, lines });
    return { ...answer, reference };
  }

  /** Places orders that must succeed, because a step needs them. @returns their ids */
  async placeAll(count: number, prefix: string): Promise<string[]> {
    const answers = await crowd(count, 20, () => this.place(prefix));
    const failed = answers.find(({ status }) => status !== 201);
    if (failed) throw new Error(`An order could not be placed: ${failed.status} ${failed.error ?? ''}`);
    return answers.map(({ body }) => (body as { id: string }).id);
  }

  pay(orderId: string): Promise<Answer> {
    return this.post(`/orders/${orderId}/pay`);
  }

  private async post(path: string, body?: unknown): Promise<Answer> {
    try {
      const response = await fetch(this.url + path, {
        method: 'POST',
        ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      });
      const { status, headers } = response;
      return {
        status,
        retryAfter: headers.get('retry-after') ?? undefined,
        body: await response.json(),
        error: undefined,
      };
    } catch (error) {
      // Nobody asks a service that is not there as fast as the machine can.
      await delay(20);
      return { status: 0, retryAfter: undefined, body: undefined, error: reasonOf(error) };
    }
  }
}

export function succeeded({ status }: Answer): boolean {
  return status >= 200 && status < 300;
}

/** Whether the service said that it cannot now, and when to ask again. */
export function refusedPolitely({ status, retryAfter }: Answer): boolean {
  return status === 503 && retryAfter !== undefined;
}

/** How many answers had this status. */
export function countOf(status: number, answers: readonly Answer[]): number {
  return answers.filter((answer) => answer.status === status).length;
}

/** Orders that the service has acknowledged and the database does not have. */
export function lostOrders(answers: readonly OrderAnswer[], kept: ReadonlySet<string>): number {
  return answers.filter((answer) => succeeded(answer) && !kept.has(answer.reference)).length;
}

function reasonOf(error: unknown): string {
  const { cause, message } = error as Error & { cause?: { code?: string } };
  return cause?.code ?? message;
}
