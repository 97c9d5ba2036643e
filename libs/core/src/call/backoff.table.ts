import { expectation, findProblems } from '../options/check-options.js';
import { defineOptions, type CustomSpec, type DurationSpec, type OptionTable } from '../options/option-spec.js';
import { shown } from '../options/shown.js';
import type { BackoffOptions } from './backoff.js';

/** What a growing pause is made of. */
export const backoffOptionTable: OptionTable = defineOptions<BackoffOptions>(
  {
    initial: { kind: 'duration', absent: 'required', description: 'The pause before the first retry.' },
    max: { kind: 'duration', absent: 'required', description: 'The longest pause.' },
    factor: { kind: 'number', min: 1, max: 1_000, default: 2, description: 'By how much each pause is longer.' },
    jitter: { kind: 'number', min: 0, max: 1, default: 1, description: 'Share of the pause drawn at random.' },
  },
  [
    ({ initial = 0, max = Infinity }) =>
      max < initial ? { option: 'max', problem: `must be at least initial (${initial}), got ${max}` } : undefined,
    ({ initial }) => (initial === undefined ? { option: 'initial', problem: 'is required' } : undefined),
    ({ max }) => (max === undefined ? { option: 'max', problem: 'is required' } : undefined),
  ],
);

/** A pause: milliseconds if it is always the same, {@link BackoffOptions} if it grows. */
export function pauseSpec(
  description: string,
  pause: { default?: number | BackoffOptions; zero?: string },
): CustomSpec {
  const fixed: DurationSpec = { kind: 'duration', description, ...(pause.zero && { zero: pause.zero }) };
  const expected = `${expectation(fixed)}, or backoff options { initial, max, factor, jitter }`;
  const { default: standard } = pause;
  return { kind: 'custom', description, expected, default: standard, check: (value) => problemWith(value, fixed) };

  function problemWith(value: unknown, spec: DurationSpec): string | undefined {
    if (typeof value === 'object' && value !== null) {
      const [first] = findProblems(backoffOptionTable, value);
      return first && `${first.option} ${first.problem}`;
    }
    const [problem] = findProblems(defineOptions<{ pause: number }>({ pause: spec }), { pause: value });
    return problem && `must be ${expected}, got ${shown(value)}`;
  }
}
