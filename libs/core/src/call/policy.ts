/** What guarded work is given. */
export interface PolicyContext {
  /** Aborted when the caller gives up or the policy does. */
  readonly signal: AbortSignal;
}

/** Something that runs work under a rule: a breaker, a timeout, a retry, a bulkhead. */
export interface Policy {
  execute<R>(work: (context: PolicyContext) => R | Promise<R>, options?: { signal?: AbortSignal }): Promise<R>;
}
