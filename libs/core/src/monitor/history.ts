import type { ResourceHealth } from '../resource/health.js';
import type { HistoryBudget } from './history-budget.js';

/** Figures kept per resource; what comes after is left out. */
const MOST_COLUMNS = 48;
const BYTES_PER_NUMBER = 8;

/** Health as a number in a column, in the order of severity. */
const LEVELS: readonly ResourceHealth[] = ['HEALTHY', 'DEGRADED', 'UNKNOWN', 'UNHEALTHY'];

/** What was seen over time, oldest first: one array per figure, all of the same length. `null` where it was missing. */
export interface HistoryColumns {
  /** Milliseconds since the epoch. */
  readonly t: readonly number[];
  readonly health: readonly ResourceHealth[];
  readonly figures: Readonly<Record<string, readonly (number | null)[]>>;
}

/** Which samples one wants. */
export interface HistoryRange {
  /** The oldest, in milliseconds since the epoch. @default 0 */
  readonly from?: number;
  /** Of samples that are closer together than this, in milliseconds, only the first. @default 0 */
  readonly step?: number;
  /** Numbers in all columns together: if there are more, the newest samples. @default all */
  readonly most?: number;
}

/**
 * The last samples of one resource, in columns of fixed size: the newest sample overwrites the oldest. A figure gets its
 * column when it is first seen, as long as the budget allows.
 *
 *     t        ▓▓▓▓▓▓▓▓▓░░░   one Float64Array per column, written round and round
 *     health   ▓▓▓▓▓▓▓▓▓░░░
 *     leased   ▓▓▓▓▓▓▓▓▓░░░
 */
export class History {
  private readonly times: Float64Array;
  private readonly levels: Uint8Array;
  private readonly columns = new Map<string, Float64Array>();
  private written = 0;

  private constructor(
    private readonly size: number,
    private readonly budget: HistoryBudget,
  ) {
    this.times = new Float64Array(size);
    this.levels = new Uint8Array(size);
  }

  /** @returns nothing if the budget is used up */
  static begin(size: number, budget: HistoryBudget): History | undefined {
    return budget.take(size * (BYTES_PER_NUMBER + 1)) ? new History(size, budget) : undefined;
  }

  get bytes(): number {
    return this.size * (BYTES_PER_NUMBER * (1 + this.columns.size) + 1);
  }

  /** Gives its memory back to the budget. Not to be used afterwards. */
  end(): void {
    this.budget.give(this.bytes);
  }

  record(timestamp: number, health: ResourceHealth, figures: ReadonlyMap<string, number>): void {
    const row = this.written++ % this.size;
    this.times[row] = timestamp;
    this.levels[row] = LEVELS.indexOf(health);
    for (const name of figures.keys()) if (!this.columns.has(name)) this.addColumn(name);
    for (const [name, column] of this.columns) column[row] = figures.get(name) ?? Number.NaN;
  }

  read({ from = 0, step = 0, most = Infinity }: HistoryRange = {}): HistoryColumns {
    const fitting = Math.max(1, Math.floor(most / (this.columns.size + 2)));
    const rows = this.rows(from, step).slice(-fitting);
    const figures = [...this.columns].map(([name, column]) => [name, rows.map((row) => known(column[row]))] as const);
    return {
      t: rows.map((row) => this.times[row] ?? 0),
      health: rows.map((row) => LEVELS[this.levels[row] ?? 0] ?? 'UNKNOWN'),
      figures: Object.fromEntries(figures),
    };
  }

  private addColumn(name: string): void {
    if (this.columns.size >= MOST_COLUMNS || !this.budget.take(this.size * BYTES_PER_NUMBER)) return;
    this.columns.set(name, new Float64Array(this.size).fill(Number.NaN));
  }

  private rows(from: number, step: number): number[] {
    const rows: number[] = [];
    let next = from;
    for (let index = Math.max(0, this.written - this.size); index < this.written; index++) {
      const time = this.times[index % this.size] ?? 0;
      if (time < next) continue;
      rows.push(index % this.size);
      next = time + step;
    }
    return rows;
  }
}

function known(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) ? null : value;
}
