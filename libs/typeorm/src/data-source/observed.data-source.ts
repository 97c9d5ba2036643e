import type { DataSource, QueryRunner } from 'typeorm';

/** What can be seen of a data source whose pool is the driver's own. */
export interface ObservedFigures {
  /** Query runners made, and those of them that have not been released. */
  readonly runners: { readonly created: number; readonly active: number };
  /** What the driver says of its pool, if it says anything. */
  readonly driverPool?: Readonly<Record<'size' | 'idle' | 'waiting', number>>;
}

/** Figures as pg, mssql and oracledb call them. */
const FIGURES = [
  { size: 'totalCount', idle: 'idleCount', waiting: 'waitingCount' },
  { size: 'size', idle: 'available', waiting: 'pending' },
] as const;

/**
 * A data source that keeps its driver's own pool. It is initialised, destroyed and watched; its query runners are counted.
 * Nothing of its connections is ours.
 */
export class ObservedDatabase {
  private readonly active = new Set<QueryRunner>();
  private created = 0;
  private dataSource: DataSource | undefined;

  attach(dataSource: DataSource): void {
    this.dataSource = dataSource;
    const create = dataSource.createQueryRunner.bind(dataSource);
    dataSource.createQueryRunner = (role) => this.watch(create(role));
  }

  get figures(): ObservedFigures {
    const driverPool = figuresOf((this.dataSource?.driver as { master?: unknown } | undefined)?.master);
    return { runners: { created: this.created, active: this.active.size }, ...(driverPool && { driverPool }) };
  }

  /** Some drivers have one runner for all; it is counted once while it is in use. */
  private watch(runner: QueryRunner): QueryRunner {
    if (this.active.has(runner)) return runner;
    this.created++;
    this.active.add(runner);
    const release = runner.release.bind(runner);
    runner.release = () => {
      this.active.delete(runner);
      return release();
    };
    return runner;
  }
}

function figuresOf(pool: unknown): ObservedFigures['driverPool'] {
  const source = (pool ?? {}) as Record<string, unknown>;
  const names = FIGURES.find(({ size, idle, waiting }) =>
    [size, idle, waiting].every((name) => typeof source[name] === 'number'),
  );
  if (!names) return undefined;
  const figure = (name: string): number => source[name] as number;
  return { size: figure(names.size), idle: figure(names.idle), waiting: figure(names.waiting) };
}
