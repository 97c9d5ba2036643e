import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import {
  checkOptions,
  defineOptions,
  managerOptionTable,
  refuseMisfits,
  ResourceEvents,
  systemClock,
} from '@nestjs-resources/core';
import type { INestApplication } from '@nestjs/common';

import type { ResourceOptions } from './resource-options.interface.js';
import { RESOURCE_MODULE_OPTIONS } from './resource.tokens.js';

/** Of the time for the shutdown, what the server may take; the rest is for the resources. */
const SHARE = 0.8;

export interface DrainHttpServerOptions {
  /**
   * Milliseconds from the beginning of the drain after which connections that are still open are cut, so that the resources
   * behind them can be closed in order. @default four fifths of `shutdown.timeout`
   */
  readonly timeout?: number;
}

const drainOptionTable = defineOptions<DrainHttpServerOptions>({
  timeout: {
    kind: 'duration',
    zero: 'at once',
    absent: 'four fifths of `shutdown.timeout`',
    description: 'When connections that are still open are cut.',
  },
});

/**
 * Lets the HTTP server close although clients keep their connections busy. Node waits for every connection to end, and a
 * client that always has a next request never lets it. From the first sign of the end on, each answer says
 * `Connection: close`: requests are still served, but each is the last of its connection.
 *
 * Call it once, before `listen()`. Express and Fastify.
 *
 * @example
 * const app = await NestFactory.create(AppModule);
 * drainHttpServer(app);
 * app.enableShutdownHooks();
 * await app.listen(3000);
 */
export function drainHttpServer(app: INestApplication, options: DrainHttpServerOptions = {}): void {
  refuseMisfits('drainHttpServer', { app: [app, 'a NestJS application with an HTTP server', 'getHttpServer'] });
  const server = app.getHttpServer() as Server;
  const { clock = systemClock, shutdown } = app.get<ResourceOptions>(RESOURCE_MODULE_OPTIONS, { strict: false });
  const checked = checkOptions<DrainHttpServerOptions>(drainOptionTable, options, { subject: 'drainHttpServer' });
  const { timeout = SHARE * timeOf(shutdown) } = checked;
  const sockets = openSockets(server);
  const inFlight = new Set<ServerResponse>();
  let draining = false;

  server.prependListener('request', (_request, response: ServerResponse) => {
    if (draining) return makeLast(response);
    inFlight.add(response);
    response.once('close', () => inFlight.delete(response));
  });

  app.get(ResourceEvents, { strict: false }).subscribe(
    () => {
      draining = true;
      inFlight.forEach(makeLast);
      const cancel = clock.schedule(timeout, () => sockets.forEach((socket) => socket.destroy()));
      server.once('close', cancel);
    },
    { type: 'application.draining' },
  );
}

/** All connections, also those that speak another protocol by now (WebSocket), of which the HTTP server knows nothing more. */
function openSockets(server: Server): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  server.prependListener('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  return sockets;
}

function timeOf(shutdown: ResourceOptions['shutdown']): number {
  type Checked = { readonly shutdown: { readonly timeout: number } };
  const subject = 'ResourceModule';
  return checkOptions<Checked>(managerOptionTable, shutdown && { shutdown }, { subject }).shutdown.timeout;
}

function makeLast(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('Connection', 'close');
  response.shouldKeepAlive = false;
}
