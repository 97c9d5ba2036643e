import { contextFrom } from './lazy-context.js';
import type { Policy, PolicyContext } from './policy.js';

/** Answers in place of a call that failed. */
export type FallbackFunction<R> = (error: unknown) => R | Promise<R>;

/** A fallback for errors of a class. `on` may be abstract. */
export interface FallbackRule<R> {
  readonly on: abstract new (...args: never[]) => unknown;
  readonly use: FallbackFunction<R>;
}

/** One function for every error, or rules by class: the nearest superclass of the error wins, whatever their order. */
export type Fallback<R> = FallbackFunction<R> | readonly FallbackRule<R>[];

/**
 * Answers by `fallback` if `call` rejects; if none fits, the error stays what it was. What a fallback throws is the caller's,
 * untouched. A caller that gave up gets no fallback: nobody waits for it.
 *
 * @param answers - told before a fallback answers
 */
export function withFallback<R>(
  call: Promise<R>,
  fallback: Fallback<R>,
  signal?: AbortSignal,
  answers?: () => void,
): Promise<R> {
  return call.catch((error: unknown) => {
    const use = signal?.aborted ? undefined : fallbackFor(error, fallback);
    if (!use) throw error;
    answers?.();
    return use(error);
  });
}

/** The function that answers for this error, if there is one. */
export function fallbackFor<R>(error: unknown, fallback: Fallback<R>): FallbackFunction<R> | undefined {
  if (typeof fallback === 'function') return fallback;
  let nearest: FallbackRule<R> | undefined;
  let least = Infinity;
  for (const rule of fallback) {
    const distance = distanceTo(error, rule.on.prototype);
    if (distance < least) [nearest, least] = [rule, distance];
  }
  return nearest?.use;
}

/** How many steps up the chain of prototypes; `Infinity` if it is not in it. */
function distanceTo(error: unknown, prototype: unknown): number {
  if (typeof error !== 'object' || error === null) return Infinity;
  let distance = 0;
  for (let link = Object.getPrototypeOf(error); link; link = Object.getPrototypeOf(link), distance++)
    if (link === prototype) return distance;
  return Infinity;
}

/**
 * Answers in place of what failed. Outermost of all policies: it also answers for an open circuit.
 *
 * @example
 * const prices = new FallbackPolicy<Price[]>((error) => lastKnownPrices());
 * await prices.execute(({ signal }) => fetchPrices(signal));
 */
export class FallbackPolicy<F> implements Policy {
  constructor(private readonly fallback: Fallback<F>) {}

  execute<R>(
    work: (context: PolicyContext) => R | Promise<R>,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<R> {
    const call = new Promise<R>((resolve) => resolve(work(contextFrom(options))));
    // The policy is made for one type of answer, the interface asks for any: whoever shares it sees to that.
    return withFallback(call, this.fallback as unknown as Fallback<R>, options.signal);
  }
}
