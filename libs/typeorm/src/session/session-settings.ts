import type { ConnectionSource } from './connection-source.js';
import type { SessionLimit } from './session-limit.js';
import type { SessionOptions } from './session.options.js';

/** What all parts of a session know of it. */
export interface SessionSettings {
  readonly source: ConnectionSource;
  readonly options: SessionOptions;
  /** Names the session in messages, e.g. `Session 'checkout'`. */
  readonly name: string;
  /** Name of the data source in the registry. */
  readonly resource: string | undefined;
  /** How many sessions may use the database at once, if that is limited. */
  readonly limit?: SessionLimit | undefined;
}
