import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { ChargeLedger, GATEWAY_MODES } from './charge-ledger.js';

const chargeRequest = z.object({ orderId: z.string(), amount: z.int().positive() });
const modeRequest = z.object({ mode: z.enum(GATEWAY_MODES), delay: z.int().min(0).default(0) });

type Mode = z.infer<typeof modeRequest>;
type Answer = [status: number, body: unknown];

/**
 * Somebody else's payment service, small enough to be part of an example:
 *
 *     POST /charges    { orderId, amount } with an Idempotency-Key: 201, or 200 if the key was seen before
 *     GET  /charges    every charge made
 *     GET  /counters   what reached the gateway, by its own count
 *     PUT  /mode       { mode: 'ok' | 'failing' | 'slow' | 'lossy', delay? } from the next request on
 */
export function createGateway(): Server {
  const ledger = new ChargeLedger();
  let mode: Mode = { mode: 'ok', delay: 0 };

  const charge = async (request: IncomingMessage): Promise<Answer | undefined> => {
    const current = mode;
    const key = request.headers['idempotency-key'];
    const { orderId, amount } = chargeRequest.parse(await json(request));
    if (typeof key !== 'string') return [400, { message: 'The header Idempotency-Key is missing.' }];
    if (current.mode === 'failing') {
      ledger.refuse();
      return [503, { message: 'The gateway is down.' }];
    }
    const before = ledger.counters().charges;
    const made = ledger.charge(key, orderId, amount);
    await delay(current.delay);
    ledger.answered();
    if (current.mode === 'lossy') return undefined;
    return [ledger.counters().charges > before ? 201 : 200, made];
  };

  const routes: Record<string, (request: IncomingMessage) => Promise<Answer | undefined>> = {
    'POST /charges': charge,
    'GET /charges': () => Promise.resolve([200, ledger.list()]),
    'GET /counters': () => Promise.resolve([200, ledger.counters()]),
    'PUT /mode': async (request) => {
      mode = modeRequest.parse(await json(request));
      return [200, mode];
    },
  };

  return createServer((request, response) => {
    const route = routes[`${request.method} ${request.url}`] ?? (() => Promise.resolve<Answer>([404, {}]));
    route(request).then(
      (answer) => (answer ? send(response, answer) : request.socket.destroy()),
      (error: unknown) => send(response, [400, { message: String(error) }]),
    );
  });
}

function send(response: ServerResponse, [status, body]: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
