import { ResourceHealth } from '@nestjs-resources/core';

import type { MetricFamily } from './metric-family.js';
import type { Reading } from './reading.js';
import { figure, oneOf } from './samples.js';

const HEALTHS = Object.values(ResourceHealth);
const LIFE = ['registered', 'starting', 'running', 'failed', 'skipped', 'closing', 'closed'];
const TASK_STATES = ['idle', 'running', 'waiting', 'completed', 'failed', 'stopped'];
const FAILURES = ['error', 'timeout', 'invalid'] as const;

const labelsOf = ({ name }: Reading): { resource: string } => ({ resource: name });

export const resourceFamilies: readonly MetricFamily[] = [
  {
    type: 'gauge',
    name: 'info',
    help: 'What the resource is.',
    unit: '1',
    labels: ['resource', 'kind', 'critical'],
    samples: (reading) => [
      {
        labels: { ...labelsOf(reading), kind: reading.kind, critical: String(reading.health?.critical ?? false) },
        value: 1,
      },
    ],
  },
  {
    type: 'gauge',
    name: 'up',
    help: 'Whether the resource serves: 1 for HEALTHY and DEGRADED.',
    unit: '1',
    labels: ['resource'],
    samples: (reading) => {
      const { health } = reading.health ?? {};
      return [{ labels: labelsOf(reading), value: health === 'HEALTHY' || health === 'DEGRADED' ? 1 : 0 }];
    },
  },
  {
    type: 'gauge',
    name: 'health.status',
    help: 'Health of the resource: 1 for the one it has.',
    unit: '1',
    labels: ['resource', 'status'],
    samples: (reading) => oneOf(HEALTHS, reading.health?.health, 'status', labelsOf(reading)),
  },
  {
    type: 'gauge',
    name: 'health.last_result_timestamp',
    help: 'When the last check ended.',
    unit: 's',
    labels: ['resource'],
    samples: (reading) => figure(reading.health, 'lastUpdated', labelsOf(reading), 0.001),
  },
  {
    type: 'summary',
    name: 'health.check',
    help: 'How long checks took.',
    unit: 's',
    labels: ['resource'],
    samples: (reading) => {
      const { checks } = reading.health ?? {};
      if (!checks) return [];
      return [{ labels: labelsOf(reading), value: { count: checks.total, sum: checks.time / 1000, buckets: [] } }];
    },
  },
  {
    type: 'counter',
    name: 'health.check_failures',
    help: 'Checks that threw, took too long, or answered rubbish.',
    unit: '{failure}',
    labels: ['resource', 'reason'],
    samples: (reading) =>
      FAILURES.flatMap((reason) => figure(reading.health?.checks, reason, { ...labelsOf(reading), reason })),
  },
  {
    type: 'gauge',
    name: 'lifecycle.state',
    help: 'State in the registry: 1 for the one it is in.',
    unit: '1',
    labels: ['resource', 'state'],
    samples: (reading) => oneOf(LIFE, reading.entry?.state, 'state', labelsOf(reading)),
  },
  {
    type: 'gauge',
    name: 'start',
    help: 'How long the last start took.',
    unit: 's',
    labels: ['resource'],
    samples: (reading) => figure(reading.tally, 'startTook', labelsOf(reading), 0.001),
  },
  {
    type: 'counter',
    name: 'stop_failures',
    help: 'Closings that failed.',
    unit: '{failure}',
    labels: ['resource'],
    samples: (reading) => figure(reading.tally, 'closeFailures', labelsOf(reading)),
  },
  {
    type: 'gauge',
    name: 'task.state',
    help: 'State of the background task: 1 for the one it is in.',
    unit: '1',
    labels: ['task', 'state'],
    samples: ({ name, metrics }) =>
      metrics?.type === 'task' ? oneOf(TASK_STATES, metrics.state, 'state', { task: name }) : [],
  },
  {
    type: 'gauge',
    name: 'task.restarts',
    help: 'Restarts of the background task since it was started.',
    unit: '{restart}',
    labels: ['task'],
    samples: ({ name, metrics }) => (metrics?.type === 'task' ? figure(metrics, 'restarts', { task: name }) : []),
  },
];
