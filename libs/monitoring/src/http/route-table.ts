import { RequestMethod, type Type } from '@nestjs/common';

/** A path of ours, below the global prefix, and the methods it has. */
export interface Route {
  readonly path: string;
  /** In the words of HTTP; `HEAD` wherever there is `GET`. */
  readonly methods: readonly string[];
}

/** Metadata keys of Nest's route decorators. */
const PATH = 'path';
const METHOD = 'method';

/** All routes of controllers, each path once. */
export function routesOf(controllers: readonly Type[]): readonly Route[] {
  const routes = new Map<string, Set<string>>();
  for (const controller of controllers) {
    const base = Reflect.getMetadata(PATH, controller) as string;
    for (const handler of handlersOf(controller)) {
      const path = join(base, Reflect.getMetadata(PATH, handler) as string);
      const methods = routes.get(path) ?? new Set();
      for (const method of methodsOf(handler)) methods.add(method);
      routes.set(path, methods);
    }
  }
  return [...routes].map(([path, methods]) => ({ path, methods: [...methods] }));
}

function handlersOf(controller: Type): object[] {
  const handlers: object[] = [];
  for (let owner = controller.prototype as object; owner !== Object.prototype; owner = prototypeOf(owner)) {
    for (const { value } of Object.values(Object.getOwnPropertyDescriptors(owner)) as { value?: unknown }[]) {
      if (typeof value === 'function' && Reflect.hasMetadata(METHOD, value)) handlers.push(value);
    }
  }
  return handlers;
}

function prototypeOf(object: object): object {
  return Object.getPrototypeOf(object) as object;
}

function methodsOf(handler: object): string[] {
  const method = RequestMethod[Reflect.getMetadata(METHOD, handler) as RequestMethod];
  return method === 'GET' ? ['GET', 'HEAD'] : [method];
}

function join(base: string, path: string): string {
  return [base, path]
    .map((part) => part.replace(/^\/+|\/+$/g, ''))
    .filter(Boolean)
    .join('/');
}
