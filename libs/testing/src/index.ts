export { ManualClock } from '@nestjs-resources/core';

export { FakePool, type FakePoolOptions } from './fake-pool.js';
export { overrideCircuitBreaker, overridePool } from './override-pool.js';
