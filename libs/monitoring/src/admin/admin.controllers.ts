import { Body, Header, HttpCode, Inject, Injectable, Param, Post, Req, Res } from '@nestjs/common';

import type { Reply } from '../http/reply.js';
import type { CheckedMonitoringOptions } from '../monitoring-options.js';
import { MONITORING_OPTIONS } from '../monitoring.tokens.js';
import { ACTION_BODIES, bodyOf } from './action-body.js';
import { OperatorActions } from './operator-actions.service.js';
import { personOf } from './request-person.js';

/** Who asks, in the words of the application. */
abstract class ActionController {
  constructor(
    protected readonly actions: OperatorActions,
    protected readonly options: CheckedMonitoringOptions,
  ) {}

  protected who(request: unknown): string {
    return (this.options.admin?.who ?? personOf)(request);
  }
}

@Injectable()
export class CheckActionController extends ActionController {
  constructor(actions: OperatorActions, @Inject(MONITORING_OPTIONS) options: CheckedMonitoringOptions) {
    super(actions, options);
  }

  @Post(':name/check')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  check(@Param('name') name: string, @Req() request: unknown): Promise<unknown> {
    return this.actions.check(name, this.who(request));
  }
}

@Injectable()
export class BreakerActionController extends ActionController {
  constructor(actions: OperatorActions, @Inject(MONITORING_OPTIONS) options: CheckedMonitoringOptions) {
    super(actions, options);
  }

  @Post(':name/state')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  state(@Param('name') name: string, @Body() body: unknown, @Req() request: unknown): unknown {
    return this.actions.setBreakerState(name, bodyOf(ACTION_BODIES.breakerState, body), this.who(request));
  }
}

@Injectable()
export class PoolActionController extends ActionController {
  constructor(actions: OperatorActions, @Inject(MONITORING_OPTIONS) options: CheckedMonitoringOptions) {
    super(actions, options);
  }

  @Post(':name/resize')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  resize(@Param('name') name: string, @Body() body: unknown, @Req() request: unknown): unknown {
    return this.actions.resize(name, bodyOf(ACTION_BODIES.resize, body), this.who(request));
  }

  @Post(':name/evict')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  evict(@Param('name') name: string, @Body() body: unknown, @Req() request: unknown): Promise<unknown> {
    return this.actions.evict(name, bodyOf(ACTION_BODIES.reason, body), this.who(request));
  }

  @Post(':name/suspend')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  suspend(@Param('name') name: string, @Body() body: unknown, @Req() request: unknown): unknown {
    return this.actions.suspend(name, bodyOf(ACTION_BODIES.override, body), this.who(request));
  }

  /** Takes its time: the answer says where to look. */
  @Post(':name/drain')
  @HttpCode(202)
  @Header('Cache-Control', 'no-store')
  drain(
    @Param('name') name: string,
    @Body() body: unknown,
    @Req() request: unknown,
    @Res({ passthrough: true }) reply: Reply,
  ): unknown {
    const answer = this.actions.drain(name, bodyOf(ACTION_BODIES.drain, body), this.who(request));
    // Relative to .../pools/:name/drain, so that no prefix has to be known.
    reply.header('Location', `../../resources/${encodeURIComponent(name)}`);
    return answer;
  }

  @Post(':name/resume')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  resume(@Param('name') name: string, @Body() body: unknown, @Req() request: unknown): unknown {
    return this.actions.resume(name, bodyOf(ACTION_BODIES.reason, body), this.who(request));
  }
}
