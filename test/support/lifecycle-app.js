import 'reflect-metadata';
import { Controller, Get, HttpException, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { drainHttpServer, ResourceEvents, ResourceManager, ResourceModule } from '@nestjs-resources/nest';

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

  ready() {
    if (!Work.manager.isReady) throw new HttpException('draining', 503);
    return 'ready';
  }
}
for (const [route, method] of [
  ['job', 'work'],
  ['readyz', 'ready'],
])
  Get(route)(Work.prototype, method, Object.getOwnPropertyDescriptor(Work.prototype, method));
Controller()(Work);

class AppModule {}
const { resources = {}, registration = {}, shutdown = {} } = scenario;
Module({
  imports: [
    ResourceModule.forRoot({
      resources: Object.fromEntries(Object.entries(resources).map(([name, how]) => [name, resource(name, how)])),
      registration,
      shutdown,
    }),
  ],
  controllers: [Work],
})(AppModule);

async function create() {
  const options = { logger: ['warn', 'error', 'fatal'], abortOnError: false };
  if (scenario.platform === 'context') return NestFactory.createApplicationContext(AppModule, options);
  const adapter = scenario.platform === 'fastify' ? new FastifyAdapter() : new ExpressAdapter();
  const app = await NestFactory.create(AppModule, adapter, options);
  drainHttpServer(app, { timeout: 3_000 });
  return app;
}

function follow(app) {
  Work.manager = app.get(ResourceManager);
  app.get(ResourceEvents).subscribe(({ type, resource, ...details }) => say({ type, resource, ...details }));
  if (scenario.natural) {
    // Without a server nothing keeps the process alive: the library does not.
    const alive = setInterval(() => undefined, 60_000);
    process.once('SIGTERM', () => {
      clearInterval(alive);
      void app.close();
    });
  } else app.enableShutdownHooks(['SIGTERM', 'SIGINT'], { useProcessExit: true });
  process.on('exit', () => say({ exit: true, ...calls }));
}

try {
  const app = await create();
  follow(app);
  if (scenario.platform !== 'context') {
    await app.listen(0, '127.0.0.1');
    say({ port: app.getHttpServer().address().port });
  } else say({ running: true });
} catch (error) {
  say({ failed: error.code, message: error.message });
  // Who is told to stop while starting has not failed: the shutdown, which is on its way, ends the process.
  if (error.code !== 'APPLICATION_STOPPING') process.exitCode = 1;
}
