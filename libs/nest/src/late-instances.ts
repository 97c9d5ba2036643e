import { Inject, Optional } from '@nestjs/common';

import { LATE_INSTANCES } from './resource.tokens.js';

/** Under which Nest hands an instance the application's `LateInstances`. */
const REPORT = Symbol('nestjs-resources:report');

/**
 * Where instances with decorated methods report when Nest has made them. Those that are made while the application boots are
 * found by the explorer; Nest tells nobody of those that its LazyModuleLoader makes later, and calls no hooks of them.
 */
export class LateInstances {
  private mount: ((instance: object) => void) | undefined = undefined;

  /** From now on, whoever reports is late, and handed to `mount`. */
  handTo(mount: (instance: object) => void): void {
    this.mount = mount;
  }

  report(instance: object): void {
    this.mount?.(instance);
  }
}

/** Lets the instances of a class report, if their application has a ResourceModule: a property that is set by injection. */
export function reportInstances(prototype: object): void {
  if (Object.hasOwn(prototype, REPORT)) return;
  Object.defineProperty(prototype, REPORT, {
    configurable: true,
    set(this: object, late: LateInstances) {
      late.report(this);
    },
  });
  Inject(LATE_INSTANCES)(prototype, REPORT);
  Optional()(prototype, REPORT);
}
