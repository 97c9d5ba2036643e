import { existsSync } from 'node:fs';

/** A database to load, and how to be done with it. */
export interface Database {
  readonly url: string;
  close(): Promise<void>;
}

interface EmbeddedServer {
  readonly EmbeddedPostgres: { start(): Promise<Database> };
}

/** `DATABASE_URL`, else the embedded server of the example, if that has been built. */
export async function openDatabase(): Promise<Database> {
  const url = process.env['DATABASE_URL'];
  if (url !== undefined) return { url, close: () => Promise.resolve() };
  const built = new URL('../../../dist/embedded-postgres/embedded-postgres.js', import.meta.url);
  if (!existsSync(built)) throw new Error('Set DATABASE_URL, or run npm run build for the embedded server.');
  const { EmbeddedPostgres } = (await import(built.href)) as EmbeddedServer;
  return EmbeddedPostgres.start();
}
