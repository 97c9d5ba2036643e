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
import type { Session } from './session.js';
import type { SessionFactory } from './session-factory.js';

/**
 * Makes an interceptor that gives each request a session: lazy, so that one which needs no database takes no connection;
 * closed when the handler has answered, or, if its answer is a stream of the session, when that is sent; its statement
 * cancelled when the client leaves.
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
        const response = responseOf(context);
        const session = this.sessions.open({
          label: context.getHandler().name,
          ...(response && { signal: clientGone(response) }),
        });
        const answer = this.sessions.within(session, () => next.handle().subscribe(subscriber));
        answer.add(() => endWith(session, response));
        return answer;
      });
    }
  }
  return mixin(RequestSessionInterceptor);
}

/** For the default data source. */
export const SessionInterceptor = sessionInterceptor();

/** The response of Node, which Fastify wraps; nothing if this is no HTTP. */
function responseOf(context: ExecutionContext): ServerResponse | undefined {
  if (context.getType() !== 'http') return undefined;
  const response = context.switchToHttp().getResponse<ServerResponse & { raw?: ServerResponse }>();
  return response.raw ?? response;
}

/** Aborted when the connection of a request ends before its answer is complete. */
function clientGone(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  const left = (): void => controller.abort(new Error('The client has left.'));
  if (response.closed) left();
  else response.once('close', () => (response.writableFinished ? undefined : left()));
  return controller.signal;
}

/** An answer whose rows are still being read needs its session until the last of them is sent. */
function endWith(session: Session, response: ServerResponse | undefined): void {
  if (session.isStreaming && response && !response.closed) response.once('close', () => void session.close());
  else void session.close();
}
