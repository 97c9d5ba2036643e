import { setTimeout as delay } from 'node:timers/promises';
import { expect } from '@jest/globals';
import type { SessionFactory, SessionTransactionOptions } from '@nestjs-resources/typeorm';
import type { DataSource, EntityManager } from 'typeorm';

/** Runs one statement past everything that is tested. */
export type Ask = <R extends object>(sql: string) => Promise<R[]>;

const ACCOUNTS = 10;
const START = 1_000;

/** How a transfer is made. */
export interface TransferOptions {
  /** Made anew for each transfer. */
  readonly options?: (bank: Bank) => SessionTransactionOptions;
  /** Milliseconds between the statements. */
  readonly pause?: number;
}

/**
 * Money moves between accounts. Whatever happens meanwhile: the sum stays, each transfer that was acknowledged is in the
 * ledger, and each that is in the ledger was acknowledged, or its caller was told that nobody knows.
 */
export class Bank {
  readonly acknowledged: string[] = [];
  readonly unknown: string[] = [];
  readonly errors: Error[] = [];
  /** Milliseconds that the slowest transfer took, whatever became of it. */
  slowest = 0;
  private clients = 0;

  constructor(private readonly ask: Ask) {}

  /** Founds it. */
  async open(): Promise<this> {
    for (const table of ['ledger', 'accounts']) await this.ask(`DROP TABLE IF EXISTS ${table}`);
    await this.ask('CREATE TABLE accounts (id int PRIMARY KEY, balance int NOT NULL)');
    await this.ask('CREATE TABLE ledger (id varchar(50) PRIMARY KEY)');
    const rows = Array.from({ length: ACCOUNTS }, (_, n) => `(${n + 1}, ${START})`);
    await this.ask(`INSERT INTO accounts VALUES ${rows.join(', ')}`);
    return this;
  }

  /** One transfer, in a session of its own. */
  transfer(sessions: SessionFactory, id: string, { options, pause }: TransferOptions = {}): Promise<void> {
    return this.book(id, () =>
      sessions.transaction(options?.(this) ?? {}, (tx) => this.move(tx, sessions.dataSource, id, pause)),
    );
  }

  /** What belongs to one transfer. The entry is made by what joins the transaction by itself. */
  async move(tx: EntityManager, dataSource: DataSource, id: string, pause = 0): Promise<void> {
    const [from, to] = [1, 2].map(() => 1 + Math.floor(Math.random() * ACCOUNTS)).sort((a, b) => a - b);
    await tx.query(`UPDATE accounts SET balance = balance - 1 WHERE id = ${from}`);
    if (pause > 0) await delay(pause);
    await tx.query(`UPDATE accounts SET balance = balance + 1 WHERE id = ${to}`);
    await dataSource.query(`INSERT INTO ledger VALUES ('${id}')`);
  }

  /** Notes what becomes of a transfer. */
  async book(id: string, transfer: () => Promise<void>): Promise<void> {
    const begun = performance.now();
    try {
      await transfer();
      this.acknowledged.push(id);
    } catch (error) {
      this.errors.push(error as Error);
      if ((error as { transaction?: unknown }).transaction === 'unknown') this.unknown.push(id);
    } finally {
      this.slowest = Math.max(this.slowest, performance.now() - begun);
    }
  }

  /** Transfers by several clients, until the function that is returned is called. */
  employ(sessions: SessionFactory, clients: number, options?: TransferOptions): () => Promise<void> {
    let over = false;
    const client = async (who: number): Promise<void> => {
      for (let n = 0; !over; n++) {
        const failures = this.errors.length;
        await this.transfer(sessions, `${who}-${n}`, options);
        if (this.errors.length > failures) await delay(5);
      }
    };
    const all = Array.from({ length: clients }, () => client(++this.clients));
    return async () => {
      over = true;
      await Promise.all(all);
    };
  }

  /** Looks into the books. */
  async audit(): Promise<void> {
    const [sum] = await this.ask<{ sum: unknown }>('SELECT SUM(balance) AS sum FROM accounts');
    expect(Number(sum?.sum)).toBe(ACCOUNTS * START);
    const ledger = await this.ask<{ id: string }>('SELECT id FROM ledger');
    const kept = new Set(ledger.map(({ id }) => id));
    expect(this.acknowledged.filter((id) => !kept.has(id))).toEqual([]);
    const known = new Set([...this.acknowledged, ...this.unknown]);
    expect([...kept].filter((id) => !known.has(id))).toEqual([]);
  }
}

/**
 * Gives up each transfer at a random moment. However quick the machine is, some four of five are given up before they end.
 */
export function abortedAtRandom(): (bank: Bank) => SessionTransactionOptions {
  let patience = 50;
  return ({ acknowledged, errors }) => {
    const tooMany = errors.length > 4 * acknowledged.length;
    patience = Math.min(Math.max(patience * (tooMany ? 1.02 : 0.98), 10), 2_000);
    return { signal: AbortSignal.timeout(Math.ceil(Math.random() * patience)) };
  };
}
