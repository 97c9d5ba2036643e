import { type ConfigType, registerAs } from '@nestjs/config';
import { EnvironmentError } from './environment.error.js';
import { type Environment, environmentSchema } from './environment.schema.js';

/** The environment by subject, as the modules want it. */
function bySubject(environment: Environment) {
  return {
    http: { host: environment.HOST, port: environment.PORT },
    database: {
      url: environment.DATABASE_URL,
      minSize: environment.DATABASE_POOL_MIN,
      maxSize: environment.DATABASE_POOL_MAX,
      acquireTimeout: environment.DATABASE_ACQUIRE_TIMEOUT,
    },
    payments: {
      gatewayUrl: environment.PAYMENT_GATEWAY_URL,
      timeout: environment.PAYMENT_TIMEOUT,
      failureThreshold: environment.PAYMENT_FAILURE_THRESHOLD,
      recoveryTimeout: environment.PAYMENT_RECOVERY_TIMEOUT,
      retryPause: environment.PAYMENT_RETRY_PAUSE,
    },
    receipts: { workers: environment.RECEIPT_WORKERS },
    management: { token: environment.MANAGEMENT_TOKEN },
    shutdown: { timeout: environment.SHUTDOWN_TIMEOUT, readinessDelay: environment.READINESS_DELAY },
  };
}

/** @throws {EnvironmentError} */
export function readConfiguration(variables: Readonly<Record<string, string | undefined>>) {
  const result = environmentSchema.safeParse(withoutEmpty(variables));
  if (!result.success) throw new EnvironmentError(result.error.issues);
  return bySubject(result.data);
}

/** Inject it with `@Inject(configuration.KEY)`. Read when the application is built, so that its errors stop the boot. */
export const configuration = registerAs('configuration', () => readConfiguration(process.env));
export type Configuration = ConfigType<typeof configuration>;

/** `NAME=` in a `.env` file means that NAME is not set. */
function withoutEmpty(variables: Readonly<Record<string, string | undefined>>): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
}
