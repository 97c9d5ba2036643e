import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { ChildProgram } from '../../src/embedded-postgres/child-program.js';
import {
  type Account,
  installedBinaries,
  type PostgresBinaries,
  runnableBinaries,
  serverAccount,
} from '../../src/embedded-postgres/postgres-binaries.js';

const USER = 'tester';
const LOCAL_INSTALLATIONS = '/usr/lib/postgresql';

/** The data is thrown away, so durability against a power failure is off; a killed server still recovers. */
const SETTINGS = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off', 'lc_messages=C'];

export interface PostgresServerSettings {
  /** More `postgresql.conf` settings, e.g. `max_connections=5`. */
  readonly settings?: readonly string[];
}

/**
 * A real PostgreSQL server for one test file: private, on a free port of the loopback, in a temporary folder. It can be
 * treated badly.
 */
export class PostgresServer {
  private program: ChildProgram | undefined;

  private constructor(
    readonly port: number,
    readonly password: string,
    private readonly folder: string,
    private readonly account: Account | undefined,
    private readonly binaries: PostgresBinaries,
    private readonly settings: readonly string[],
  ) {}

  /** Makes a cluster and starts a server on it. */
  static async start({ settings = [] }: PostgresServerSettings = {}): Promise<PostgresServer> {
    const account = serverAccount();
    const folder = mkdtempSync('/tmp/nestjs-resources-test-');
    if (account) chownSync(folder, account.uid, account.gid);
    const password = randomBytes(18).toString('base64url');
    const binaries = localBinaries() ?? runnableBinaries(account, folder);
    const server = new PostgresServer(await freePort(), password, folder, account, binaries, settings);
    await server.makeCluster();
    await server.launch();
    return server;
  }

  /** Why there can be no server on this machine; nothing if there can. */
  static missing(): string | undefined {
    try {
      serverAccount();
      if (localBinaries() || existsSync(installedBinaries().postgres)) return undefined;
      return 'no PostgreSQL is installed';
    } catch (error) {
      return (error as Error).message;
    }
  }

  get url(): string {
    return `postgresql://${USER}:${this.password}@127.0.0.1:${this.port}/postgres`;
  }

  get pid(): number {
    return this.program?.pid ?? 0;
  }

  /** Ends it as an administrator does, and removes its data. */
  async stop(): Promise<void> {
    this.resume();
    await this.program?.stop();
    this.program = undefined;
    await rm(this.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }

  /** SIGKILL: no goodbye to anybody. */
  async kill(): Promise<void> {
    const { program } = this;
    if (!program) return;
    process.kill(program.pid, 'SIGKILL');
    await program.ended;
    this.program = undefined;
    // Its children notice by themselves, a little later; until then they hold the shared memory.
    rmSync(join(this.folder, 'data', 'postmaster.pid'), { force: true });
  }

  /** Starts it again on the same port with the same data. */
  async restart(): Promise<void> {
    await this.kill();
    for (let attempt = 1; ; attempt++) {
      const problem = await this.launch().then(
        () => undefined,
        (error: unknown) => error,
      );
      if (!problem) return;
      if (attempt === 50) throw problem as Error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** SIGSTOP to the server and its backends: sockets stay open, nobody answers. */
  pause(): void {
    for (const pid of this.processes()) signal(pid, 'SIGSTOP');
  }

  resume(): void {
    for (const pid of this.processes()) signal(pid, 'SIGCONT');
  }

  private processes(): number[] {
    const { pid } = this;
    if (!pid) return [];
    return [
      pid,
      ...readdirSync('/proc')
        .filter((name) => parentOf(name) === pid)
        .map(Number),
    ];
  }

  private async makeCluster(): Promise<void> {
    const passwordFile = join(this.folder, 'password');
    writeFileSync(passwordFile, this.password, { mode: 0o600 });
    if (this.account) chownSync(passwordFile, this.account.uid, this.account.gid);
    const data = ['--pgdata', this.data, '--encoding=UTF8', '--locale=C', '--no-sync'];
    const access = ['--username', USER, '--pwfile', passwordFile, '--auth=scram-sha-256'];
    const initdb = this.run(this.binaries.initdb, [...data, ...access]);
    await initdb.ended;
    if (!initdb.succeeded) throw initdb.failure();
  }

  private async launch(): Promise<void> {
    const settings = [...SETTINGS, ...this.settings].flatMap((setting) => ['-c', setting]);
    const program = this.run(this.binaries.postgres, ['-D', this.data, '-p', String(this.port), ...settings]);
    if (!(await program.says('ready to accept connections'))) throw program.failure();
    this.program = program;
  }

  private run(path: string, parameters: string[]): ChildProgram {
    const identity = this.account && { uid: this.account.uid, gid: this.account.gid };
    const env = { PATH: process.env['PATH'], LC_ALL: 'C' };
    return new ChildProgram(path, parameters, { cwd: this.folder, env, ...identity });
  }

  private get data(): string {
    return join(this.folder, 'data');
  }
}

/** The newest installation of the machine, if there is one: it needs no copy that the server's account can reach. */
function localBinaries(): PostgresBinaries | undefined {
  if (!existsSync(LOCAL_INSTALLATIONS)) return undefined;
  const [newest] = readdirSync(LOCAL_INSTALLATIONS).sort((a, b) => Number(b) - Number(a));
  const bin = join(LOCAL_INSTALLATIONS, String(newest), 'bin');
  const binaries = { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres') };
  return existsSync(binaries.postgres) && existsSync(binaries.initdb) ? binaries : undefined;
}

function parentOf(pid: string): number | undefined {
  if (!/^\d+$/.test(pid)) return undefined;
  try {
    // `pid (name) state parent …`; the name may contain anything, so it is counted from its end.
    return Number(
      readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) \S+ /s, '')
        .split(' ')[0],
    );
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes(String((error as NodeJS.ErrnoException).code))) return undefined;
    throw error;
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** A port nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
