import type { SessionFactory } from './session-factory.js';
import type { Session } from './session.js';
import type { SessionOptions } from './session.options.js';

/**
 * Opens a session, for `await using`.
 *
 * @example
 * await using session = pooledSession(sessions, { label: 'report' });
 */
export function pooledSession(sessions: SessionFactory, options?: SessionOptions): Session {
  return sessions.open(options);
}
