import type { CloseReport } from '../resource/close-report.js';
import type { CloseContext, Resource } from '../resource/resource.js';

/** How a resource is ended. */
export type CloseVerb = (context: CloseContext) => unknown;

interface Disposable {
  close?: unknown;
  [Symbol.asyncDispose]?: unknown;
  [Symbol.dispose]?: unknown;
}

const OUR_MEMBERS = ['kind', 'start', 'quiesce', 'settle', 'check', 'getMetrics', 'observe'] as const;

/**
 * Finds how to end an object that may know nothing of us. A resource of ours has `close(context)`. Of a foreign object, such
 * as an `http.Server`, the dispose symbol is the one whose promise means that it has ended, so it comes before `close()`.
 */
export function closeVerbOf(resource: object): CloseVerb | undefined {
  const { close, [Symbol.asyncDispose]: disposeAsync, [Symbol.dispose]: dispose } = resource as Disposable;
  const verbs = isForeign(resource) ? [disposeAsync, close, dispose] : [close, disposeAsync, dispose];
  const verb = verbs.find((candidate) => typeof candidate === 'function') as CloseVerb | undefined;
  return verb && ((context) => (verb === close ? verb.call(resource, context) : verb.call(resource, context)));
}

/** Whether what a close has returned is a report. */
export function isCloseReport(value: unknown): value is CloseReport {
  const { clean, holders, errors } = (value ?? {}) as Partial<CloseReport>;
  return typeof clean === 'boolean' && Array.isArray(holders) && Array.isArray(errors);
}

function isForeign(resource: object): boolean {
  return !OUR_MEMBERS.some((member) => (resource as Resource)[member] !== undefined);
}
