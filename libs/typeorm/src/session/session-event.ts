/** What happens to the sessions of a data source. Durations are milliseconds. */
export type SessionEvent =
  | {
      readonly type: 'session.query.slow';
      readonly took: number;
      /** Its first word. */
      readonly statement: string;
      readonly failed: boolean;
      /** Of its session, if it has one. */
      readonly label?: string;
      /** The SQL without literals, if the options ask for it. */
      readonly text?: string;
    }
  | {
      /** Somebody who holds a connection takes another: if all do, none gets one. */
      readonly type: 'session.nested.acquire';
      /** Who holds one. */
      readonly holder: string;
      /** Who takes another; `repository` for what TypeORM does without a session. */
      readonly taker: string;
    };
