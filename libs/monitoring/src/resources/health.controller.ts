import { ResourceMonitor } from '@nestjs-resources/core';
import { Get, Header, Injectable, Res } from '@nestjs/common';

import { Documented } from '../http/openapi.js';
import type { Reply } from '../http/reply.js';
import { statusCodeOf } from '../http/status-code.js';
import { unoBody } from '../http/uno-body.js';

/** The health of everything, in Uno's shape. */
@Injectable()
export class HealthController {
  constructor(private readonly monitor: ResourceMonitor) {}

  @Documented('The health of everything', { 503: 'Something critical is unhealthy.' })
  @Get()
  @Header('Cache-Control', 'no-cache, no-store, must-revalidate')
  health(@Res({ passthrough: true }) reply: Reply): unknown {
    const summary = this.monitor.getHealthSummary();
    reply.status(statusCodeOf(summary.overallHealth));
    return unoBody(summary);
  }
}
