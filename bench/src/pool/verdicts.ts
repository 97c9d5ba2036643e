import type { BurstResult } from './bursts.js';
import { BASELINE, type Departure } from './departures.js';
import type { Verdict } from './report.js';
import type { Result } from './rounds.js';

/** Ours comes first, then the peers. */
export function faster(name: string, results: readonly Result[], times: number): Verdict {
  const [own, ...others] = results as [Result, ...Result[]];
  const peer = fastestOf(others);
  const figure = peer.median / own.median;
  return beside(name, own, peer, { figure, target: `≥ ${times} times`, reached: figure >= times, unit: 'ns' });
}

export function slower(name: string, results: readonly Result[], times: number): Verdict {
  const [own, ...others] = results as [Result, ...Result[]];
  const peer = fastestOf(others);
  const figure = own.median / peer.median;
  return beside(name, own, peer, { figure, target: `≤ ${times} times`, reached: figure <= times, unit: 'ms' });
}

/** How much more one operation costs when many more wait. */
export function growth(few: Result, many: Result): Verdict {
  const figure = many.median / few.median;
  return alone('growth, 100,000 waiters over 4,096', {
    ours: `${many.median.toFixed(0)} ns`,
    figure,
    target: '≤ 2.5 times',
    reached: figure <= 2.5,
  });
}

export function surplusVerdict(spike: readonly BurstResult[]): Verdict {
  const [own, ...others] = spike as [BurstResult, ...BurstResult[]];
  const fewest = Math.min(...others.map(({ created }) => created));
  return {
    case: 'spike, surplus creations',
    ours: String(own.created),
    fastestPeer: String(fewest),
    figure: own.created,
    target: '≤ 2',
    reached: own.created <= 2,
  };
}

export function departureVerdicts(left: readonly Departure[]): Verdict[] {
  const large = left.filter(({ name, waiters }) => waiters === 100_000 && name !== BASELINE);
  return large.map(({ name, each, settled, waiters, left: bytes }) => {
    const before = left.find((other) => other.name === name && other.waiters === 10_000);
    const figure = each / (before?.each ?? NaN);
    return alone(`100,000 ${name}`, {
      ours: `${each.toFixed(0)} ns each, ${(bytes / 1e6).toFixed(1)} MB left`,
      figure,
      target: 'linear, none lost, ≤ 2 MB left',
      reached: settled === waiters && bytes <= 2_000_000 && figure <= 2,
    });
  });
}

export function slopeVerdict(heap: readonly number[]): Verdict {
  const grown = (heap.at(-1) as number) / 1_000;
  return alone('heap over the last 8 of 10 million cycles', {
    ours: `${grown.toFixed(0)} KB`,
    figure: grown,
    target: '≤ 100 KB',
    reached: grown <= 100,
  });
}

function fastestOf(peerResults: readonly Result[]): Result {
  return peerResults.reduce((best, each) => (each.median < best.median ? each : best));
}

function alone(name: string, verdict: Omit<Verdict, 'case' | 'fastestPeer'>): Verdict {
  return { case: name, fastestPeer: '', ...verdict };
}

function beside(
  name: string,
  own: Result,
  peer: Result,
  { figure, target, reached, unit }: Pick<Verdict, 'figure' | 'target' | 'reached'> & { readonly unit: string },
): Verdict {
  const shown = ({ median, best }: Result): string => {
    const digits = unit === 'ms' ? 1 : 0;
    return `${median.toFixed(digits)} (${best.toFixed(digits)}) ${unit}`;
  };
  return {
    case: name,
    ours: shown(own),
    fastestPeer: `${shown(peer)}, ${peer.name}`,
    figure,
    target,
    reached,
  };
}
