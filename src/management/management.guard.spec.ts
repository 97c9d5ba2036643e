import { describe, expect, it } from '@jest/globals';
import type { ExecutionContext } from '@nestjs/common';
import { readConfiguration } from '../config/configuration.js';
import { ManagementGuard } from './management.guard.js';

function mayEnter(token: string, remoteAddress: string, authorization?: string): boolean {
  const request = { socket: { remoteAddress }, headers: { authorization } };
  const context = { switchToHttp: () => ({ getRequest: () => request }) } as unknown as ExecutionContext;
  return new ManagementGuard(readConfiguration({ MANAGEMENT_TOKEN: token })).canActivate(context);
}

describe('without a token, the management pages are shown', () => {
  it.each(['127.0.0.1', '::1', '::ffff:127.0.0.1'])('to this machine (%s)', (address) => {
    expect(mayEnter('', address)).toBe(true);
  });

  it('to no other', () => {
    expect(mayEnter('', '192.0.2.7')).toBe(false);
  });
});

describe('with a token, they are shown', () => {
  it('to whoever sends it, from anywhere', () => {
    expect(mayEnter('open sesame', '192.0.2.7', 'Bearer open sesame')).toBe(true);
  });

  it.each([undefined, '', 'Bearer open barley', 'open sesame'])('to nobody who sends %s', (authorization) => {
    expect(mayEnter('open sesame', '127.0.0.1', authorization)).toBe(false);
  });
});
