import { pauseSpec } from '../call/backoff.table.js';
import { bulkheadOptionTable } from '../call/bulkhead-policy.js';
import { retryOptionTable } from '../call/retry-policy.js';
import { systemClock } from '../clock/system-clock.js';
import { defineOptions, type OptionRule, type OptionTable } from '../options/option-spec.js';
import { shown } from '../options/shown.js';
import type {
  CheckedTripOptions,
  CircuitBreakerOptions,
  HalfOpenOptions,
  OutcomeOptions,
  TripOptions,
} from './breaker-options.js';
import { problemWithSnapshot } from './breaker-snapshot.js';

const ownTrip: OptionRule = ({ window, rule }) =>
  window === undefined && rule === undefined
    ? { option: 'window', problem: "is required, unless there is a rule; one of 'count', 'time'" }
    : undefined;

const oneTrip: OptionRule = ({ window, rule }) =>
  window !== undefined && rule !== undefined
    ? { option: 'rule', problem: 'cannot be combined with window: leave one of them out' }
    : undefined;

const minimumFits: OptionRule = ({ window, size = Infinity, minimumCalls = 0 }) =>
  window === COUNT && minimumCalls > size
    ? {
        option: 'minimumCalls',
        problem: `must be at most size (${size}), or nothing is ever judged; got ${minimumCalls}`,
      }
    : undefined;

const COUNT: TripOptions['window'] = 'count';

const CLOCK = ['now', 'wallNow', 'schedule'];

const tripOptionTable = defineOptions<TripOptions>(
  {
    window: {
      kind: 'choice',
      choices: ['count', 'time'],
      absent: '`rule` decides',
      description: 'Judge the last `size` calls, or those of the last `duration` milliseconds.',
    },
    size: {
      kind: 'integer',
      min: 1,
      max: 1_000_000,
      default: 100,
      description: 'How many calls the count window holds.',
    },
    duration: { kind: 'duration', min: 100, default: 30_000, description: 'How long the time window is.' },
    minimumCalls: {
      kind: 'integer',
      min: 1,
      default: {
        text: '20, or `size` if that is less',
        derive: ({ window, size }: Partial<CheckedTripOptions>) =>
          window === 'count' && size !== undefined ? Math.min(20, size) : 20,
      },
      description: 'With fewer calls in the window nothing is judged.',
    },
    failureRate: {
      kind: 'percent',
      default: 50,
      description: 'Opens when as many calls of the window or more failed.',
    },
    slowRate: {
      kind: 'percent',
      absent: 'slow calls do not open',
      description: 'Opens when as many calls of the window or more took longer than `outcome.slowAfter`.',
    },
    rule: {
      kind: 'function',
      absent: '`window` decides',
      description: "Makes a rule of your own, or one of cockatiel's (`IBreaker`), for each closed period.",
    },
  },
  [ownTrip, oneTrip, minimumFits],
);

const outcomeOptionTable = defineOptions<OutcomeOptions>({
  isFailure: {
    kind: 'function',
    absent: 'every error is a failure',
    description: 'Whether an error says that the service is sick. Other errors are answers: successes.',
  },
  isIgnored: {
    kind: 'function',
    absent: 'none is ignored',
    description: 'Whether an error says nothing about the service: neither success nor failure.',
  },
  isFailedResult: {
    kind: 'function',
    absent: 'every result is a success',
    description: 'Whether a result, though returned, is a failure.',
  },
  openFor: {
    kind: 'function',
    absent: 'none does',
    description: 'Milliseconds for which the circuit opens at once because of this outcome; 0 or nothing: not.',
  },
  slowAfter: { kind: 'duration', absent: 'calls are not timed', description: 'After how long a call is slow.' },
});

const halfOpenOptionTable = defineOptions<HalfOpenOptions>({
  maxWait: {
    kind: 'duration',
    default: 30_000,
    infinity: 'waits for ever',
    description: 'After how long a trial without result opens the circuit again.',
  },
  failureRate: {
    kind: 'percent',
    absent: 'any failed trial',
    description: 'Share of `halfOpenMaxCalls`: as many failed trials or more open the circuit again.',
  },
  automatic: {
    kind: 'boolean',
    default: false,
    description: 'Whether a timer turns the state to half open when recovery is due, instead of the next call.',
  },
});

const slowNeedsBound: OptionRule = ({ trip, outcome }: { trip?: TripOptions; outcome?: OutcomeOptions }) =>
  trip?.slowRate !== undefined && outcome?.slowAfter === undefined
    ? { option: 'outcome.slowAfter', problem: 'is required by trip.slowRate: after how long is a call slow?' }
    : undefined;

/** All options of a breaker but its name. */
export const circuitBreakerOptionTable: OptionTable = defineOptions<CircuitBreakerOptions>(
  {
    failureThreshold: {
      kind: 'integer',
      min: 1,
      default: 5,
      description: 'Failures in a row that open the circuit, if `trip` gives no other rule.',
    },
    recoveryTimeout: pauseSpec('How long the circuit stays open before a trial.', { default: 30_000 }),
    halfOpenMaxCalls: {
      kind: 'integer',
      min: 1,
      max: 10_000,
      default: 1,
      description: 'Trial calls at once while half open, and successes that close the circuit.',
    },
    trip: {
      kind: 'group',
      table: tripOptionTable,
      optional: true,
      description: 'What opens the circuit, if not failures in a row.',
    },
    outcome: { kind: 'group', table: outcomeOptionTable, description: 'What counts as what.' },
    halfOpen: { kind: 'group', table: halfOpenOptionTable, description: 'How the trial goes.' },
    timeout: {
      kind: 'duration',
      infinity: 'no limit',
      absent: 'no limit',
      description: 'How long a call may take; longer is a failure.',
    },
    bulkhead: {
      kind: 'group',
      table: bulkheadOptionTable,
      optional: true,
      absent: 'no limit',
      description: 'Calls at once, and how many may queue for their turn.',
    },
    retry: {
      kind: 'group',
      table: retryOptionTable,
      optional: true,
      absent: 'nothing is retried',
      description: 'Tries again what failed; each try is a call.',
    },
    historySize: {
      kind: 'integer',
      min: 0,
      max: 10_000,
      default: 20,
      zero: 'none',
      description: 'How many changes of state and mode `history()` remembers.',
    },
    stackTraces: {
      kind: 'boolean',
      default: false,
      description: 'Whether the error of a refused call carries a stack; it costs more than the rest of the refusal.',
    },
    restore: {
      kind: 'custom',
      expected: 'what `toJSON()` gave',
      absent: 'begins closed',
      description: 'The state to continue from.',
      check: problemWithSnapshot,
    },
    clock: {
      kind: 'custom',
      expected: 'a Clock',
      default: { text: '`systemClock`', derive: () => systemClock },
      description: 'Where the time comes from.',
      check: (value) =>
        CLOCK.every((verb) => typeof (value as Record<string, unknown> | null)?.[verb] === 'function')
          ? undefined
          : `must be a Clock, got ${shown(value)}`,
    },
    random: { kind: 'function', absent: '`Math.random`', description: 'Numbers in [0, 1), for tests.' },
  },
  [slowNeedsBound],
);

/** All options of a breaker. */
export const namedBreakerOptionTable: OptionTable = {
  specs: {
    name: {
      kind: 'text',
      required: true,
      maxLength: 200,
      description: 'Names the breaker in errors, events and figures.',
    },
    ...circuitBreakerOptionTable.specs,
  },
  rules: circuitBreakerOptionTable.rules,
};
