import { checkOptions, defineOptions, type OptionSpec, type OptionTable } from '@nestjs-resources/core';

const DAY = 86_400_000;

const reason: OptionSpec = {
  kind: 'text',
  required: true,
  maxLength: 500,
  description: 'Why; for those who read the audit event.',
};
const ttl: OptionSpec = {
  kind: 'duration',
  max: DAY,
  absent: 'the `ttl` of the options',
  description: 'After which it ends by itself.',
};

/** States that a breaker can be put into, in the words of the metrics; `closed` forgets what was counted. */
export const BREAKER_STATES = ['auto', 'closed', 'forced_open', 'metrics_only', 'disabled'] as const;

export interface ReasonBody {
  readonly reason: string;
}

export interface OverrideBody extends ReasonBody {
  readonly ttl?: number;
}

export interface BreakerStateBody extends OverrideBody {
  readonly state: (typeof BREAKER_STATES)[number];
}

export interface ResizeBody extends OverrideBody {
  readonly minSize?: number;
  readonly maxSize?: number;
}

export interface DrainBody extends OverrideBody {
  readonly timeout?: number;
}

const sizes: OptionSpec = { kind: 'integer', min: 0, max: 1_000_000, description: 'Resources.' };

/** The bodies of all actions. Unknown keys and impossible values are refused, as everywhere. */
export const ACTION_BODIES = {
  reason: defineOptions<ReasonBody>({ reason }),
  override: defineOptions<OverrideBody>({ reason, ttl }),
  breakerState: defineOptions<BreakerStateBody>({
    state: {
      kind: 'custom',
      required: true,
      expected: BREAKER_STATES.join(', '),
      check: (value) =>
        BREAKER_STATES.some((state) => state === value) ? undefined : `must be one of ${BREAKER_STATES.join(', ')}`,
      description: 'What to put it into.',
    },
    reason,
    ttl,
  }),
  resize: defineOptions<ResizeBody>({ minSize: sizes, maxSize: sizes, reason, ttl }, [
    ({ minSize, maxSize }) =>
      minSize === undefined && maxSize === undefined
        ? { option: 'maxSize', problem: 'or minSize must be given' }
        : undefined,
  ]),
  drain: defineOptions<DrainBody>({
    reason,
    ttl,
    timeout: { kind: 'duration', max: DAY, absent: '30_000', description: 'How long to wait for leases.' },
  }),
} satisfies Record<string, OptionTable>;

/** @throws {OptionsError} which is answered with 400 */
export function bodyOf<B extends object>(table: OptionTable, body: unknown): Readonly<B> {
  return checkOptions<B>(table, body, { subject: 'The body of the request' });
}
