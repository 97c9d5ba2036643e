import { CircuitBreaker, ConnectionPool, ResourceRegistry } from '@nestjs-resources/core';

import { RequestRefused } from '../http/problem.js';

/** The pool of this name. Never makes one. @throws {RequestRefused} 404 if it is none, 409 if it ends */
export function poolNamed(registry: ResourceRegistry, name: string): ConnectionPool<unknown> {
  const pool = registry.get(name);
  if (!(pool instanceof ConnectionPool)) throw notA('pool', name);
  if (pool.state !== 'closing' && pool.state !== 'closed') return pool as ConnectionPool<unknown>;
  throw new RequestRefused(409, `Pool '${name}' is ${pool.state}.`, { code: 'POOL_CLOSED', resource: name });
}

/** The breaker of this name. Never makes one. @throws {RequestRefused} 404 if it is none */
export function breakerNamed(registry: ResourceRegistry, name: string): CircuitBreaker {
  const breaker = registry.get(name);
  if (breaker instanceof CircuitBreaker) return breaker;
  throw notA('circuit breaker', name);
}

function notA(what: string, name: string): RequestRefused {
  return new RequestRefused(404, `Resource '${name}' is no ${what}.`, { code: 'RESOURCE_NOT_FOUND', resource: name });
}
