import type { ServerResponse } from 'node:http';
import { ResourceError } from '@nestjs-resources/core';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpStatus } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import { type Observable, throwError } from 'rxjs';

import { messages } from './resource.messages.js';

/** Codes that say: not now, but soon. Any other error is not the resource's state but somebody's mistake. */
const COME_BACK_LATER: ReadonlySet<string> = new Set([
  'BULKHEAD_FULL',
  'CALL_TIMEOUT',
  'CIRCUIT_OPEN',
  'CONNECTION_LOST',
  'POOL_CLOSED',
  'POOL_DRAINING',
  'POOL_QUEUE_FULL',
  'POOL_TIMEOUT',
  'RESOURCE_CREATE_FAILED',
]);

/** A client of a gateway. */
interface Client {
  emit(event: string, payload: object): void;
}

/** An answer of Express, or of Fastify, which wraps Node's and is told that it need not end it. */
interface Reply extends ServerResponse {
  readonly raw?: ServerResponse;
  hijack?(): void;
}

/** The body of the answer. */
export interface ResourceUnavailable {
  readonly statusCode: number;
  readonly error: string;
  readonly message: string;
  /** The code of the error, for programs. */
  readonly code: string;
  readonly resource: string | undefined;
}

/**
 * Answers 503 with `Retry-After` when a resource cannot serve just now: open circuit, pool timeout, full queue or bulkhead,
 * pool closed or draining, connection lost. The body says which resource, and nothing of its inside. A microservice answers
 * with the same body as its error, a gateway as an `exception`; on any other transport the error goes on as it is.
 *
 * @example
 * providers: [{ provide: APP_FILTER, useClass: ResourceExceptionFilter }]
 * app.useGlobalFilters(new ResourceExceptionFilter(app.getHttpAdapter()));   // or by hand: it needs the adapter
 */
@Catch(ResourceError)
export class ResourceExceptionFilter extends BaseExceptionFilter implements ExceptionFilter<ResourceError> {
  override catch(error: ResourceError, host: ArgumentsHost): void | Observable<never> {
    // What the filter of a microservice or a gateway throws reaches no caller, who would wait for ever.
    if (host.getType() === 'rpc') return throwError(() => remoteError(error));
    if (host.getType() === 'ws') return host.switchToWs().getClient<Client>().emit('exception', remoteError(error));
    if (host.getType() !== 'http') throw error;
    if (COME_BACK_LATER.has(error.code)) return this.answer(error, host);
    // oxlint-disable-next-line promise/valid-params -- a filter's catch, not a promise's
    return super.catch(error, host);
  }

  private answer(error: ResourceError, host: ArgumentsHost): void {
    const adapter = this.applicationRef ?? this.httpAdapterHost?.httpAdapter;
    const response: unknown = host.switchToHttp().getResponse();
    if (!adapter) return answerWithout(response as Reply, error);
    if (adapter.isHeadersSent(response)) {
      adapter.end(response);
      return;
    }
    const seconds = retryAfter(error);
    adapter.setHeader(response, 'Retry-After', String(seconds));
    adapter.reply(response, bodyOf(error, seconds), HttpStatus.SERVICE_UNAVAILABLE);
  }
}

/** A filter made by `new` has no adapter. What it throws would reach the client as it is, with all that is in it. */
function answerWithout(reply: Reply, error: ResourceError): void {
  const response = reply.raw ?? reply;
  reply.hijack?.();
  if (response.headersSent) return void response.end();
  const seconds = retryAfter(error);
  const headers = { 'Retry-After': String(seconds), 'Content-Type': 'application/json; charset=utf-8' };
  response.writeHead(HttpStatus.SERVICE_UNAVAILABLE, headers).end(JSON.stringify(bodyOf(error, seconds)));
}

/** As Nest words it for microservices and gateways; errors that are no resource's state keep their message to themselves. */
function remoteError(error: ResourceError): object {
  if (!COME_BACK_LATER.has(error.code)) return { status: 'error', message: 'Internal server error' };
  const seconds = retryAfter(error);
  return { status: 'error', ...bodyOf(error, seconds), retryAfter: seconds };
}

function bodyOf({ code, resource }: ResourceError, seconds: number): ResourceUnavailable {
  return {
    statusCode: HttpStatus.SERVICE_UNAVAILABLE,
    error: 'Service Unavailable',
    message: messages.unavailable(resource, seconds),
    code,
    resource,
  };
}

/** Whole seconds, as HTTP wants them; 1 if the error cannot tell. */
function retryAfter(error: ResourceError): number {
  const { retryAfter: milliseconds } = error as { retryAfter?: unknown };
  const known = typeof milliseconds === 'number' && Number.isFinite(milliseconds);
  return known ? Math.max(1, Math.ceil(milliseconds / 1_000)) : 1;
}
