import { errorText, redactText, ResourceError } from '@nestjs-resources/core';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Injectable, Logger } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';

import { problemOf, RequestRefused, type ProblemOptions } from './problem.js';

/** Which of our errors are the caller's mistake. */
const STATUS_OF: Readonly<Record<string, number>> = {
  OPTIONS_INVALID: 400,
  RESOURCE_NOT_FOUND: 404,
  HEALTH_GROUP_NOT_FOUND: 404,
  REGISTRY_CLOSED: 503,
  POOL_CLOSED: 409,
  POOL_DRAINING: 409,
};

interface Refusal extends ProblemOptions {
  readonly status: number;
  readonly detail?: string;
}

/** Answers errors of our routes as `application/problem+json`. What nobody expected is logged, and says nothing outside. */
@Catch()
@Injectable()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('ResourceMonitoringModule');

  constructor(private readonly host: HttpAdapterHost) {}

  catch(error: unknown, context: ArgumentsHost): void {
    const { httpAdapter } = this.host;
    const response: unknown = context.switchToHttp().getResponse();
    if (httpAdapter.isHeadersSent(response)) return;
    const refusal = this.refusalOf(error);
    for (const [name, value] of Object.entries(refusal.headers ?? {})) httpAdapter.setHeader(response, name, value);
    httpAdapter.setHeader(response, 'Content-Type', 'application/problem+json; charset=utf-8');
    httpAdapter.setHeader(response, 'Cache-Control', 'no-store');
    httpAdapter.reply(response, JSON.stringify(problemOf(refusal.status, refusal)), refusal.status);
  }

  private refusalOf(error: unknown): Refusal {
    if (error instanceof RequestRefused) {
      const { code, headers } = error;
      return { ...shown(error.getStatus(), error.message, error.resource), code, headers };
    }
    if (error instanceof HttpException) return shown(error.getStatus(), error.message);
    const status = error instanceof ResourceError ? STATUS_OF[error.code] : undefined;
    if (error instanceof ResourceError && status) {
      return { ...shown(status, error.message, error.resource), code: error.code };
    }
    const { stack } = error as { stack?: unknown };
    this.logger.error(errorText(error), typeof stack === 'string' ? redactText(stack) : undefined);
    return { status: 500 };
  }
}

function shown(status: number, message: string, resource?: string): Refusal {
  return { status, detail: redactText(message), resource: resource && redactText(resource) };
}
