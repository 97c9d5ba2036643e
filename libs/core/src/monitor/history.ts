import type { ResourceHealth } from '../resource/health.js';

/** Figures kept per resource; what comes after is left out. */
const MOST_COLUMNS = 24;
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

/**
 * The last samples of one resource, in columns of fixed size: memory is taken once, and the newest sample overwrites the
 * oldest.
 *
 *     t        ▓▓▓▓▓▓▓▓▓░░░   one Float64Array per column, written round and round
 *     health   ▓▓▓▓▓▓▓▓▓░░░
 *     leased   ▓▓▓▓▓▓▓▓▓░░░   the figures that the first sample had
 */
export class History {
  private readonly times: Float64Array;
  private readonly levels: Uint8Array;
  private readonly columns: ReadonlyMap<string, Float64Array>;
  private written = 0;

  /** @param figures - of the first sample: their names become the columns */
  constructor(
    private readonly size: number,
    figures: ReadonlyMap<string, number>,
  ) {
    this.times = new Float64Array(size);
    this.levels = new Uint8Array(size);
    const names = [...figures.keys()].slice(0, MOST_COLUMNS);
    this.columns = new Map(names.map((name) => [name, new Float64Array(size)]));
  }

  /** Bytes that a history for these figures takes. */
  static bytesFor(size: number, figures: ReadonlyMap<string, number>): number {
    return size * (BYTES_PER_NUMBER * (1 + Math.min(figures.size, MOST_COLUMNS)) + 1);
  }

  get bytes(): number {
    return this.size * (BYTES_PER_NUMBER * (1 + this.columns.size) + 1);
  }

  get length(): number {
    return Math.min(this.written, this.size);
  }

  record(timestamp: number, health: ResourceHealth, figures: ReadonlyMap<string, number>): void {
    const row = this.written++ % this.size;
    this.times[row] = timestamp;
    this.levels[row] = LEVELS.indexOf(health);
    for (const [name, column] of this.columns) column[row] = figures.get(name) ?? Number.NaN;
  }

  /** Samples from `from` on, and of those that are closer together than `step` milliseconds only the first. */
  read({ from = 0, step = 0 }: { readonly from?: number; readonly step?: number } = {}): HistoryColumns {
    const rows = this.rows(from, step);
    const figures = [...this.columns].map(([name, column]) => [name, rows.map((row) => known(column[row]))] as const);
    return {
      t: rows.map((row) => this.times[row] ?? 0),
      health: rows.map((row) => LEVELS[this.levels[row] ?? 0] ?? 'UNKNOWN'),
      figures: Object.fromEntries(figures),
    };
  }

  private rows(from: number, step: number): number[] {
    const rows: number[] = [];
    let next = from;
    for (let index = this.written - this.length; index < this.written; index++) {
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
