import { spawnSync } from 'node:child_process';
import { expect, it } from '@jest/globals';
import type { StepReport } from '../../src/demo/report.js';
import { root } from './example-service.js';

it('the demo shows that every step holds', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['dist/demo/main.js', '--json'], {
    cwd: root,
    encoding: 'utf8',
  });
  const reports = JSON.parse(stdout || '[]') as StepReport[];
  const broken = reports.flatMap(({ findings }) => findings.filter(({ held }) => !held));
  expect({ broken, steps: reports.length, status, stderr: reports.length ? '' : stderr }).toEqual({
    broken: [],
    steps: 5,
    status: 0,
    stderr: '',
  });
}, 180_000);
