import {
  type CircuitBreaker,
  type ConnectionPool,
  refuseMisfits,
  ResourceNotFoundError,
  ResourceRegistry,
} from '@nestjs-resources/core';
import { getCircuitBreakerToken, getPoolToken } from '@nestjs-resources/nest';
import type { TestingModule, TestingModuleBuilder } from '@nestjs/testing';

/**
 * Puts `fake` in the place of the pool with this name, everywhere: where it is injected, in the registry, in health. The
 * real one is never made, so nothing connects. `compile()` rejects when no pool has this name.
 *
 * @example
 * const module = await overridePool(Test.createTestingModule({ imports: [AppModule] }), 'smtp', fake).compile();
 */
export function overridePool<T>(
  builder: TestingModuleBuilder,
  name: string,
  fake: ConnectionPool<T>,
): TestingModuleBuilder {
  return override(builder, name, getPoolToken(name), fake);
}

/** The same for a circuit breaker that a module declares; `@CircuitBreaker(name)` uses it too. */
export function overrideCircuitBreaker(
  builder: TestingModuleBuilder,
  name: string,
  breaker: CircuitBreaker,
): TestingModuleBuilder {
  return override(builder, name, getCircuitBreakerToken(name), breaker);
}

/** Nest passes over an override of what nobody provides: the real thing would be made after all, and connect. */
function override(builder: TestingModuleBuilder, name: string, token: string, fake: object): TestingModuleBuilder {
  refuseMisfits('An override', { builder: [builder, 'what Test.createTestingModule() gives', 'overrideProvider'] });
  const compile = builder.compile.bind(builder);
  builder.compile = async (options) => {
    const module = await compile(options);
    if (!provides(module, token)) throw new ResourceNotFoundError(name, namesIn(module));
    return module;
  };
  return builder.overrideProvider(token).useValue(fake);
}

function provides(module: TestingModule, token: string): boolean {
  try {
    module.get<unknown>(token, { strict: false });
    return true;
  } catch {
    return false;
  }
}

function namesIn(module: TestingModule): string[] {
  return module
    .get(ResourceRegistry, { strict: false })
    .list()
    .map(({ name }) => name);
}
