import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chownSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { ChildProgram } from './child-program.js';
import { type Account, type PostgresBinaries, runnableBinaries } from './postgres-binaries.js';
import { dataFolderOf } from './server-folder.js';

const USER = 'orders';

/** Between choosing a free port and the server taking it, somebody else may take it. */
const MOST_PORTS_TRIED = 5;

/**
 * The data is thrown away with the folder, so durability is off. Loopback only, and no Unix socket that somebody else's
 * client could mistake for the machine's own database.
 */
const SETTINGS = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'fsync=off',
  'synchronous_commit=off',
  'full_page_writes=off',
  'logging_collector=off',
  'log_checkpoints=off',
  'lc_messages=C',
];

export interface PostgresServerOptions {
  readonly folder: string;
  readonly account: Account | undefined;
  /** Ends whatever runs while the server starts. */
  readonly signal: AbortSignal;
  /** Says on which port the server shall try to listen. @default any free one */
  readonly choosePort?: () => Promise<number>;
}

/** A running server, as its guard sees it. */
export interface PostgresServer {
  readonly pid: number;
  readonly url: string;
  /** Settles when the server has ended, for whatever reason. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/**
 * Makes a database cluster in `folder` and starts a server on a free port.
 *
 * @throws Error with the last lines that `initdb` or the server wrote
 */
export async function startPostgresServer(options: PostgresServerOptions): Promise<PostgresServer> {
  const binaries = runnableBinaries(options.account, options.folder);
  const password = randomBytes(24).toString('base64url');
  await makeCluster(binaries, password, options);
  for (let tried = 1; ; tried++) {
    const port = await (options.choosePort ?? freePort)();
    const program = launch(binaries.postgres, serverArguments(options.folder, port), options);
    if (await program.says('ready to accept connections')) return runningServer(program, port, password);
    if (tried === MOST_PORTS_TRIED || !program.said('Address already in use')) throw program.failure();
  }
}

async function makeCluster(
  binaries: PostgresBinaries,
  password: string,
  options: PostgresServerOptions,
): Promise<void> {
  const passwordFile = join(options.folder, 'password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (options.account) chownSync(passwordFile, options.account.uid, options.account.gid);
  const data = ['--pgdata', dataFolderOf(options.folder), '--encoding=UTF8', '--locale=C', '--no-sync'];
  const access = ['--username', USER, '--pwfile', passwordFile, '--auth=scram-sha-256'];
  const initdb = launch(binaries.initdb, [...data, ...access], options);
  await initdb.ended;
  rmSync(passwordFile);
  if (!initdb.succeeded) throw initdb.failure();
}

function serverArguments(folder: string, port: number): string[] {
  return ['-D', dataFolderOf(folder), '-p', String(port), ...SETTINGS.flatMap((setting) => ['-c', setting])];
}

function runningServer(program: ChildProgram, port: number, password: string): PostgresServer {
  return {
    pid: program.pid,
    url: `postgresql://${USER}:${password}@127.0.0.1:${port}/postgres`,
    ended: program.ended,
    stop: () => program.stop(),
  };
}

function launch(path: string, parameters: string[], { folder, account, signal }: PostgresServerOptions): ChildProgram {
  const identity = account && { uid: account.uid, gid: account.gid };
  // Nothing of our environment: PGDATA, PGPORT and their kind would win over what we say.
  const environment = { PATH: process.env['PATH'], LC_ALL: 'C' };
  return new ChildProgram(path, parameters, { cwd: folder, env: environment, signal, ...identity });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
