import { ResourceEvents, ResourceManager, ResourceMonitor } from '@nestjs-resources/core';
import { Get, Header, Headers, Injectable, Query, Res } from '@nestjs/common';

import { Documented } from '../http/openapi.js';
import { choiceIn } from '../http/query.js';
import type { Reply } from '../http/reply.js';
import { makeReport, reportText, type Report } from './report.js';

/** One page about everything: JSON, or text with `?format=text` or `Accept: text/plain`. */
@Injectable()
export class ReportController {
  constructor(
    private readonly manager: ResourceManager,
    private readonly monitor: ResourceMonitor,
    private readonly events: ResourceEvents,
  ) {}

  @Documented('One page about everything')
  @Get()
  @Header('Cache-Control', 'no-store')
  report(
    @Res({ passthrough: true }) reply: Reply,
    @Query('format') format?: unknown,
    @Headers('accept') accept = '',
  ): Report | string {
    const wanted = choiceIn('format', format, ['json', 'text']) ?? (accept.startsWith('text/plain') ? 'text' : 'json');
    const report = makeReport({ manager: this.manager, monitor: this.monitor, events: this.events });
    if (wanted === 'json') return report;
    reply.header('Content-Type', 'text/plain; charset=utf-8');
    return reportText(report);
  }
}
