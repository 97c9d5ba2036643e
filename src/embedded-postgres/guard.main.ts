/**
 * The guard: a small process that runs one PostgreSQL server for one service. It stops the server and removes its folder
 * as soon as the channel to the service closes, for whatever reason: the service closed it, ended, crashed or was killed.
 * A detached process, so that a Ctrl-C in the service's terminal does not reach server and guard before the service is done.
 */
import { once } from 'node:events';
import type { GuardMessage } from './guard-message.js';
import { serverAccount } from './postgres-binaries.js';
import { startPostgresServer } from './postgres-server.js';
import {
  answerFor,
  createServerFolder,
  removeServerFolder,
  serverFoldersParent,
  sweepServerFolders,
} from './server-folder.js';

/** Aborted when the service needs the server no more. */
function endOfService(): AbortSignal {
  const end = new AbortController();
  process.once('disconnect', () => end.abort());
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => end.abort());
  process.on('SIGHUP', () => undefined);
  if (!process.connected) end.abort();
  return end.signal;
}

async function guard(ended: AbortSignal): Promise<void> {
  const account = serverAccount();
  await sweepServerFolders(serverFoldersParent(account));
  const folder = createServerFolder(account);
  const doorbell = await answerFor(folder);
  try {
    const server = await startPostgresServer({ folder, account, signal: ended });
    await tell({ type: 'ready', url: server.url, serverPid: server.pid, folder });
    if (!ended.aborted) await Promise.race([server.ended, once(ended, 'abort')]);
    await server.stop();
  } finally {
    doorbell.close();
    await removeServerFolder(folder);
  }
}

/** Sends to the service, if it is still there to hear it. */
function tell(message: GuardMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected) process.send?.(message, () => resolve());
    else resolve();
  });
}

try {
  await guard(endOfService());
} catch (error) {
  await tell({ type: 'failed', reason: (error as Error).message });
  process.exitCode = 1;
}
if (process.connected) process.disconnect();
