/**
 * A resource in somebody's hands, until it is given back. Whatever is called first ends the lease; afterwards all of it is
 * inert, so that giving back twice can never free what somebody else has meanwhile been lent.
 *
 * @example
 * await using lease = await pool.acquire();
 * await lease.resource.query('…');
 */
export interface Lease<T> {
  /** The raw resource. Not to be used after the lease has ended. */
  readonly resource: T;

  /** Gives the resource back. */
  release(): void;

  /** Gives it back as broken: the pool destroys it. */
  destroy(reason?: string): void;

  /** Takes the resource out of the pool for good; the caller ends it. @throws if the lease has ended */
  detach(): T;

  [Symbol.dispose](): void;
  [Symbol.asyncDispose](): Promise<void>;
}
