import { Get, Header, Inject, Injectable, Res } from '@nestjs/common';

import { Documented } from '../http/openapi.js';
import type { Reply } from '../http/reply.js';
import type { MetricsRegister } from '../monitoring-options.js';
import { METRICS_REGISTER } from '../monitoring.tokens.js';

/** What Prometheus scrapes. */
@Injectable()
export class MetricsController {
  constructor(@Inject(METRICS_REGISTER) private readonly register: MetricsRegister) {}

  @Documented('Metrics for Prometheus')
  @Get()
  @Header('Cache-Control', 'no-store')
  async metrics(@Res({ passthrough: true }) reply: Reply): Promise<string> {
    reply.header('Content-Type', this.register.contentType);
    return this.register.metrics();
  }
}
