import { describe, expect, it } from '@jest/globals';
import type { MonitorFigures, ResourceFigures } from '@nestjs-resources/core';

import { tickFor, Ticker } from './ticker.js';

function figures(values: Record<string, Record<string, number>>, health: ResourceFigures['health'] = 'HEALTHY') {
  const resources = Object.entries(values).map(([name, figures]) => [name, { kind: 'pool', health, figures }] as const);
  return { timestamp: 7, resources: Object.fromEntries(resources) } satisfies MonitorFigures;
}

describe('Ticker', () => {
  it('says everything, and apart from it what differs from the second before', () => {
    let now: MonitorFigures = figures({ smtp: { leased: 1, idle: 2 }, redis: { leased: 0 } });
    const ticker = new Ticker(() => now);
    expect(ticker.next().changes.resources).toEqual(now.resources);
    now = figures({ smtp: { leased: 2, idle: 2 }, redis: { leased: 0 } });
    expect(ticker.next()).toEqual({
      full: { timestamp: 7, full: true, resources: now.resources, gone: [] },
      changes: { timestamp: 7, full: false, resources: { smtp: { kind: 'pool', figures: { leased: 2 } } }, gone: [] },
    });
    expect(ticker.next().changes.resources).toEqual({});
  });

  it('says a change of health, a figure that is missing now, and what is gone', () => {
    let now: MonitorFigures = figures({ smtp: { leased: 1, ratio: 2 }, redis: {} });
    const ticker = new Ticker(() => now);
    ticker.next();
    now = figures({ smtp: { leased: 1 } }, 'DEGRADED');
    expect(ticker.next().changes).toMatchObject({
      resources: { smtp: { kind: 'pool', health: 'DEGRADED', figures: { ratio: null } } },
      gone: ['redis'],
    });
  });

  it('bears names that are words of the language', () => {
    const now = figures(JSON.parse('{"__proto__":{"leased":1},"constructor":{"__proto__":3}}'));
    const { full, changes } = new Ticker(() => now).next();
    expect([Object.keys(full.resources), Object.keys(changes.resources)]).toEqual([
      ['__proto__', 'constructor'],
      ['__proto__', 'constructor'],
    ]);
    expect(({} as { leased?: number }).leased).toBeUndefined();
  });

  it('gives what a filter wants, and no more than fits', () => {
    const { full } = new Ticker(() => figures({ smtp: { leased: 1 }, redis: { leased: 2 } })).next();
    expect(Object.keys(tickFor(full, { resource: 'redis' }).resources)).toEqual(['redis']);
    expect(Object.keys(tickFor(full, { kind: 'breaker' }).resources)).toEqual([]);
    const many = Object.fromEntries(
      Array.from({ length: 3_000 }, (_, index) => [
        `pool${index}`,
        Object.fromEntries(Array.from({ length: 40 }, (_, figure) => [`figure${figure}`, figure])),
      ]),
    );
    const cut = tickFor(new Ticker(() => figures(many)).next().full, {});
    expect(Buffer.byteLength(JSON.stringify(cut))).toBeLessThan(1_048_576);
    expect(Object.keys(cut.resources).length).toBeGreaterThan(1_000);
  });
});
