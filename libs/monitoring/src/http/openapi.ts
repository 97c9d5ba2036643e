import { SetMetadata, type Type } from '@nestjs/common';

/**
 * Where `@nestjs/swagger` keeps what its decorators say. Written here without it, so that it stays optional: loading it to
 * find out whether it is there costs every application that does not use it. A test holds the keys against the real one.
 */
const OPERATION = 'swagger/apiOperation';
const RESPONSES = 'swagger/apiResponse';
const TAGS = 'swagger/apiUseTags';

/** Says in an OpenAPI document what a route is for, and what else than 200 it answers. */
export function Documented(summary: string, responses: Readonly<Record<number, string>> = {}): MethodDecorator {
  const described = Object.entries(responses).map(([status, description]) => [status, { description }] as const);
  return (target, key, descriptor: PropertyDescriptor) => {
    SetMetadata(OPERATION, { summary })(target, key, descriptor);
    SetMetadata(RESPONSES, Object.fromEntries(described))(target, key, descriptor);
  };
}

/** Puts all routes of a controller under a heading. */
export function tag(controller: Type, name: string): void {
  Reflect.defineMetadata(TAGS, [name], controller);
}
