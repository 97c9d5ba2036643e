import type { IncomingMessage, ServerResponse } from 'node:http';

import type { ResourceMonitor } from '@nestjs-resources/core';

type Next = () => void;

/**
 * Writes three headers on every response, also on those of thrown errors, refused guards and unknown routes: they are
 * written in the moment the head is sent, whoever sends it.
 */
export function responseHeaders(monitor: ResourceMonitor) {
  return (_request: IncomingMessage, response: ServerResponse, next: Next): void => {
    const began = performance.now();
    beforeHead(response, () => addHeaders(response, monitor, performance.now() - began));
    next();
  };
}

function addHeaders(response: ServerResponse, monitor: ResourceMonitor, took: number): void {
  const { overallHealth, resourceCount } = monitor.getOverview();
  response.setHeader('X-Resource-Health', overallHealth);
  response.setHeader('X-Resource-Count', String(resourceCount));
  response.setHeader('X-Request-Duration', `${(took / 1000).toFixed(6)}s`);
}

/** Node has no event for the moment before the head is sent. */
function beforeHead(response: ServerResponse, run: () => void): void {
  const writeHead = response.writeHead.bind(response) as (...head: unknown[]) => ServerResponse;
  response.writeHead = (...head: unknown[]) => {
    response.writeHead = writeHead as ServerResponse['writeHead'];
    run();
    return writeHead(...head);
  };
}
