import {
  type MetricsFilter,
  type MonitorMetrics,
  ResourceHealth,
  ResourceMonitor,
  type ResourceType,
} from '@nestjs-resources/core';
import { Get, Header, Injectable, Param, Query } from '@nestjs/common';

import { Documented } from '../http/openapi.js';
import { choiceIn, durationIn, flagIn, integerIn, textIn } from '../http/query.js';
import { fitting } from '../http/response-size.js';
import { unoBody } from '../http/uno-body.js';

const HEALTHS = Object.values(ResourceHealth);
const TYPES: readonly ResourceType[] = ['CONNECTION_POOL', 'CIRCUIT_BREAKER', 'TASK', 'SYSTEM', 'CUSTOM'];
const STATES = ['registered', 'starting', 'running', 'failed', 'skipped', 'closing', 'closed'] as const;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** What a response holds at most; the rest is on further pages, or in the columns of `history`. */
const PAGE = 500;
const HISTORY_LIMIT = 100;
const SAMPLES_PER_LIST = 2_000;
/** Numbers in the columns of one answer; the newest, if there are more. */
const MOST_CELLS = 50_000;

type Query = Readonly<Record<string, unknown>>;

/**
 * What is known of the resources. The list and a single resource have Uno's shapes and its snake_case; the rest is new and
 * camelCase.
 */
@Injectable()
export class ResourcesController {
  constructor(private readonly monitor: ResourceMonitor) {}

  @Documented('All resources: health, state, figures', { 400: 'The query makes no sense.' })
  @Get()
  @Header('Cache-Control', 'no-store')
  list(@Query() query: Query): unknown {
    const includeHistory = flagIn('include_history', query.include_history);
    const filter = filterIn(query);
    const historyLimit = Math.min(HISTORY_LIMIT, Math.ceil(SAMPLES_PER_LIST / filter.limit));
    return unoBody(fittingPage(this.monitor.getMetrics(filter, { includeHistory, historyLimit })));
  }

  @Documented('One resource', { 404: 'There is none of this name.' })
  @Get(':name')
  @Header('Cache-Control', 'no-store')
  one(@Param('name') name: string, @Query('include_history') history?: unknown): unknown {
    return unoBody(
      this.monitor.getResource(name, {
        includeHistory: flagIn('include_history', history),
        historyLimit: HISTORY_LIMIT,
      }),
    );
  }

  @Documented('Figures of a resource, now and over a time', { 404: 'There is none of this name.' })
  @Get(':name/metrics')
  @Header('Cache-Control', 'no-store')
  metrics(@Param('name') name: string, @Query('window') window?: unknown): unknown {
    const duration = durationIn('window', window, { max: DAY, absent: HOUR });
    const { health, metrics } = this.monitor.getResource(name);
    return { name, health, metrics, window: { duration, ...this.monitor.getWindow(name, duration) } };
  }

  @Documented('Samples of a resource, in columns', { 404: 'There is none of this name.' })
  @Get(':name/history')
  @Header('Cache-Control', 'private, max-age=5')
  history(@Param('name') name: string, @Query() query: Query): unknown {
    const from = integerIn('from', query.from, { min: 0, max: Number.MAX_SAFE_INTEGER, absent: 0 });
    const step = durationIn('step', query.step, { max: DAY, absent: 0 });
    return this.monitor.getHistory(name, { from, step, most: MOST_CELLS });
  }
}

/** As many of them as fit; the next page goes on after the last. */
function fittingPage(page: MonitorMetrics): MonitorMetrics {
  const entries = Object.entries(page.resources);
  const kept = fitting(entries);
  const last = kept.at(-1);
  if (kept.length === entries.length || !last) return page;
  return { ...page, resources: Object.fromEntries(kept), next: last[0] };
}

function filterIn(query: Query): MetricsFilter & { readonly limit: number } {
  const limit = integerIn('limit', query.limit, { min: 1, max: PAGE, absent: PAGE });
  const filter = {
    type: choiceIn('type', query.type, TYPES),
    health: choiceIn('health', query.health ?? query.status, HEALTHS),
    state: choiceIn('state', query.state, STATES),
    kind: textIn('kind', query.kind),
    group: textIn('group', query.group),
    name: textIn('name', query.name),
    after: textIn('after', query.after),
  };
  return { ...Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined)), limit };
}
