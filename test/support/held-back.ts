import { setImmediate as turn } from 'node:timers/promises';
import type { Socket } from 'node:net';
import type { ConnectionPool } from '@nestjs-resources/core';

/** As much of a connection of pg or mysql2 as leads to its socket. */
interface Wired {
  readonly stream?: Socket;
  readonly connection?: { readonly stream: Socket };
}

/**
 * Does something after a statement was sent and before the server gets it: the sockets of both are different, and the first
 * may be the slower one.
 *
 * @param pool - of one connection
 */
export async function beforeItArrives<R>(
  pool: ConnectionPool<object>,
  statement: () => Promise<R>,
  first: () => Promise<unknown>,
): Promise<R> {
  const lease = await pool.acquire();
  const { stream, connection } = lease.resource as Wired;
  const socket = stream ?? connection?.stream;
  if (!socket) throw new Error('A connection without a socket.');
  socket.cork();
  lease.release();
  const answer = statement();
  await turn();
  await first();
  socket.uncork();
  return await answer;
}
