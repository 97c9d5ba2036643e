import type { IncomingMessage, ServerResponse } from 'node:http';

import { Get, Header, Headers, Injectable, Query, Req, Res } from '@nestjs/common';

import { Documented } from '../http/openapi.js';
import { RequestRefused } from '../http/problem.js';
import { flagIn } from '../http/query.js';
import { patternIn } from './events.controller.js';
import { EventStreams } from './event-streams.service.js';

/** Fastify's reply, which lets go of the response it wraps; or Express' response itself. */
interface StreamReply {
  readonly raw?: ServerResponse;
  hijack?(): void;
}

const HEAD = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-store, no-transform',
  'X-Accel-Buffering': 'no',
  // The connection ends with the stream: one that is kept alive would delay the end of the server.
  Connection: 'close',
};

/** What happens, as it happens, as server-sent events. */
@Injectable()
export class StreamController {
  constructor(private readonly streams: EventStreams) {}

  @Documented('What happens, as server-sent events', { 503: 'All streams are taken.' })
  @Get()
  @Header('Cache-Control', 'no-store')
  stream(
    @Req() request: IncomingMessage & { raw?: IncomingMessage },
    @Res() reply: StreamReply,
    @Query() query: Readonly<Record<string, unknown>>,
    @Headers('last-event-id') lastEventId?: string,
  ): void {
    const filter = patternIn(query);
    // Who asks for events by their type wants these, and no figures unless it says so.
    const ticks = flagIn('ticks', query.ticks, filter.type === undefined);
    const lastSeen = sequenceIn(lastEventId);
    const response = reply.raw ?? (reply as unknown as ServerResponse);
    if (request.method === 'HEAD') return endHead(reply, response);
    this.streams.admit();
    reply.hijack?.();
    response.writeHead(200, HEAD);
    const { closed } = this.streams.serve(response, { filter, ticks, lastSeen });
    response.on('close', closed);
    response.on('error', closed);
  }
}

function endHead(reply: StreamReply, response: ServerResponse): void {
  reply.hijack?.();
  response.writeHead(200, HEAD);
  response.end();
}

/** @throws {RequestRefused} 400 */
function sequenceIn(lastEventId: string | undefined): number | undefined {
  if (lastEventId === undefined || lastEventId === '') return undefined;
  if (/^\d{1,15}$/.test(lastEventId)) return Number(lastEventId);
  throw new RequestRefused(400, 'Last-Event-ID must be the id of an event of this stream.', { code: 'HEADER_INVALID' });
}
