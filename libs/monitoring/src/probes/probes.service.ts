import { ResourceManager, ResourceMonitor } from '@nestjs-resources/core';
import { Injectable } from '@nestjs/common';

import { readinessCodeOf, statusCodeOf } from '../http/status-code.js';
import { PROBE_WORDS, type ProbeAnswer } from './probe-answer.js';

const OK: ProbeAnswer = { code: 200, status: 'ok' };
const STARTING: ProbeAnswer = { code: 503, status: 'starting' };
const SHUTTING_DOWN: ProbeAnswer = { code: 503, status: 'shutting_down' };

/** Answers the three questions of an orchestrator, from results that are there: no check runs because somebody asks. */
@Injectable()
export class Probes {
  private started = false;

  constructor(
    private readonly manager: ResourceManager,
    private readonly monitor: ResourceMonitor,
  ) {}

  /** Should the process be restarted? Asks the group `live`, which is empty unless the application fills it. */
  live(): ProbeAnswer {
    const { overallHealth } = this.monitor.getOverview('live');
    return { code: statusCodeOf(overallHealth), status: PROBE_WORDS[overallHealth] };
  }

  /** Should requests be sent here? Not before everything has started, not once the end has begun. */
  ready(): ProbeAnswer {
    return this.lifecycle() ?? this.readiness('ready');
  }

  /** Has it started? Stays true once it was, so that later trouble is left to the other two. */
  startup(): ProbeAnswer {
    if (this.started) return OK;
    const answer = this.lifecycle() ?? this.readiness('startup');
    this.started = answer.code === 200;
    return answer;
  }

  private lifecycle(): ProbeAnswer | undefined {
    if (this.manager.isReady) return undefined;
    const { phase } = this.manager;
    return phase === 'created' || phase === 'initializing' || phase === 'initialized' ? STARTING : SHUTTING_DOWN;
  }

  private readiness(group: string): ProbeAnswer {
    const { overallHealth } = this.monitor.getOverview(group);
    return { code: readinessCodeOf(overallHealth), status: PROBE_WORDS[overallHealth] };
  }
}
