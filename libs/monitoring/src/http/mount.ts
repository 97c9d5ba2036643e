import { Controller, type Type, UseGuards, VERSION_NEUTRAL } from '@nestjs/common';

import type { MonitoringGuard } from '../monitoring-options.js';

export interface Mounting {
  readonly path: string;
  readonly guards?: readonly MonitoringGuard[];
}

/**
 * A controller at a path and behind guards that are known only when the module is imported. Each mounting is a class of its
 * own, so that two applications in one process may differ. Versioning does not move it.
 */
export function mount<C extends Type>(controller: C, { path, guards = [] }: Mounting): C {
  const mounted = class extends (controller as Type) {};
  Object.defineProperty(mounted, 'name', { value: controller.name });
  Controller({ path, version: VERSION_NEUTRAL })(mounted);
  UseGuards(...guards)(mounted);
  return mounted as C;
}
