import type { FactoryProvider } from '@nestjs/common';
import { configuration, type Configuration } from '../config/configuration.js';
import { GatewayProcess } from '../gateway/gateway-process.js';

export const PAYMENT_GATEWAY_URL = 'PAYMENT_GATEWAY_URL';

/** The gateway of the configuration, else the example's own, which ends with this process. */
export const paymentGatewayUrlProvider: FactoryProvider<Promise<string>> = {
  provide: PAYMENT_GATEWAY_URL,
  inject: [configuration.KEY],
  useFactory: async ({ payments }: Configuration) => payments.gatewayUrl ?? (await GatewayProcess.start()).url,
};
