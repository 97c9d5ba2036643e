import { RequestMapping, RequestMethod, type Type } from '@nestjs/common';

import { exclude } from './openapi.js';
import { RequestRefused } from './problem.js';

/** Metadata keys of Nest's route decorators. */
const PATH = 'path';
const METHOD = 'method';

const WRITING = [RequestMethod.POST, RequestMethod.PUT, RequestMethod.PATCH, RequestMethod.DELETE];
const READING = [RequestMethod.GET];

/**
 * Gives each path of a controller handlers for the methods it does not have, which answer 405 and say what is allowed.
 * Without them a router answers 404, as if nothing were there.
 */
export function refuseOtherMethods(controller: Type): void {
  for (const [path, methods] of methodsByPath(controller.prototype as object)) {
    for (const method of [...READING, ...WRITING]) {
      if (!methods.has(method)) refuse(controller, path, method, methods);
    }
  }
}

function methodsByPath(prototype: object): Map<string, Set<RequestMethod>> {
  const found = new Map<string, Set<RequestMethod>>();
  for (let owner = prototype; owner !== Object.prototype; owner = Object.getPrototypeOf(owner) as object) {
    for (const { value } of Object.values(Object.getOwnPropertyDescriptors(owner)) as { value?: unknown }[]) {
      if (typeof value !== 'function' || !Reflect.hasMetadata(METHOD, value)) continue;
      const path = Reflect.getMetadata(PATH, value) as string;
      const methods = found.get(path) ?? new Set();
      found.set(path, methods.add(Reflect.getMetadata(METHOD, value) as RequestMethod));
    }
  }
  return found;
}

function refuse(controller: Type, path: string, method: RequestMethod, allowed: ReadonlySet<RequestMethod>): void {
  const names = [...allowed].map((one) => RequestMethod[one]);
  if (allowed.has(RequestMethod.GET)) names.push('HEAD');
  const key = `refuse ${RequestMethod[method]} ${path}`;
  const handler = (): never => {
    throw new RequestRefused(405, `Only ${names.join(', ')} can be asked here.`, {
      headers: { Allow: names.join(', ') },
    });
  };
  Object.defineProperty(controller.prototype, key, { value: handler, configurable: true });
  const descriptor = { value: handler } as PropertyDescriptor;
  RequestMapping({ path, method })(controller.prototype as object, key, descriptor);
  exclude(handler);
}
