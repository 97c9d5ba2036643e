/** How a family of databases says that the connection or the server is at fault, not the statement. */
export interface ConnectionErrors {
  /** Whether `error` is of the connection: what a breaker counts, and what condemns the connection. */
  isConnectionError(error: unknown): boolean;
  /** Whether trying again cannot help: a wrong password, an unknown database. */
  isFatal(error: unknown): boolean;
  /** Whether the transaction may succeed if it is simply run again: a serialisation failure, a deadlock. */
  isRetryable(error: unknown): boolean;
}

const NETWORK_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** Shutdown, crash, starting up, idle timeout, too many connections; class 08 is tested by its prefix. */
const POSTGRES_CODES = new Set(['57P01', '57P02', '57P03', '57P05', '25P03', '25P04', '53300']);

/** Wrong password or user, no such database: no retry will mend them. */
const POSTGRES_FATAL_CODES = new Set(['28P01', '28000', '3D000', '42501']);

/** pg makes these without a code. */
const POSTGRES_MESSAGES = /^Connection terminated|^timeout expired$|is not queryable$/;

export const postgresErrors: ConnectionErrors = {
  isConnectionError(error) {
    const { code, message } = fieldsOf(error);
    if (code === undefined) return POSTGRES_MESSAGES.test(message);
    return NETWORK_CODES.has(code) || POSTGRES_CODES.has(code) || /^08...$/.test(code);
  },
  isFatal: (error) => POSTGRES_FATAL_CODES.has(fieldsOf(error).code ?? ''),
  isRetryable: (error) => ['40001', '40P01'].includes(fieldsOf(error).code ?? ''),
};

const MYSQL_CODES = new Set([
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_SEQUENCE_TIMEOUT',
  'ER_SERVER_SHUTDOWN',
  'ER_NORMAL_SHUTDOWN',
  'ER_CON_COUNT_ERROR',
  'ER_TOO_MANY_USER_CONNECTIONS',
  'ER_CONNECTION_KILLED',
  'ER_NEW_ABORTING_CONNECTION',
  'ER_ABORTING_CONNECTION',
]);

const MYSQL_FATAL_CODES = new Set(['ER_ACCESS_DENIED_ERROR', 'ER_DBACCESS_DENIED_ERROR', 'ER_BAD_DB_ERROR']);

/** mysql2 makes these without a code, or with none that means anything. */
const MYSQL_MESSAGES = /^Can't add new command when connection is in closed state|^Connection lost/;

export const mysqlErrors: ConnectionErrors = {
  isConnectionError(error) {
    const { code, message } = fieldsOf(error);
    return NETWORK_CODES.has(code ?? '') || MYSQL_CODES.has(code ?? '') || MYSQL_MESSAGES.test(message);
  },
  isFatal: (error) => MYSQL_FATAL_CODES.has(fieldsOf(error).code ?? ''),
  isRetryable: (error) => ['ER_LOCK_DEADLOCK', 'ER_CHECKREAD'].includes(fieldsOf(error).code ?? ''),
};

/** A database inside the process has no connection that could be lost; its file may be locked by another process. */
export const sqliteErrors: ConnectionErrors = {
  isConnectionError: () => false,
  isFatal: () => false,
  isRetryable: (error) => (fieldsOf(error).code ?? '').startsWith('SQLITE_BUSY'),
};

/** The error of the driver, which TypeORM wraps in a `QueryFailedError`. */
export function driverErrorOf(error: unknown): unknown {
  const wrapped = (error as { driverError?: unknown } | null | undefined)?.driverError;
  return wrapped ?? error;
}

function fieldsOf(error: unknown): { code: string | undefined; message: string } {
  const { code, message } = (driverErrorOf(error) ?? {}) as { code?: unknown; message?: unknown };
  return { code: typeof code === 'string' ? code : undefined, message: typeof message === 'string' ? message : '' };
}
