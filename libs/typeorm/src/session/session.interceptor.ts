import type { ServerResponse } from 'node:http';
import {
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  mixin,
  type NestInterceptor,
  type Type,
} from '@nestjs/common';
import { Observable } from 'rxjs';
import { getSessionFactoryToken } from '../module/typeorm-resource.tokens.js';
import type { SessionFactory } from './session-factory.js';

/**
 * Makes an interceptor that gives each request a session: lazy, so that one which needs no database takes no connection;
 * closed when the answer is complete; its statement cancelled when the client leaves.
 *
 * @example
 * @UseInterceptors(SessionInterceptor)
 * @Controller('orders')
 */
export function sessionInterceptor(dataSource?: string): Type<NestInterceptor> {
  @Injectable()
  class RequestSessionInterceptor implements NestInterceptor {
    constructor(@Inject(getSessionFactoryToken(dataSource)) private readonly sessions: SessionFactory) {}

    intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
      return new Observable((subscriber) => {
        const gone = clientGone(context);
        const session = this.sessions.open({ label: context.getHandler().name, ...(gone && { signal: gone }) });
        const answer = this.sessions.within(session, () => next.handle().subscribe(subscriber));
        answer.add(() => void session.close());
        return answer;
      });
    }
  }
  return mixin(RequestSessionInterceptor);
}

/** For the default data source. */
export const SessionInterceptor = sessionInterceptor();

/** Aborted when the connection of a request ends before its answer is complete. */
function clientGone(context: ExecutionContext): AbortSignal | undefined {
  if (context.getType() !== 'http') return undefined;
  const response = context.switchToHttp().getResponse<ServerResponse & { raw?: ServerResponse }>();
  // Fastify wraps the response of Node.
  const raw = response.raw ?? response;
  const controller = new AbortController();
  raw.once('close', () => {
    if (!raw.writableFinished) controller.abort(new Error('The client has left.'));
  });
  return controller.signal;
}
