/** A private server with a database to load. */
export interface Server {
  readonly url: string;
  stop(): Promise<void>;
  /** SIGKILL: no goodbye to anybody. */
  kill(): Promise<void>;
  /** Starts it again on the same port with the same data. Resolves when it says that it is ready. */
  restart(): Promise<void>;
}

interface ServerClass {
  start(): Promise<Server>;
  /** Why there can be none on this machine. */
  missing(): string | undefined;
}

export type DatabaseType = 'postgres' | 'mariadb';

const FILES: Readonly<Record<DatabaseType, readonly [file: string, name: string]>> = {
  postgres: ['postgres-server', 'PostgresServer'],
  mariadb: ['mariadb-server', 'MariadbServer'],
};

/** Those of the tests, which `npm run bench` compiles beside the benchmarks. */
export async function serverClass(type: DatabaseType): Promise<ServerClass> {
  const [file, name] = FILES[type];
  const compiled = new URL(`../servers/test/support/${file}.js`, import.meta.url);
  const module = (await import(compiled.href)) as Record<string, ServerClass>;
  return module[name] as ServerClass;
}
