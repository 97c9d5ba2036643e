import { Get, Header, Injectable, Query, Req, Res } from '@nestjs/common';

import { Documented } from '../http/openapi.js';
import type { Reply } from '../http/reply.js';
import { namesIn } from '../http/query.js';
import type { ProbeAnswer, ProbeBody } from './probe-answer.js';
import { Probes } from './probes.service.js';
import type { ProbeRequest } from './verbose.guard.js';

/** What the three have in common: one word, and details for those who may know. */
abstract class ProbeController {
  protected abstract readonly probes: Probes;

  protected answer(group: string, { code, status }: ProbeAnswer, request: ProbeRequest, reply: Reply): ProbeBody {
    reply.status(code);
    return request.showDetails ? { status, ...this.probes.details(group) } : { status };
  }
}

@Injectable()
export class LivenessController extends ProbeController {
  constructor(protected readonly probes: Probes) {
    super();
  }

  @Documented('Whether the process should live on', { 503: 'It should be restarted.' })
  @Get()
  @Header('Cache-Control', 'no-store')
  live(@Req() request: ProbeRequest, @Res({ passthrough: true }) reply: Reply): ProbeBody {
    return this.answer('live', this.probes.live(), request, reply);
  }
}

@Injectable()
export class ReadinessController extends ProbeController {
  constructor(protected readonly probes: Probes) {
    super();
  }

  /** `?exclude=name` leaves a resource out of account, as the probes of Kubernetes' own API server do. */
  @Documented('Whether requests should be sent here', { 503: 'Not now.' })
  @Get()
  @Header('Cache-Control', 'no-store')
  ready(
    @Req() request: ProbeRequest,
    @Res({ passthrough: true }) reply: Reply,
    @Query('exclude') exclude?: unknown,
  ): ProbeBody {
    return this.answer('ready', this.probes.ready(namesIn('exclude', exclude)), request, reply);
  }
}

@Injectable()
export class StartupController extends ProbeController {
  constructor(protected readonly probes: Probes) {
    super();
  }

  @Documented('Whether it has started', { 503: 'Not yet.' })
  @Get()
  @Header('Cache-Control', 'no-store')
  startup(@Req() request: ProbeRequest, @Res({ passthrough: true }) reply: Reply): ProbeBody {
    return this.answer('startup', this.probes.startup(), request, reply);
  }
}
