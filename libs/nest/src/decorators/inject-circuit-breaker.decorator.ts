import { Inject } from '@nestjs/common';

import { getCircuitBreakerToken } from '../resource.tokens.js';

/**
 * Injects the circuit breaker with this name, to be used by hand.
 *
 * @example
 * constructor(@InjectCircuitBreaker('payments') private readonly payments: CircuitBreaker) {}
 */
export const InjectCircuitBreaker = (name: string): ReturnType<typeof Inject> => Inject(getCircuitBreakerToken(name));
