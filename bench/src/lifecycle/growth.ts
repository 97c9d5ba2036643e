/** How long something took that has so many nodes and edges. */
export interface Point {
  readonly load: number;
  readonly time: number;
}

/**
 * The exponent with which the time grows with the load, by least squares over the logarithms of all points: 1 is linear, 2 is
 * quadratic.
 */
export function growth(points: readonly Point[]): number {
  const logarithms = points.map(({ load, time }) => ({ x: Math.log(load), y: Math.log(time) }));
  const meanX = mean(logarithms.map(({ x }) => x));
  const meanY = mean(logarithms.map(({ y }) => y));
  const covariance = mean(logarithms.map(({ x, y }) => (x - meanX) * (y - meanY)));
  const variance = mean(logarithms.map(({ x }) => (x - meanX) ** 2));
  return covariance / variance;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? NaN)) / 2;
}
