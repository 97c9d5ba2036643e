import { Get, Header, Injectable, Res } from '@nestjs/common';

import type { Reply } from '../http/reply.js';
import type { ProbeAnswer, ProbeStatus } from './probe-answer.js';
import { Probes } from './probes.service.js';

/** All that strangers learn. */
interface ProbeBody {
  readonly status: ProbeStatus;
}

@Injectable()
export class LivenessController {
  constructor(private readonly probes: Probes) {}

  @Get()
  @Header('Cache-Control', 'no-store')
  live(@Res({ passthrough: true }) reply: Reply): ProbeBody {
    return answer(reply, this.probes.live());
  }
}

@Injectable()
export class ReadinessController {
  constructor(private readonly probes: Probes) {}

  @Get()
  @Header('Cache-Control', 'no-store')
  ready(@Res({ passthrough: true }) reply: Reply): ProbeBody {
    return answer(reply, this.probes.ready());
  }
}

@Injectable()
export class StartupController {
  constructor(private readonly probes: Probes) {}

  @Get()
  @Header('Cache-Control', 'no-store')
  startup(@Res({ passthrough: true }) reply: Reply): ProbeBody {
    return answer(reply, this.probes.startup());
  }
}

function answer(reply: Reply, { code, status }: ProbeAnswer): ProbeBody {
  reply.status(code);
  return { status };
}
