import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { installedBinaries, runnableBinaries, serverAccount } from './postgres-binaries.js';

const passwd = [
  'root:x:0:0:root:/root:/bin/bash',
  'nobody:x:65534:65533:nobody:/nonexistent:/usr/sbin/nologin',
  'postgres:x:101:104:PostgreSQL administrator,,,:/var/lib/postgresql:/bin/bash',
];

describe('the account of the server', () => {
  it('is that of the service, unless the service is root', () => {
    expect(serverAccount(1000)).toBeUndefined();
  });

  it('is postgres for root', () => {
    expect(serverAccount(0, () => passwd.join('\n'))).toEqual({ name: 'postgres', uid: 101, gid: 104 });
  });

  it('is nobody where there is no postgres', () => {
    expect(serverAccount(0, () => passwd.slice(0, 2).join('\n'))).toEqual({ name: 'nobody', uid: 65534, gid: 65533 });
  });

  it('is not made up where there is neither', () => {
    expect(() => serverAccount(0, () => passwd[0] ?? '')).toThrow(/refuses to run as root.*set DATABASE_URL/);
  });
});

describe('the binaries of the server', () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'binaries-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('are installed by npm', () => {
    const { initdb, postgres } = installedBinaries();
    expect([initdb, postgres].filter((program) => !existsSync(program))).toEqual([]);
  });

  it('are used where they are if the account can run them', () => {
    const binaries = runnableBinaries(undefined, folder);
    expect(binaries).toEqual(installedBinaries());
    expect(existsSync(join(folder, 'binaries'))).toBe(false);
  });

  it('are copied, with their links, for an account that cannot reach them', () => {
    // An account that can run nothing at all stands for one that cannot reach node_modules.
    const nobody = { name: 'nobody', uid: -1, gid: -1 };
    const { postgres } = runnableBinaries(nobody, folder);
    expect(postgres.startsWith(folder)).toBe(true);
    expect(spawnSync(postgres, ['--version'], { encoding: 'utf8' }).stdout).toMatch(/^postgres \(PostgreSQL\) \d+/);
  });
});
