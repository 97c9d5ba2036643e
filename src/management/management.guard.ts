import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { configuration, type Configuration } from '../config/configuration.js';

const LOOPBACK = ['127.0.0.1', '::1', '::ffff:127.0.0.1'];

/** Shows what the service is made of to those who have the token; without a token, to this machine only. */
@Injectable()
export class ManagementGuard implements CanActivate {
  constructor(@Inject(configuration.KEY) private readonly config: Configuration) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<IncomingMessage>();
    const { token } = this.config.management;
    if (token === undefined) return LOOPBACK.includes(request.socket.remoteAddress ?? '');
    return isSame(request.headers.authorization ?? '', `Bearer ${token}`);
  }
}

function isSame(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}
