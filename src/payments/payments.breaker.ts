import type { CircuitBreakerOptions } from '@nestjs-resources/nest';
import type { Configuration } from '../config/configuration.js';
import { PaymentGatewayError } from './payment-gateway.error.js';

/** Guards the payment gateway: counts its failures, and not those of the database on the way. */
export function paymentsBreaker({
  failureThreshold,
  recoveryTimeout,
}: Configuration['payments']): CircuitBreakerOptions {
  return {
    failureThreshold,
    recoveryTimeout,
    outcome: { isIgnored: (error) => !(error instanceof PaymentGatewayError) },
  };
}
