import {
  ManualClock,
  type Resource,
  ResourceManager,
  type ResourceManagerOptions,
  ResourceRegistry,
} from '@nestjs-resources/core';

/** A manager whose phases, monitor and hooks write into one log. */
export function setUp(options: Partial<ResourceManagerOptions> = {}): {
  clock: ManualClock;
  registry: ResourceRegistry;
  manager: ResourceManager;
  log: string[];
  note: (line: string) => () => void;
} {
  const clock = new ManualClock(1_000);
  const registry = new ResourceRegistry({ clock });
  const log: string[] = [];
  const note = (line: string) => (): void => void log.push(line);
  const monitor = { start: note('monitor starts'), stop: () => Promise.resolve(note('monitor stops')()) };
  const manager = new ResourceManager({ registry, clock, monitor, ...options });
  manager.events.subscribe(({ type }) => void log.push(type), { type: 'application.*' });
  return { clock, registry, manager, log, note };
}

/** A resource that writes down what is asked of it. */
export function resource(log: string[], name: string): Resource {
  return {
    start: () => void log.push(`${name} starts`),
    quiesce: () => void log.push(`${name} quiesces`),
    settle: () => void log.push(`${name} settles`),
    close: () => void log.push(`${name} closes`),
  };
}

export const never = (): Promise<never> => new Promise(() => undefined);
