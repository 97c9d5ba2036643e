import type { DataSource, QueryRunner } from 'typeorm';

/** What TypeORM's PostgreSQL driver keeps of the query runners that hold a connection. */
interface GuardedRunner {
  readonly isReleased: boolean;
  releaseCallback?: ((error?: unknown) => void) | undefined;
}

/**
 * A runner that is released while it waits for its connection holds it for ever once it comes. TypeORM's `destroy()` then
 * releases each runner it knows until none is left; such a one ignores that and stays, so the loop never ends and blocks the
 * process. Here its connection goes back as soon as it comes, as broken: a statement of the runner may be on its way.
 */
export function guardRunners(dataSource: DataSource): void {
  const { connectedQueryRunners: runners } = dataSource.driver as { connectedQueryRunners?: GuardedRunner[] };
  if (!Array.isArray(runners)) return;
  runners.push = (runner: GuardedRunner) => {
    // What it holds is known only after it has made itself known.
    if (runner.isReleased) queueMicrotask(() => giveBack(runner));
    else Array.prototype.push.call(runners, runner);
    return runners.length;
  };
}

function giveBack(runner: GuardedRunner): void {
  runner.releaseCallback?.(new Error('Its query runner was released before it came.'));
  runner.releaseCallback = undefined;
}

/** What TypeORM's runner for MySQL keeps to itself. */
interface WaitingRunner {
  databaseConnection?: object;
  databaseConnectionPromise?: Promise<{ destroy(): void }>;
}

/** The same for MySQL, whose driver keeps no list: the connection would be lost, and what ends the pool wait for it. */
export function guardWaitingRunners(dataSource: DataSource): void {
  const create = dataSource.createQueryRunner.bind(dataSource);
  dataSource.createQueryRunner = (role) => {
    const runner = create(role);
    const release = runner.release.bind(runner);
    runner.release = () => {
      giveBackWhenItComes(runner);
      return release();
    };
    return runner;
  };
}

function giveBackWhenItComes(runner: QueryRunner): void {
  const { databaseConnection, databaseConnectionPromise } = runner as WaitingRunner;
  if (databaseConnection || !databaseConnectionPromise) return;
  databaseConnectionPromise.then(
    (connection) => connection.destroy(),
    () => 'It did not come; whoever asked for it has been told.',
  );
}
