import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ChildProgram } from '../../src/embedded-postgres/child-program.js';
import { type Account, serverAccount } from '../../src/embedded-postgres/postgres-binaries.js';
import { freePort } from './postgres-server.js';

const SERVER = '/usr/sbin/mariadbd';

/** The data is thrown away; nothing of the machine's own configuration is read. */
const SETTINGS = ['--no-defaults', '--bind-address=127.0.0.1', '--innodb-flush-log-at-trx-commit=2', '--skip-log-bin'];

/** A real MariaDB server for one test file: private, on a free port of the loopback, in a temporary folder. */
export class MariadbServer {
  private program: ChildProgram | undefined;

  private constructor(
    readonly port: number,
    readonly password: string,
    private readonly folder: string,
    private readonly account: Account | undefined,
  ) {}

  static async start(): Promise<MariadbServer> {
    const account = serverAccount();
    const folder = mkdtempSync('/tmp/nestjs-resources-test-');
    if (account) chownSync(folder, account.uid, account.gid);
    const server = new MariadbServer(await freePort(), randomBytes(18).toString('hex'), folder, account);
    await server.makeData();
    await server.launch();
    return server;
  }

  /** Why there can be no server on this machine; nothing if there can. */
  static missing(): string | undefined {
    return existsSync(SERVER) ? undefined : 'no MariaDB is installed (apt-get install mariadb-server)';
  }

  get url(): string {
    return `mysql://tester:${this.password}@127.0.0.1:${this.port}/shop`;
  }

  /** SIGSTOP: sockets stay open, nobody answers. */
  pause(): void {
    if (this.program) process.kill(this.program.pid, 'SIGSTOP');
  }

  resume(): void {
    if (this.program) process.kill(this.program.pid, 'SIGCONT');
  }

  async stop(): Promise<void> {
    this.resume();
    // It takes SIGINT for a key press, so it is asked to stop in its own way.
    if (this.program) process.kill(this.program.pid, 'SIGTERM');
    await this.program?.ended;
    await rm(this.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }

  async kill(): Promise<void> {
    const { program } = this;
    if (!program) return;
    process.kill(program.pid, 'SIGKILL');
    await program.ended;
    this.program = undefined;
  }

  async restart(): Promise<void> {
    await this.kill();
    await this.launch();
  }

  private async makeData(): Promise<void> {
    const install = this.run('/usr/bin/mariadb-install-db', [
      '--no-defaults',
      `--datadir=${this.data}`,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
    ]);
    await install.ended;
    if (!install.succeeded) throw install.failure();
  }

  private async launch(): Promise<void> {
    const first = join(this.folder, 'first.sql');
    writeFileSync(
      first,
      `CREATE DATABASE IF NOT EXISTS shop;
       CREATE USER IF NOT EXISTS tester@'127.0.0.1' IDENTIFIED BY '${this.password}';
       GRANT ALL ON *.* TO tester@'127.0.0.1' WITH GRANT OPTION;`,
      { mode: 0o644 },
    );
    const program = this.run(SERVER, [
      ...SETTINGS,
      `--datadir=${this.data}`,
      `--port=${this.port}`,
      `--socket=${join(this.folder, 'socket')}`,
      `--pid-file=${join(this.folder, 'pid')}`,
      `--init-file=${first}`,
    ]);
    if (!(await program.says('ready for connections'))) throw program.failure();
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
