import { refuseNonObject } from '../options/refuse-non-object.js';
import type { RegisterOptions } from '../registry/registry-options.js';
import type { ResourceRegistry } from '../registry/resource-registry.js';
import { BackgroundTask } from '../task/background-task.js';
import type { BackgroundTaskOptions } from '../task/task-options.js';
import { managedResource } from './managed-resource.js';
import { splitArguments, type ManagedArguments, type ManagedBody, type ManagedResource } from './managed-scope.js';

/** How the task runs, and its place among the resources. */
export type ManagedTaskOptions = Omit<BackgroundTaskOptions, 'name' | 'run'> &
  Pick<RegisterOptions, 'dependsOn' | 'after'>;

/**
 * Runs work in the background for a scope; at its end, whatever happened, the task is stopped and unregistered once.
 *
 * @example
 * await using heartbeat = await managedBackgroundTask(registry, 'heartbeat', beat, { restartOnFailure: true });
 * await longImport();
 */
export function managedBackgroundTask(
  registry: ResourceRegistry,
  name: string,
  run: BackgroundTaskOptions['run'],
  options?: ManagedTaskOptions,
): Promise<ManagedResource<BackgroundTask>>;
export function managedBackgroundTask<R>(
  registry: ResourceRegistry,
  name: string,
  run: BackgroundTaskOptions['run'],
  body: ManagedBody<BackgroundTask, R>,
): Promise<R>;
export function managedBackgroundTask<R>(
  registry: ResourceRegistry,
  name: string,
  run: BackgroundTaskOptions['run'],
  options: ManagedTaskOptions,
  body: ManagedBody<BackgroundTask, R>,
): Promise<R>;
export async function managedBackgroundTask<R>(
  registry: ResourceRegistry,
  name: string,
  run: BackgroundTaskOptions['run'],
  ...rest: ManagedArguments<ManagedTaskOptions, BackgroundTask, R>
): Promise<ManagedResource<BackgroundTask> | R> {
  const [options = {}, body] = splitArguments(rest);
  refuseNonObject('managedBackgroundTask', options);
  const { dependsOn = [], after = [], ...taskOptions } = options;
  const task = new BackgroundTask({ ...taskOptions, name, run });
  const place = { dependsOn, after };
  return body ? managedResource(registry, name, task, place, body) : managedResource(registry, name, task, place);
}
