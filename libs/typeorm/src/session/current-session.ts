import { ResourceError } from '@nestjs-resources/core';
import type { SessionFactory } from './session-factory.js';
import type { Session } from './session.js';

/** A session was used where there is none. Code `NO_SESSION`. */
export class NoSessionError extends ResourceError {
  constructor() {
    super(
      'There is no session here. Use the SessionInterceptor, or call this within sessions.run() or a transaction.',
      { code: 'NO_SESSION' },
    );
  }
}

/**
 * Stands for the session of whoever uses it, found by the asynchronous context. So it can be injected once, into
 * singletons, and still means another session in each request.
 */
export function currentSession(sessions: SessionFactory): Session {
  return new Proxy({} as Session, {
    get(_target, key) {
      const session = sessions.current();
      // The container looks for hooks, and `await` for a `then`, where nobody means a session.
      if (!session) return typeof key === 'string' && isOfSession(key) ? raise() : undefined;
      const value: unknown = Reflect.get(session, key);
      return typeof value === 'function' ? value.bind(session) : value;
    },
  });
}

const MEMBERS = new Set(
  'manager queryRunner isLeased inTransaction isClosed getRepository query stream cancel transaction close'.split(' '),
);

function isOfSession(key: string): boolean {
  return MEMBERS.has(key);
}

function raise(): never {
  throw new NoSessionError();
}
