/** What the pool needs of a breaker; a `CircuitBreaker` has it. */
export interface CreationBreaker {
  readonly state: 'closed' | 'open' | 'half_open';
  /** Milliseconds until a call may be tried again; 0 is now. */
  readonly retryAfter: number;
  execute<R>(work: () => Promise<R>): Promise<R>;
  observe?(listener: (event: { readonly type: string }) => void): () => void;
}
