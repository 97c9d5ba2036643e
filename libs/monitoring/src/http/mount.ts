import { Controller, type Type, UseFilters, UseGuards, VERSION_NEUTRAL } from '@nestjs/common';

import type { MonitoringGuard } from '../monitoring-options.js';
import { tag } from './openapi.js';
import { ProblemFilter } from './problem.filter.js';

export interface Mounting {
  readonly path: string;
  readonly guards?: readonly MonitoringGuard[];
  /** Applied to the class, as if somebody had written them above it. */
  readonly decorators?: readonly ClassDecorator[];
  /** The heading in an OpenAPI document. @default 'Resources' */
  readonly heading?: string;
}

/**
 * A controller at a path and behind guards that are known only when the module is imported. Each mounting is a class of its
 * own, so that two applications in one process may differ. Versioning does not move it.
 */
export function mount(controller: Type, mounting: Mounting): Type {
  const { path, guards = [], decorators = [], heading = 'Resources' } = mounting;
  const mounted = class extends controller {};
  Object.defineProperty(mounted, 'name', { value: controller.name });
  Controller({ path, version: VERSION_NEUTRAL })(mounted);
  UseGuards(...guards)(mounted);
  UseFilters(ProblemFilter)(mounted);
  for (const decorate of decorators) decorate(mounted);
  tag(mounted, heading);
  return mounted;
}
