import type { EntityManager } from 'typeorm';
import type { Session } from './session.js';
import type { IsolationLevel, SessionWork } from './session.options.js';

type Method = (...parameters: unknown[]) => unknown;

/** What TypeORM runs in a transaction of its own unless one is open. */
const PERSISTING = ['save', 'remove', 'softRemove', 'recover'] as const;

/**
 * Makes the manager of a session begin its transactions through the session, which serialises them. TypeORM asks only
 * whether *a* transaction is open, so that of two concurrent `save()`s the one would commit what the other still does.
 */
export function bindManager(session: Session, manager: EntityManager): void {
  const own = manager as unknown as Record<string, Method>;
  own['transaction'] = (...parameters) => transaction(session, parameters);
  for (const name of PERSISTING) {
    const original = manager[name] as Method;
    own[name] = (...parameters) =>
      session.level.depth > 0 || withoutTransaction(parameters)
        ? original.apply(manager, parameters)
        : session.transaction(() => original.apply(manager, parameters));
  }
}

function transaction(session: Session, parameters: unknown[]): Promise<unknown> {
  const [first, second] = parameters;
  return typeof first === 'string'
    ? session.transaction({ isolation: first as IsolationLevel }, second as SessionWork<unknown>)
    : session.transaction((first ?? second) as SessionWork<unknown>);
}

/** `save(entity, { transaction: false })`, or the same with the target in front. */
function withoutTransaction(parameters: unknown[]): boolean {
  const [target] = parameters;
  const named = typeof target === 'function' || typeof target === 'string';
  const options = parameters[named ? 2 : 1] as { transaction?: boolean } | undefined;
  return options?.transaction === false;
}
