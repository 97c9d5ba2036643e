import { type CanActivate, type ExecutionContext, Inject, Injectable, type Type } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { firstValueFrom, isObservable } from 'rxjs';

import { flagIn } from '../http/query.js';
import type { CheckedMonitoringOptions, MonitoringGuard } from '../monitoring-options.js';
import { MONITORING_OPTIONS } from '../monitoring.tokens.js';

/** A request to a probe; `showDetails` is set by this guard alone. */
export interface ProbeRequest {
  readonly query: Readonly<Record<string, unknown>>;
  showDetails?: boolean;
}

/**
 * Lets everybody through, and notes who may see details: those who ask with `?verbose` and whom the guards would let in.
 * Others get the same answer as if they had not asked.
 */
@Injectable()
export class VerboseGuard implements CanActivate {
  private readonly guards = new Map<MonitoringGuard, Promise<CanActivate>>();

  constructor(
    @Inject(MONITORING_OPTIONS) private readonly options: CheckedMonitoringOptions,
    private readonly moduleRef: ModuleRef,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<ProbeRequest>();
    if (flagIn('verbose', request.query.verbose)) request.showDetails = await this.mayKnow(context);
    return true;
  }

  private async mayKnow(context: ExecutionContext): Promise<boolean> {
    const { details, guards } = this.options;
    if (details !== 'when-authorized') return details === 'always';
    for (const guard of guards) if (!(await this.letsIn(guard, context))) return false;
    return guards.length > 0;
  }

  private async letsIn(guard: MonitoringGuard, context: ExecutionContext): Promise<boolean> {
    try {
      const answer = (await this.instanceOf(guard)).canActivate(context);
      return await (isObservable(answer) ? firstValueFrom(answer) : answer);
    } catch {
      // A guard that throws refuses; why is of no use to a stranger.
      return false;
    }
  }

  private instanceOf(guard: MonitoringGuard): Promise<CanActivate> {
    const known = this.guards.get(guard);
    if (known) return known;
    const made =
      typeof guard === 'function' ? this.moduleRef.create(guard as Type<CanActivate>) : Promise.resolve(guard);
    this.guards.set(guard, made);
    return made;
  }
}
