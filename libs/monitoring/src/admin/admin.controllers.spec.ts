import { afterEach, describe, expect, it } from '@jest/globals';
import {
  ConnectionPool,
  definePool,
  getPoolToken,
  ResourceEvents,
  ResourceModule,
  ResourceRegistry,
} from '@nestjs-resources/nest';
import { type CanActivate, type ExecutionContext, type INestApplication, Injectable } from '@nestjs/common';
import { type AbstractHttpAdapter } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import request from 'supertest';

import { type AdminOptions, ResourceMonitoringModule } from '../index.js';

/** Knows one operator by a header, as a real guard would by a token. */
@Injectable()
class OperatorGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const incoming = context.switchToHttp().getRequest<{ headers: Record<string, string>; user?: object }>();
    incoming.user = { username: incoming.headers['x-operator'] };
    return incoming.headers['x-operator'] !== undefined;
  }
}

let app: INestApplication | undefined;
afterEach(async () => {
  await app?.close();
  app = undefined;
});

async function serve(adapter: () => AbstractHttpAdapter, options: AdminOptions = {}) {
  const smtp = definePool({ create: () => ({}), maxSize: 3, minSize: 1 });
  const module = await Test.createTestingModule({
    imports: [
      ResourceModule.forRoot({ pools: { smtp }, breakers: { 'payments/eu': {} }, resources: { thing: {} } }),
      ResourceMonitoringModule.forRoot({ insecure: true, admin: { guards: [OperatorGuard], ...options } }),
    ],
  }).compile();
  app = module.createNestApplication(adapter(), { logger: false });
  await app.listen(0, '127.0.0.1');
  const server = request(app.getHttpServer());
  const act = (path: string, body: object = { reason: 'a test' }) =>
    server.post(`/management/${path}`).set('X-Operator', 'ada').send(body);
  const audit = () => app?.get(ResourceEvents).since(0, { type: 'admin.action' }) ?? [];
  return { server, act, audit, pool: app.get<ConnectionPool<object>>(getPoolToken('smtp')) };
}

const adapters: [string, () => AbstractHttpAdapter][] = [
  ['Express', () => new ExpressAdapter() as AbstractHttpAdapter],
  ['Fastify', () => new FastifyAdapter() as unknown as AbstractHttpAdapter],
];

