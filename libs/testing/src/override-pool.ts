import type { CircuitBreaker, ConnectionPool } from '@nestjs-resources/core';
import { getCircuitBreakerToken, getPoolToken } from '@nestjs-resources/nest';
import type { TestingModuleBuilder } from '@nestjs/testing';

/**
 * Puts `fake` in the place of the pool with this name, everywhere: where it is injected, in the registry, in health. The
 * real one is never made, so nothing connects.
 *
 * @example
 * const module = await overridePool(Test.createTestingModule({ imports: [AppModule] }), 'smtp', fake).compile();
 */
export function overridePool<T>(
  builder: TestingModuleBuilder,
  name: string,
  fake: ConnectionPool<T>,
): TestingModuleBuilder {
  return builder.overrideProvider(getPoolToken(name)).useValue(fake);
}

/** The same for a circuit breaker that a module declares; `@CircuitBreaker(name)` uses it too. */
export function overrideCircuitBreaker(
  builder: TestingModuleBuilder,
  name: string,
  breaker: CircuitBreaker,
): TestingModuleBuilder {
  return builder.overrideProvider(getCircuitBreakerToken(name)).useValue(breaker);
}
