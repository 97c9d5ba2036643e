import { Body, Header, HttpCode, Inject, Injectable, Param, Post, Req, Res } from '@nestjs/common';

import { Documented } from '../http/openapi.js';
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

  @Documented('Run a check now', { 404: 'There is none of this name.', 409: 'The last run hangs.' })
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

  @Documented('Overrule a breaker for a time', { 404: 'There is no such breaker.' })
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

  @Documented('Change the bounds of a pool for a time', { 404: 'There is no such pool.' })
  @Post(':name/resize')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  resize(@Param('name') name: string, @Body() body: unknown, @Req() request: unknown): unknown {
    return this.actions.resize(name, bodyOf(ACTION_BODIES.resize, body), this.who(request));
  }

  @Documented('Replace the connections of a pool', { 404: 'There is no such pool.' })
  @Post(':name/evict')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  evict(@Param('name') name: string, @Body() body: unknown, @Req() request: unknown): Promise<unknown> {
    return this.actions.evict(name, bodyOf(ACTION_BODIES.reason, body), this.who(request));
  }

  @Documented('Lend nothing for a time', { 404: 'There is no such pool.' })
  @Post(':name/suspend')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  suspend(@Param('name') name: string, @Body() body: unknown, @Req() request: unknown): unknown {
    return this.actions.suspend(name, bodyOf(ACTION_BODIES.override, body), this.who(request));
  }

  /** Takes its time: the answer says where to look. */
  @Documented('Refuse new acquires and wait for leases', { 404: 'There is no such pool.' })
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

  @Documented('End a suspension or a drain', { 404: 'There is no such pool.' })
  @Post(':name/resume')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  resume(@Param('name') name: string, @Body() body: unknown, @Req() request: unknown): unknown {
    return this.actions.resume(name, bodyOf(ACTION_BODIES.reason, body), this.who(request));
  }
}
