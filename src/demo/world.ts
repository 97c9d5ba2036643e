import { EmbeddedPostgres } from '../embedded-postgres/embedded-postgres.js';
import { GatewayProcess } from '../gateway/gateway-process.js';
import { DatabaseWitness } from './database-witness.js';
import { GatewayControl } from './gateway-control.js';
import { OrderClient } from './order-client.js';
import { ServiceProcess } from './service-process.js';

/** Connections of the service: opened at the start, and never more. */
export const POOL_SIZE = 10;

/** Failures of the gateway after which the breaker opens. */
export const FAILURE_THRESHOLD = 5;

/** The service, what it depends on, and who looks at it. */
export interface World {
  readonly service: ServiceProcess;
  readonly customers: OrderClient;
  readonly gateway: GatewayControl;
  readonly database: DatabaseWitness;
  close(): Promise<void>;
}

/** Starts everything afresh: an empty database, a gateway that has charged nobody, and the service. */
export async function createWorld(): Promise<World> {
  const [postgres, payments] = await Promise.all([EmbeddedPostgres.start(), GatewayProcess.start()]);
  const service = await ServiceProcess.start({
    DATABASE_URL: postgres.url,
    DATABASE_POOL_MIN: String(POOL_SIZE),
    DATABASE_POOL_MAX: String(POOL_SIZE),
    PAYMENT_GATEWAY_URL: payments.url,
    PAYMENT_FAILURE_THRESHOLD: String(FAILURE_THRESHOLD),
    // Long enough to look at what happens meanwhile, also on a busy machine.
    PAYMENT_RECOVERY_TIMEOUT: '5000',
    PAYMENT_TIMEOUT: '5000',
  });
  const database = await DatabaseWitness.connect(postgres.url);
  return {
    service,
    customers: new OrderClient(service.url),
    gateway: new GatewayControl(payments.url),
    database,
    async close() {
      await service.kill();
      await database.close();
      await Promise.all([payments.close(), postgres.close()]);
    },
  };
}
