import {
  contribution,
  type ResourceHealth,
  ResourceManager,
  ResourceMonitor,
  worstHealth,
} from '@nestjs-resources/core';
import { Inject, Injectable } from '@nestjs/common';

import type { CheckedMonitoringOptions } from '../monitoring-options.js';
import { MONITORING_OPTIONS } from '../monitoring.tokens.js';
import { readinessCodeOf, statusCodeOf } from '../http/status-code.js';
import { PROBE_WORDS, type ProbeAnswer, type ProbeBody } from './probe-answer.js';

const OK: ProbeAnswer = { code: 200, status: 'ok' };
const STUCK: ProbeAnswer = { code: 503, status: 'error' };
const STARTING: ProbeAnswer = { code: 503, status: 'starting' };
const SHUTTING_DOWN: ProbeAnswer = { code: 503, status: 'shutting_down' };

/** Answers the three questions of an orchestrator, from results that are there: no check runs because somebody asks. */
@Injectable()
export class Probes {
  private started = false;

  constructor(
    @Inject(MONITORING_OPTIONS) private readonly options: CheckedMonitoringOptions,
    private readonly manager: ResourceManager,
    private readonly monitor: ResourceMonitor,
  ) {}

  /**
   * Should the process be restarted? Yes if it hardly gets on, because its event loop is late again and again. Nothing outside
   * the process counts, unless the application puts something into the group `live`.
   */
  live(): ProbeAnswer {
    if (this.monitor.eventLoopDelay > this.options.maxEventLoopDelay) return STUCK;
    const { overallHealth } = this.monitor.getOverview('live');
    return { code: statusCodeOf(overallHealth), status: PROBE_WORDS[overallHealth] };
  }

  /**
   * Should requests be sent here? Not before everything has started, not once the end has begun.
   *
   * @param without - names of resources that are left out of account
   */
  ready(without: ReadonlySet<string> = new Set()): ProbeAnswer {
    return this.lifecycle() ?? readiness(this.healthOf('ready', without));
  }

  /** Has it started? Stays true once it was, so that later trouble is left to the other two. */
  startup(): ProbeAnswer {
    if (this.started) return OK;
    const answer = this.lifecycle() ?? readiness(this.healthOf('startup'));
    this.started = answer.code === 200;
    return answer;
  }

  /** The members of a group, for those who may know. */
  details(group: string): Pick<ProbeBody, 'resources'> {
    return { resources: this.monitor.getHealthSummary(group).resources };
  }

  private lifecycle(): ProbeAnswer | undefined {
    if (this.manager.isReady) return undefined;
    const { phase } = this.manager;
    return phase === 'created' || phase === 'initializing' || phase === 'initialized' ? STARTING : SHUTTING_DOWN;
  }

  private healthOf(group: string, without?: ReadonlySet<string>): ResourceHealth {
    if (!without?.size) return this.monitor.getOverview(group).overallHealth;
    const members = Object.entries(this.monitor.getHealthSummary(group).resources);
    return worstHealth(
      members.filter(([name]) => !without.has(name)).map(([, { health, critical }]) => contribution(health, critical)),
    );
  }
}

function readiness(health: ResourceHealth): ProbeAnswer {
  return { code: readinessCodeOf(health), status: PROBE_WORDS[health] };
}
