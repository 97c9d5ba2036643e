/** Somebody who had not given back what a resource lent, when it was closed or asked. */
export interface Holder {
  /** As given to `acquire`. */
  readonly label?: string;
  /** Milliseconds since it was lent. */
  readonly heldFor: number;
  /** Where it was taken, if stacks were sampled. */
  readonly stack?: string;
}

/** What happened while a resource closed. */
export interface CloseReport {
  /** True when everything was given back and destroyed in time. */
  readonly clean: boolean;
  /** Milliseconds from the call to the end. */
  readonly duration: number;
  /** How many things (connections, workers, …) were destroyed. */
  readonly destroyed: number;
  /** Who still held something when the time was over; it was destroyed under them. */
  readonly holders: readonly Holder[];
  /** What failed on the way. */
  readonly errors: readonly unknown[];
}
