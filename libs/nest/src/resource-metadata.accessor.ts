import { Injectable } from '@nestjs/common';
import { MetadataScanner, Reflector } from '@nestjs/core';

import { type HealthCheckMark, RESOURCE_HEALTH_CHECKS } from './decorators/resource-health-check.decorator.js';
import { MANAGED_TASKS, type ManagedTaskMark } from './decorators/managed-task.decorator.js';
import { type EventMark, RESOURCE_EVENT_LISTENERS } from './decorators/on-resource-event.decorator.js';
import { type Guard, guardsOf } from './guard/guard.js';

export type Method = (...args: unknown[]) => unknown;

/** Reads what our decorators have written on the methods of a class. */
@Injectable()
export class ResourceMetadataAccessor {
  constructor(
    private readonly reflector: Reflector,
    private readonly scanner: MetadataScanner,
  ) {}

  getGuards(prototype: object): Guard[] {
    return this.methodsOf(prototype).flatMap(([, method]) => guardsOf(method));
  }

  getTasks(method: Method): readonly ManagedTaskMark[] {
    return this.reflector.get<ManagedTaskMark[] | undefined>(MANAGED_TASKS, method) ?? [];
  }

  getHealthChecks(method: Method): readonly HealthCheckMark[] {
    return this.reflector.get<HealthCheckMark[] | undefined>(RESOURCE_HEALTH_CHECKS, method) ?? [];
  }

  getEventListeners(method: Method): readonly EventMark[] {
    return this.reflector.get<EventMark[] | undefined>(RESOURCE_EVENT_LISTENERS, method) ?? [];
  }

  /** Whether an instance has to be called for what is written on the method. */
  hasMarks(method: Method): boolean {
    return [this.getTasks(method), this.getHealthChecks(method), this.getEventListeners(method)].some(
      (marks) => marks.length > 0,
    );
  }

  /** Own and inherited methods, without accessors, which could have effects. */
  methodsOf(prototype: object): [name: string, method: Method][] {
    const keys = [...this.scanner.getAllMethodNames(prototype), ...symbolMethodsOf(prototype)];
    return keys.map((key) => [String(key), (prototype as Record<string | symbol, Method>)[key] as Method]);
  }
}

/** Nest's scanner knows names only; a method may be called by a symbol. */
function symbolMethodsOf(prototype: object): symbol[] {
  const found = new Map<symbol, boolean>();
  for (let owner: object | null = prototype; owner && owner !== Object.prototype; owner = parentOf(owner)) {
    for (const key of Object.getOwnPropertySymbols(owner)) {
      const isMethod = typeof Object.getOwnPropertyDescriptor(owner, key)?.value === 'function';
      if (!found.has(key)) found.set(key, isMethod);
    }
  }
  return [...found].flatMap(([key, isMethod]) => (isMethod ? [key] : []));
}

function parentOf(prototype: object): object | null {
  return Object.getPrototypeOf(prototype) as object | null;
}
