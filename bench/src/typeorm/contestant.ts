import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Round, Survival } from './load.js';
import type { Operation } from './operations.js';
import type { DatabaseType } from './servers.js';

/**
 * How a contestant does it: TypeORM as it is, the same in a process that uses AsyncLocalStorage, as tracing, request contexts
 * and our sessions do, plain repositories on our pool, our sessions.
 */
export const WAYS = ['stock', 'context', 'ours', 'session'] as const;
export type Way = (typeof WAYS)[number];

/** What a contestant's process is told to do. */
export type Order =
  | { readonly do: 'load'; readonly operation: Operation; readonly clients: number; readonly duration: number }
  | { readonly do: 'repeat'; readonly operation: Operation; readonly times: number }
  | { readonly do: 'survive'; readonly clients: number }
  | { readonly do: 'rest' | 'end' };

export interface Repeated {
  /** Milliseconds. */
  readonly took: number;
  /** Bytes that are left after a garbage collection. */
  readonly heap: number;
  /** Sessions open and connections lent afterwards. */
  readonly inUse: number;
}

export type Answer = Round | Repeated | Survival | object;

/** A process that does what it is told, one thing at a time. */
export class Contestant {
  private constructor(
    readonly way: Way,
    private readonly child: ChildProcess,
  ) {}

  /** Resolves when it is connected. */
  static async start(way: Way, type: DatabaseType, url: string, poolSize: number): Promise<Contestant> {
    const file = new URL('contestant.process.js', import.meta.url);
    const child = fork(file, [way, type, url, String(poolSize)], { serialization: 'advanced' });
    const contestant = new Contestant(way, child);
    await contestant.answer();
    return contestant;
  }

  load(operation: Operation, clients: number, duration: number): Promise<Round> {
    return this.ask({ do: 'load', operation, clients, duration }) as Promise<Round>;
  }

  repeat(operation: Operation, times: number): Promise<Repeated> {
    return this.ask({ do: 'repeat', operation, times }) as Promise<Repeated>;
  }

  /** Clients who go on through everything, until {@link rest}. */
  async survive(clients: number): Promise<void> {
    await this.ask({ do: 'survive', clients });
  }

  rest(): Promise<Survival> {
    return this.ask({ do: 'rest' }) as Promise<Survival>;
  }

  async end(): Promise<void> {
    const exited = once(this.child, 'exit');
    await this.ask({ do: 'end' });
    await exited;
  }

  private ask(order: Order): Promise<Answer> {
    this.child.send(order);
    return this.answer();
  }

  private async answer(): Promise<Answer> {
    const waiting = new AbortController();
    const { signal } = waiting;
    const ended = once(this.child, 'exit', { signal }).then(() => Promise.reject(new Error(`${this.way} has ended.`)));
    try {
      const [answer] = (await Promise.race([once(this.child, 'message', { signal }), ended])) as [Answer];
      return answer;
    } finally {
      waiting.abort();
      ended.catch(() => 'It was not waited for to the end.');
    }
  }
}
