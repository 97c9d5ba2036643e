import { chownSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { Account } from './postgres-binaries.js';

const PREFIX = 'nestjs-resources-postgres-';

/** A folder without a socket may belong to a guard that is just starting, unless it is older than this. Milliseconds. */
const TIME_TO_ANSWER = 60_000;

/** Makes the folder in which one server lives: its data, and its binaries if they had to be copied. */
export function createServerFolder(account: Account | undefined, parent = serverFoldersParent(account)): string {
  const folder = mkdtempSync(join(parent, PREFIX));
  if (account) chownSync(folder, account.uid, account.gid);
  return folder;
}

/** The temporary folder of the system. Root's own may be closed to the server's account; then `/tmp`. */
export function serverFoldersParent(account: Account | undefined): string {
  return account && !openToOthers(tmpdir()) ? '/tmp' : tmpdir();
}

/** Shows that the owner of `folder` lives: a process id would prove nothing across containers, an open socket does. */
export async function answerFor(folder: string): Promise<Server> {
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(addressOf(folder), resolve);
  });
  return server;
}

/**
 * Removes the folders of guards that were killed together with their service. A server that still runs in one of them is
 * stopped where `/proc` proves that it is ours; elsewhere it ends by itself, within a minute after its files are gone.
 */
export async function sweepServerFolders(parent: string): Promise<void> {
  const folders = readdirSync(parent).filter((name) => name.startsWith(PREFIX));
  await Promise.all(folders.map((name) => sweep(join(parent, name))));
}

/**
 * Removes a server's folder. A server that is still ending may write into it and remove from it meanwhile, hence the retries;
 * and not by `rmSync`, which from Node 24 on takes a file that vanishes meanwhile for the end of its work.
 */
export function removeServerFolder(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}

async function sweep(folder: string): Promise<void> {
  try {
    if (await isAbandoned(folder)) {
      stopServerIn(folder);
      await removeServerFolder(folder);
    }
  } catch (error) {
    // Another user's folder, or another service sweeps it at this moment: neither is ours to remove.
    if (!['EACCES', 'EPERM', 'ENOENT'].includes(codeOf(error))) throw error;
  }
}

async function isAbandoned(folder: string): Promise<boolean> {
  const refusal = await ring(addressOf(folder));
  if (refusal === 'ENOENT') return Date.now() - statSync(folder).mtimeMs > TIME_TO_ANSWER;
  return refusal === 'ECONNREFUSED';
}

/** Connects to a guard. Nothing if it answers, else the code of the error. */
function ring(address: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(address);
    socket.once('connect', () => resolve(undefined));
    socket.once('error', (error) => resolve(codeOf(error)));
    socket.once('close', () => socket.destroy());
  });
}

function stopServerIn(folder: string): void {
  const data = dataFolderOf(folder);
  try {
    const pid = Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]);
    if (readlinkSync(`/proc/${pid}/cwd`) === data) process.kill(pid, 'SIGQUIT');
  } catch (error) {
    // It had ended, or there is no /proc here.
    if (!['ENOENT', 'ESRCH'].includes(codeOf(error))) throw error;
  }
}

export function dataFolderOf(folder: string): string {
  return join(folder, 'data');
}

function addressOf(folder: string): string {
  return process.platform === 'win32' ? `\\\\.\\pipe\\${basename(folder)}` : join(folder, 'guard.sock');
}

function openToOthers(folder: string): boolean {
  const open = (statSync(folder).mode & 0o001) !== 0;
  return open && (folder === dirname(folder) || openToOthers(dirname(folder)));
}

function codeOf(error: unknown): string {
  return String((error as NodeJS.ErrnoException).code);
}
