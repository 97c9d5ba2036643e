import { z } from 'zod';

const count = (otherwise: number) => z.coerce.number().int().default(otherwise);
const milliseconds = count;

/** An address whose text never appears in a message, since it may contain a password. */
const address = (protocol: RegExp, expected: string) =>
  z.url({ protocol, error: `is not a URL like ${expected}` }).optional();

/**
 * Every variable the service reads; `.env.example` documents them. Only their form is checked here: whether a pool can work
 * with its numbers is for the pool to say.
 */
export const environmentSchema = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(3_000),

  DATABASE_URL: address(/^postgres(ql)?$/, 'postgresql://user:password@host:5432/database'),
  DATABASE_POOL_MIN: count(2),
  DATABASE_POOL_MAX: count(10),
  DATABASE_ACQUIRE_TIMEOUT: milliseconds(5_000),

  PAYMENT_GATEWAY_URL: address(/^https?$/, 'https://payments.example'),
  PAYMENT_TIMEOUT: milliseconds(1_000),
  PAYMENT_FAILURE_THRESHOLD: count(5),
  PAYMENT_RECOVERY_TIMEOUT: milliseconds(2_000),
  PAYMENT_RETRY_PAUSE: milliseconds(250),

  RECEIPT_WORKERS: count(2),

  MANAGEMENT_TOKEN: z.string().min(8).optional(),
  SHUTDOWN_TIMEOUT: milliseconds(25_000),
  READINESS_DELAY: milliseconds(0),
});

export type Environment = z.infer<typeof environmentSchema>;
