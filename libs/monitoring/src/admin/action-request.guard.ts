import type { IncomingHttpHeaders } from 'node:http';

import { ResourceManager } from '@nestjs-resources/core';
import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';

import { RequestRefused } from '../http/problem.js';
import type { CheckedMonitoringOptions } from '../monitoring-options.js';
import { MONITORING_OPTIONS } from '../monitoring.tokens.js';
import { RateLimit } from './rate-limit.js';

/**
 * Lets through only requests that a person meant to send: JSON, which a form of another site cannot send, and from a page of
 * this application, if from a page at all. Not too many of them, and none once the end has begun.
 */
@Injectable()
export class ActionRequestGuard implements CanActivate {
  private readonly limit = new RateLimit();

  constructor(
    @Inject(MONITORING_OPTIONS) private readonly options: CheckedMonitoringOptions,
    private readonly manager: ResourceManager,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const { method, headers } = context.switchToHttp().getRequest<{ method: string; headers: IncomingHttpHeaders }>();
    // Every other method is answered with 405.
    if (method !== 'POST') return true;
    refuseOtherTypes(headers);
    this.refuseOtherSites(headers);
    if (!this.manager.isReady) throw new RequestRefused(503, 'The application is starting or shutting down.');
    if (this.limit.allows(performance.now())) return true;
    throw new RequestRefused(429, 'Too many actions. Wait a second.', { headers: { 'Retry-After': '1' } });
  }

  private refuseOtherSites({ origin, host, 'sec-fetch-site': site }: IncomingHttpHeaders): void {
    const { origins = [] } = this.options.admin ?? {};
    if (origin !== undefined && origins.includes(origin)) return;
    const foreign = site !== undefined && site !== 'same-origin' && site !== 'none';
    if (!foreign && (origin === undefined || hostOf(origin) === host)) return;
    throw new RequestRefused(403, 'Pages of other sites may not act here.', { code: 'CROSS_SITE' });
  }
}

function refuseOtherTypes({ 'content-type': type = '' }: IncomingHttpHeaders): void {
  if (/^application\/json\s*(?:;|$)/i.test(type)) return;
  throw new RequestRefused(415, 'Send the body as application/json.');
}

function hostOf(origin: string): string | undefined {
  try {
    return new URL(origin).host;
  } catch {
    // `null` is an origin too: that of a sandboxed frame or a file.
    return undefined;
  }
}
