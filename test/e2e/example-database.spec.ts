import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { serverAccount } from '../../dist/embedded-postgres/postgres-binaries.js';
import { startPostgresServer } from '../../dist/embedded-postgres/postgres-server.js';
import { createServerFolder } from '../../dist/embedded-postgres/server-folder.js';
import { until } from '../../src/demo/until.js';
import { root } from './example-service.js';

describe('the embedded PostgreSQL', () => {
  let temporary: string;
  beforeEach(() => {
    temporary = mkdtempSync('/tmp/example-database-');
    chmodSync(temporary, 0o755);
  });
  afterEach(() => rmSync(temporary, { recursive: true }));

  it('tries another port if somebody else was faster', async () => {
    const rival = createServer().listen(0, '127.0.0.1');
    await once(rival, 'listening');
    const taken = (rival.address() as AddressInfo).port;
    const free = createServer().listen(0, '127.0.0.1');
    await once(free, 'listening');
    const { port } = free.address() as AddressInfo;
    free.close();

    const ports = [taken, taken, port];
    const account = serverAccount();
    const server = await startPostgresServer({
      folder: createServerFolder(account, temporary),
      account,
      signal: new AbortController().signal,
      choosePort: () => Promise.resolve(ports.shift() ?? 0),
    });
    expect(new URL(server.url).port).toBe(String(port));
    await server.stop();
    await server.ended;
    rival.close();
  }, 30_000);

  it('gives up at the end of its time, and leaves nothing', async () => {
    const script = `
      const { EmbeddedPostgres } = await import('${root}/dist/embedded-postgres/embedded-postgres.js');
      await EmbeddedPostgres.start({ timeout: 300 }).catch((error) => console.log(error.message));`;
    const said = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
      env: { ...process.env, TMPDIR: temporary },
      encoding: 'utf8',
    });
    expect(said).toMatch(/did not start\. It took more than 300 ms/);
    expect(await until(() => Promise.resolve(readdirSync(temporary).length === 0), 10_000)).toBe(true);
  }, 30_000);
});
