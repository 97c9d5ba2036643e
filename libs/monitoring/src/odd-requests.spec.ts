import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { definePool, ResourceModule, ResourceMonitor, ResourceRegistry } from '@nestjs-resources/nest';
import type { INestApplication } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';

import { ResourceMonitoringModule } from './index.js';

// Real servers, many requests, and perhaps a busy machine.
jest.setTimeout(60_000);

const NAMES = [
  'a/b',
  'a@b',
  '100%',
  'ünï',
  '日本',
  '😀',
  'a b',
  'a?b',
  'a#b',
  'a&b=c',
  'a%2Fb',
  '"quoted"',
  "it's",
  'a\\b',
  'a;b',
  'a:b',
  '*',
  '(x)',
  '{y}',
  '<img src=x onerror=alert(1)>',
  'x'.repeat(100),
  'constructor',
  'toString',
  'hasOwnProperty',
  'next',
  'metrics',
  'history',
  'check',
];

const adapters: [string, () => AbstractHttpAdapter][] = [
  ['Express', () => new ExpressAdapter() as AbstractHttpAdapter],
  ['Fastify', () => new FastifyAdapter() as unknown as AbstractHttpAdapter],
];

describe.each(adapters)('Requests that nobody expects, on %s', (_, adapter) => {
  let app: INestApplication;
  let url: string;

  beforeAll(async () => {
    const resources = Object.fromEntries(
      NAMES.map((name) => [name, { check: () => ({ status: 'HEALTHY' as const }) }]),
    );
    const module = await Test.createTestingModule({
      imports: [
        ResourceModule.forRoot({
          resources,
          pools: { 'p/1': definePool({ create: () => ({}) }) },
          monitor: { system: false },
        }),
        ResourceMonitoringModule.forRoot({ insecure: true, path: 'ops/of-shop', admin: {} }),
        ResourceMonitoringModule.forRoot({
          insecure: true,
          path: 'other',
          routes: { livez: false, readyz: false, startupz: false },
        }),
      ],
    }).compile();
    app = module.createNestApplication(adapter(), { logger: false });
    await app.listen(0, '127.0.0.1');
    url = await app.getUrl();
    await app.get(ResourceMonitor).refresh();
  });
  afterAll(() => app.close());

  it('find each name, whatever it is made of', async () => {
    for (const base of ['/ops/of-shop', '/other']) {
      for (const name of NAMES) {
        for (const tail of ['', '/metrics']) {
          const response = await fetch(`${url}${base}/resources/${encodeURIComponent(name)}${tail}`);
          expect([name, response.status, ((await response.json()) as { name: string }).name]).toEqual([
            name,
            200,
            name,
          ]);
        }
      }
    }
  });

  it('page through all of them', async () => {
    const seen: string[] = [];
    for (let query = ''; ;) {
      const response = await fetch(`${url}/other/resources?limit=3${query}`);
      const { resources, next } = (await response.json()) as { resources: object; next?: string };
      seen.push(...Object.keys(resources));
      if (next === undefined) break;
      query = `&after=${encodeURIComponent(next)}`;
    }
    expect(seen.toSorted()).toEqual([...NAMES, 'p/1'].toSorted());
  });

  it.each([
    ['/other/resources/%', [400, 404]],
    ['/other/resources/%zz', [400, 404]],
    ['/other/resources/%00', [404]],
    ['/other/resources/%252F', [404]],
    ['/other/resources/a%252Fb', [200]],
    [`/other/resources/${'y'.repeat(5_000)}`, [404, 414]],
    ['/other/resources/__proto__', [404]],
    ['/other/health/__proto__', [404]],
    ['/other/resources?group=constructor', [404]],
    ['/other/resources?type=__proto__', [400]],
    ['/other/resources?__proto__[polluted]=1', [200]],
    ['/other/resources?after=nobody', [200]],
    ['/other/resources?limit=0x10', [400]],
    ['/other/resources?limit=1e3', [400]],
    ['/other/resources/a%2Fb/metrics?window=-1s', [400]],
    ['/other/resources/a%2Fb/metrics?window=Infinity', [400]],
    ['/other/resources/a%2Fb/metrics?window=999999999999h', [400]],
    ['/other/resources/a%2Fb/history?from=9007199254740991', [200]],
    ['/other/resources/a%2Fb/history?from=99999999999999999999', [400]],
    ['/other/events?after=999999999999999', [200]],
    ['/other/events?type=**', [200]],
    ['/readyz?exclude[__proto__]=x', [200, 400]],
    [`/readyz?${'exclude=x&'.repeat(60)}`, [400]],
    ['/other', [404]],
  ] as const)('answer %s as they should', async (path, codes) => {
    const response = await fetch(url + path);
    expect(codes).toContain(response.status);
    await response.text();
    expect(({} as { polluted?: string }).polluted).toBeUndefined();
  });

  it.each(['x', '-1', '1e9', '9'.repeat(16), '9'.repeat(400), '0x1', '1 OR 1=1'])(
    'refuse a Last-Event-ID of %s',
    async (id) => {
      const response = await fetch(`${url}/other/stream`, { headers: { 'Last-Event-ID': id } });
      expect(response.status).toBe(400);
    },
  );

  it.each([
    ['null', 400],
    ['[]', 400],
    ['"x"', 400],
    ['1', 400],
    ['', 400],
    ['{', 400],
    ['{"reason":null}', 400],
    ['{"reason":["x"]}', 400],
    ['{"reason":"x","constructor":1}', 400],
    ['{"reason":"x","maxSize":1e9}', 400],
    ['{"reason":"x"}', 200],
  ])('take %s as the body of an action for what it is', async (body, code) => {
    const path = body.includes('maxSize') ? 'resize' : 'evict';
    for (;;) {
      const response = await fetch(`${url}/ops/of-shop/pools/p%2F1/${path}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body,
      });
      if (response.status === 429) await new Promise((resolve) => setTimeout(resolve, 200));
      else return expect(response.status).toBe(code);
    }
  });

  it('change nothing by asking', () => {
    expect(app.get(ResourceRegistry).list()).toHaveLength(NAMES.length + 1);
  });
});

describe('A path', () => {
  it.each(['', '/', '/x', 'x/', 'x//y', 'x y', 'x?y', ':x', '*', '../x', 'ü'])('of %p is refused', (path) => {
    expect(() => ResourceMonitoringModule.forRoot({ insecure: true, path })).toThrow(/path: must be a path/);
  });
});
