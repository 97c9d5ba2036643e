import { describe, expect, it } from '@jest/globals';
import type { ResourceManager, ResourceMonitor } from '@nestjs-resources/core';

import { checkMonitoringOptions } from '../monitoring-options.table.js';
import { Probes } from './probes.service.js';

function probes(eventLoopDelay: number, options = {}) {
  const overview = { overallHealth: 'HEALTHY', resourceCount: 0 };
  const monitor = { eventLoopDelay, getOverview: () => overview } as unknown as ResourceMonitor;
  const manager = { isReady: true, phase: 'ready' } as unknown as ResourceManager;
  return new Probes(checkMonitoringOptions(options), manager, monitor);
}

describe('Liveness', () => {
  it('is lost when the event loop is late for a while, and then alone', () => {
    expect(probes(4_999).live()).toEqual({ code: 200, status: 'ok' });
    expect(probes(5_001).live()).toEqual({ code: 503, status: 'error' });
    expect(probes(5_001).ready()).toEqual({ code: 200, status: 'ok' });
  });

  it('follows its option', () => {
    expect(probes(300, { maxEventLoopDelay: 200 }).live().code).toBe(503);
    expect(probes(1e9, { maxEventLoopDelay: Infinity }).live().code).toBe(200);
  });
});
