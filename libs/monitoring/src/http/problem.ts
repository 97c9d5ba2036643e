import { STATUS_CODES } from 'node:http';

import { HttpException } from '@nestjs/common';

/** What went wrong with a request, as RFC 9457 says it. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  /** Stable, for programs. */
  readonly code?: string;
  readonly resource?: string;
}

export interface ProblemOptions {
  readonly code?: string | undefined;
  readonly resource?: string | undefined;
  /** Headers of the answer, such as `Allow` or `Retry-After`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Refuses a request. `detail` says what was wrong and what would be right; it goes to the caller. */
export class RequestRefused extends HttpException {
  readonly code: string | undefined;
  readonly resource: string | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, detail: string, { code, resource, headers = {} }: ProblemOptions = {}) {
    super(detail, status);
    this.code = code;
    this.resource = resource;
    this.headers = headers;
  }
}

export function problemOf(status: number, { detail, code, resource }: ProblemOptions & { detail?: string }): Problem {
  return {
    type: 'about:blank',
    title: STATUS_CODES[status] ?? 'Error',
    status,
    ...(detail === undefined ? undefined : { detail }),
    ...(code === undefined ? undefined : { code }),
    ...(resource === undefined ? undefined : { resource }),
  };
}
