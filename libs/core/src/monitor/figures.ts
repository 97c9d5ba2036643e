import { errorText } from '../errors/error-text.js';
import { isPromiseLike } from '../resource/promise-like.js';

/** A resource's figures, or why there are none. A resource without metrics has no figures. */
export type Figures = Readonly<Record<string, unknown>>;

/**
 * Asks for metrics so that nothing comes back but an object: what throws, answers later or answers rubbish says so in its
 * place, and no other resource is lost with it.
 */
export function figuresOf(resource: { getMetrics?(): unknown } | undefined): Figures {
  if (typeof resource?.getMetrics !== 'function') return {};
  try {
    const figures = resource.getMetrics();
    if (isPromiseLike(figures)) {
      figures.then(undefined, () => undefined);
      return { error: 'getMetrics() must answer synchronously, but it returned a promise.' };
    }
    if (typeof figures !== 'object' || figures === null) return { error: 'getMetrics() returned no object.' };
    return figures as Figures;
  } catch (error) {
    return { error: errorText(error) };
  }
}

/** The figures that are finite numbers, one level of nesting as `group.figure`. */
export function numbersIn(figures: Figures): Map<string, number> {
  const numbers = new Map<string, number>();
  for (const [name, value] of Object.entries(figures)) {
    if (isFigure(value)) numbers.set(name, value);
    else if (typeof value === 'object' && value !== null) {
      for (const [inner, nested] of Object.entries(value))
        if (isFigure(nested)) numbers.set(`${name}.${inner}`, nested);
    }
  }
  return numbers;
}

function isFigure(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
