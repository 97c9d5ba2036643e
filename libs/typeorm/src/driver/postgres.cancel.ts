import type { PostgresClient, PostgresWire } from './postgres.connection.js';

const CANCELLED = '57014';
const IN_FAILED_TRANSACTION = '25P02';

/**
 * Asks the server to end the statement of a client, by PostgreSQL's cancel request: a connection of its own that takes no
 * slot and needs no login. The server closes it when it has passed the request on.
 *
 * @see https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-CANCELING-REQUESTS
 */
export function cancelPostgresStatement(client: PostgresClient, signal: AbortSignal): Promise<void> {
  const { processID, secretKey, host = 'localhost', port = 5432, ssl } = client;
  if (processID === null || secretKey === null) return Promise.resolve();
  // The class pg has made this client's own connection of.
  const Wire = client.connection.constructor as new (options: object) => PostgresWire;
  const wire = new Wire({ ssl });
  return new Promise((resolve, reject) => {
    const ask = (): void => wire.cancel(processID, secretKey);
    wire.on('connect', () => (ssl ? wire.requestSsl() : ask()));
    wire.on('sslconnect', ask);
    wire.on('error', reject);
    wire.on('end', resolve);
    // A server that answers nobody would keep the socket for ever.
    signal.addEventListener('abort', () => wire.stream.destroy(), { once: true });
    if (host.startsWith('/')) wire.connect(`${host}/.s.PGSQL.${port}`);
    else wire.connect(port, host);
  });
}

/** The signal of a cancellation that came too late for its statement ends an empty one. */
export async function fencePostgresClient(client: PostgresClient): Promise<void> {
  await client.query('').catch((error: { code?: string }) => {
    if (error.code !== CANCELLED && error.code !== IN_FAILED_TRANSACTION) throw error;
  });
}
