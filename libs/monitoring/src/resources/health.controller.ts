import { ResourceMonitor } from '@nestjs-resources/core';
import { Get, Header, Injectable, Param, Res } from '@nestjs/common';

import { Documented } from '../http/openapi.js';
import { fittingSummary } from '../http/fitting-summary.js';
import type { Reply } from '../http/reply.js';
import { statusCodeOf } from '../http/status-code.js';
import { unoBody } from '../http/uno-body.js';

/** The health of everything, or of a group, in Uno's shape. */
@Injectable()
export class HealthController {
  constructor(private readonly monitor: ResourceMonitor) {}

  @Documented('The health of everything', { 503: 'Something critical is unhealthy.' })
  @Get()
  @Header('Cache-Control', 'no-cache, no-store, must-revalidate')
  health(@Res({ passthrough: true }) reply: Reply): unknown {
    return this.answer(undefined, reply);
  }

  @Documented('The health of a group', { 404: 'There is no such group.', 503: 'Something critical is unhealthy.' })
  @Get(':group')
  @Header('Cache-Control', 'no-cache, no-store, must-revalidate')
  group(@Param('group') group: string, @Res({ passthrough: true }) reply: Reply): unknown {
    return this.answer(group, reply);
  }

  private answer(group: string | undefined, reply: Reply): unknown {
    const summary = this.monitor.getHealthSummary(group);
    reply.status(statusCodeOf(summary.overallHealth));
    return unoBody(fittingSummary(summary));
  }
}