describe.each(adapters)('Admin actions on %s', (_, adapter) => {
  it('force a breaker open for a time, and say who did it and why', async () => {
    const { act, audit } = await serve(adapter);
    const path = `breakers/${encodeURIComponent('payments/eu')}/state`;
    const forced = await act(path, { state: 'forced_open', reason: 'gateway is broken', ttl: 60_000 }).expect(200);
    expect(forced.body).toEqual({ name: 'payments/eu', state: 'closed', mode: 'forced_open', ttl: 60_000 });
    expect(audit()).toMatchObject([
      {
        type: 'admin.action',
        resource: 'payments/eu',
        kind: 'breaker',
        action: 'breaker.state',
        who: 'ada',
        reason: 'gateway is broken',
        from: { mode: 'auto' },
        to: { mode: 'forced_open' },
        ttl: 60_000,
      },
    ]);
    expect((await act(path, { state: 'auto', reason: 'mended' }).expect(200)).body).toMatchObject({ mode: 'auto' });
    expect((await act(path, { state: 'closed', reason: 'anew' }).expect(200)).body).toMatchObject({ state: 'closed' });
  });

  it('resize, evict, suspend, resume and drain a pool', async () => {
    const { act, pool } = await serve(adapter);
    expect((await act('pools/smtp/resize', { maxSize: 7, reason: 'load' }).expect(200)).body).toEqual({
      name: 'smtp',
      minSize: 1,
      maxSize: 7,
      ttl: 900_000,
    });
    expect((await act('pools/smtp/evict').expect(200)).body).toEqual({ name: 'smtp', evicted: 1 });
    expect((await act('pools/smtp/suspend').expect(200)).body).toMatchObject({ state: 'suspended' });
    expect((await act('pools/smtp/resume').expect(200)).body).toEqual({ name: 'smtp', state: 'running' });
    const drained = await act('pools/smtp/drain').expect(202);
    expect([drained.body.state, drained.headers.location]).toEqual(['draining', '../../resources/smtp']);
    await act('pools/smtp/resume').expect(200);
    expect(pool.state).toBe('running');
  });

  it('run a check now', async () => {
    const { act } = await serve(adapter);
    expect((await act('resources/smtp/check', {}).expect(200)).body).toMatchObject({
      name: 'smtp',
      health: 'HEALTHY',
      check: { raw: 'HEALTHY' },
    });
  });

  it('refuse what makes no sense, and say what would', async () => {
    const { act } = await serve(adapter);
    for (const [path, body, detail] of [
      ['pools/smtp/resize', { maxSize: 5 }, /reason: is required/],
      ['pools/smtp/resize', { reason: 'x' }, /maxSize: or minSize must be given/],
      ['pools/smtp/resize', { reason: 'x', maxSize: 0, minSize: 1 }, /maxSize/],
      ['pools/smtp/resize', { reason: 'x', maxSzie: 5 }, /did you mean 'maxSize'/],
      ['pools/smtp/suspend', { reason: 'x', ttl: 90_000_000 }, /ttl: must be milliseconds/],
      ['breakers/payments%2Feu/state', { reason: 'x', state: 'exploded' }, /state: must be one of auto, closed/],
    ] as const) {
      const answer = await act(path, body).expect(400);
      expect(answer.body).toMatchObject({
        status: 400,
        code: 'OPTIONS_INVALID',
        detail: expect.stringMatching(detail),
      });
    }
  });

  it('answer 404 to unknown names, and never make what was not there', async () => {
    const { act } = await serve(adapter);
    const state = { state: 'forced_open', reason: 'x' };
    await act('breakers/nobody/state', state).expect(404);
    await act('breakers/smtp/state', state).expect(404);
    await act('pools/payments%2Feu/evict').expect(404);
    await act('pools/nobody/resize', { maxSize: 3, reason: 'x' }).expect(404);
    await act('resources/nobody/check').expect(404);
    expect(app?.get(ResourceRegistry).has('nobody')).toBe(false);
  });

  it('are not for strangers, forms, other sites, or those in a hurry', async () => {
    const { server, act } = await serve(adapter);
    const path = '/management/pools/smtp/evict';
    await server.post(path).send({ reason: 'x' }).expect(403);
    await server.post(path).set('X-Operator', 'ada').type('form').send('reason=x').expect(415);
    const cross = (header: string, value: string) => act('pools/smtp/evict').set(header, value);
    await cross('Origin', 'https://evil.example').expect(403);
    await cross('Origin', 'null').expect(403);
    await cross('Sec-Fetch-Site', 'cross-site').expect(403);
    await cross('Sec-Fetch-Site', 'same-origin').expect(200);
    const { headers } = await server.get(path).set('X-Operator', 'ada').expect(405);
    expect(headers.allow).toBe('POST');
    const answers = await Promise.all(Array.from({ length: 20 }, () => act('resources/smtp/check', {})));
    expect(answers.filter(({ status }) => status === 429).length).toBeGreaterThanOrEqual(9);
  });
});

describe('Admin actions', () => {
  const express = () => new ExpressAdapter() as AbstractHttpAdapter;

  it('end by themselves after the time of the options, and are called after whom the options say', async () => {
    const { act, audit, pool } = await serve(express, { ttl: 40, who: () => 'the operator' });
    await act('pools/smtp/resize', { maxSize: 9, reason: 'load' }).expect(200);
    await act('pools/smtp/suspend').expect(200);
    expect([pool.getMetrics().maxSize, pool.state]).toEqual([9, 'suspended']);
    for (let left = 100; left > 0 && audit().length < 4; left--)
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect([pool.getMetrics().maxSize, pool.state]).toEqual([3, 'running']);
    expect(audit().map(({ action, who }) => [action, who])).toEqual([
      ['pool.resize', 'the operator'],
      ['pool.suspend', 'the operator'],
      ['pool.resize', 'time'],
      ['pool.resume', 'time'],
    ]);
  });

  it('may come from pages of other origins that the options name', async () => {
    const { act } = await serve(express, { origins: ['https://ops.example.com'] });
    const from = (origin: string) => act('pools/smtp/evict').set('Origin', origin).set('Sec-Fetch-Site', 'cross-site');
    await from('https://ops.example.com').expect(200);
    await from('https://ops.example.com.evil.example').expect(403);
  });

  it('are off unless asked for, and need guards of their own', () => {
    expect(() => ResourceMonitoringModule.forRoot({ guards: [OperatorGuard], admin: {} })).toThrow(
      'guards: admin would be open to everybody: give guards and admin.guards',
    );
    const { controllers = [] } = ResourceMonitoringModule.forRoot({ guards: [OperatorGuard] });
    expect(controllers.map(({ name }) => name).filter((name) => name.includes('Action'))).toEqual([]);
  });
});
