import { Controller, type Type, UseFilters, UseGuards, VERSION_NEUTRAL } from '@nestjs/common';

import type { MonitoringGuard } from '../monitoring-options.js';
import { ProblemFilter } from './problem.filter.js';
import { refuseOtherMethods } from './refuse-methods.js';

export interface Mounting {
  readonly path: string;
  readonly guards?: readonly MonitoringGuard[];
}

/**
 * A controller at a path and behind guards that are known only when the module is imported. Each mounting is a class of its
 * own, so that two applications in one process may differ. Versioning does not move it.
 */
export function mount(controller: Type, { path, guards = [] }: Mounting): Type {
  const mounted = class extends controller {};
  Object.defineProperty(mounted, 'name', { value: controller.name });
  Controller({ path, version: VERSION_NEUTRAL })(mounted);
  UseGuards(...guards)(mounted);
  UseFilters(ProblemFilter)(mounted);
  refuseOtherMethods(mounted);
  return mounted;
}
