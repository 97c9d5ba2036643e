import type { IncomingMessage, ServerResponse } from 'node:http';

import { problemOf } from './problem.js';

type Next = () => void;

/**
 * Lets the methods of a path through and answers all others with 405, saying which there are; without it a router answers
 * 404, as if nothing were there. A middleware, because a handler for each method that is missing would be a route each, and
 * a line each in the log.
 */
export function allowMethods(methods: readonly string[]) {
  const allow = methods.join(', ');
  const problem = JSON.stringify(problemOf(405, { detail: `Only ${allow} can be asked here.` }));
  const head = {
    Allow: allow,
    'Cache-Control': 'no-store',
    'Content-Type': 'application/problem+json; charset=utf-8',
    'Content-Length': Buffer.byteLength(problem),
  };
  return ({ method = '' }: IncomingMessage, response: ServerResponse, next: Next): void => {
    if (methods.includes(method)) return next();
    if (method === 'OPTIONS') {
      response.writeHead(204, { Allow: allow }).end();
      return;
    }
    response.writeHead(405, head).end(method === 'HEAD' ? undefined : problem);
  };
}
