import 'reflect-metadata';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { Controller, Get, HttpException, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { MessagePattern, Transport } from '@nestjs/microservices';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  definePool,
  drainHttpServer,
  getPoolToken,
  ResourceEvents,
  ResourceManager,
  ResourceModule,
} from '@nestjs-resources/nest';

/**
 * An application whose resources behave as the scenario in its first argument says. It writes what happens as one JSON
 * object per line, so that a test can follow it from outside.
 */
const scenario = JSON.parse(process.argv[2] ?? '{}');
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

const behaviours = {
  ok: () => undefined,
  fail: () => Promise.reject(new Error('this one always fails')),
  hang: () => new Promise(() => undefined),
  late: () => new Promise((resolve) => setTimeout(resolve, 300)),
};

function resource(name, { start = 'ok', close = 'ok' }) {
  return {
    start: () => behaviours[start](),
    close: () => {
      say({ closed: name });
      return behaviours[close]();
    },
  };
}

const calls = { began: 0, ended: 0 };

class Work {
  async work() {
    calls.began++;
    await new Promise((resolve) => setTimeout(resolve, 5 + Math.random() * 40));
    calls.ended++;
    return 'done';
  }

  async slow() {
    say({ slow: 'began' });
    const [pool] = Work.pools;
    await pool.use(() => new Promise((resolve) => setTimeout(resolve, 700)));
    say({ slow: 'ended' });
    return 'done';
  }

  ready() {
    if (!Work.manager.isReady) throw new HttpException('draining', 503);
    return 'ready';
  }
}
const decorate = (decorator, method) =>
  decorator(Work.prototype, method, Object.getOwnPropertyDescriptor(Work.prototype, method));
decorate(Get('job'), 'work');
decorate(Get('readyz'), 'ready');
decorate(Get('slow'), 'slow');
decorate(MessagePattern('slow'), 'slow');
Controller()(Work);

/** Somebody else's provider: it tells what happens to resources, and when Nest calls whom. */
class Witness {
  constructor(events) {
    const tell = ({ type, resource, ...details }) => say({ type, resource, ...details });
    events.since(0).forEach(tell);
    events.subscribe(tell);
  }
}
for (const hook of [
  'onModuleInit',
  'onApplicationBootstrap',
  'onModuleDestroy',
  'beforeApplicationShutdown',
  'onApplicationShutdown',
])
  Witness.prototype[hook] = () => say({ hook });

class AppModule {}
const { resources = {}, registration = {}, shutdown = {}, pools = [] } = scenario;
Module({
  imports: [
    ResourceModule.forRoot({
      resources: Object.fromEntries(Object.entries(resources).map(([name, how]) => [name, resource(name, how)])),
      pools: Object.fromEntries(pools.map((name) => [name, definePool({ create: () => ({}), minSize: 1 })])),
      registration,
      shutdown,
    }),
  ],
  controllers: [Work],
  providers: [{ provide: Witness, inject: [ResourceEvents], useFactory: (events) => new Witness(events) }],
})(AppModule);

let messagePort;

async function create() {
  const options = { logger: ['warn', 'error', 'fatal'], abortOnError: false };
  if (scenario.platform === 'context') return NestFactory.createApplicationContext(AppModule, options);
  if (scenario.platform === 'microservice') {
    messagePort = await freePort();
    const transport = { transport: Transport.TCP, options: { host: '127.0.0.1', port: messagePort } };
    return NestFactory.createMicroservice(AppModule, { ...transport, ...options });
  }
  const adapter = scenario.platform === 'fastify' ? new FastifyAdapter() : new ExpressAdapter();
  const app = await NestFactory.create(AppModule, adapter, options);
  drainHttpServer(app, { timeout: 3_000 });
  return app;
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Begins to listen, and says where. */
async function listen(app) {
  if (scenario.platform === 'context') return say({ running: true });
  if (scenario.platform === 'microservice') {
    await app.listen();
    return say({ port: messagePort });
  }
  await app.listen(0, '127.0.0.1');
  const server = app.getHttpServer();
  server.once('close', () => say({ server: 'closed' }));
  say({ port: server.address().port });
}

function follow(app) {
  Work.manager = app.get(ResourceManager);
  Work.pools = pools.map((name) => app.get(getPoolToken(name)));
  // Without a server nothing keeps the process alive: the library does not.
  const needsNobody = scenario.natural || scenario.platform === 'context';
  const alive = needsNobody ? setInterval(() => undefined, 60_000) : undefined;
  process.once('SIGTERM', () => clearInterval(alive));
  if (scenario.natural) process.once('SIGTERM', () => void app.close());
  else app.enableShutdownHooks(['SIGTERM', 'SIGINT'], { useProcessExit: true });
  process.on('exit', () => say({ exit: true, ...calls }));
}

const { version } = createRequire(import.meta.url)('@nestjs/core/package.json');
say({ nest: version });
try {
  const app = await create();
  follow(app);
  await listen(app);
} catch (error) {
  say({ failed: error.code, message: error.message });
  // Who is told to stop while starting has not failed: the shutdown, which is on its way, ends the process.
  if (error.code !== 'APPLICATION_STOPPING') process.exitCode = 1;
}
