import { ManualClock, type Resource, ResourceRegistry } from '@nestjs-resources/core';

/** A registry in virtual time, and what there is to see of it. */
export interface RegistryStage {
  readonly clock: ManualClock;
  readonly registry: ResourceRegistry;
  /** What {@link journaled} resources write. */
  readonly log: string[];
  /** Events so far, as `resource: type`. */
  readonly types: () => string[];
}

export function setUp(): RegistryStage {
  const clock = new ManualClock();
  const registry = new ResourceRegistry({ clock, random: () => 0 });
  const types = (): string[] => registry.events.since(0).map(({ type, resource }) => `${resource}: ${type}`);
  return { clock, registry, log: [], types };
}

/** Writes down what is done to it. */
export function journaled(log: string[], name: string, more: Resource = {}): Resource {
  return {
    start: () => void log.push(`start ${name}`),
    close: () => void log.push(`close ${name}`),
    ...more,
  };
}

export const never = (): Promise<never> => new Promise(() => undefined);

export function clockDelay(clock: ManualClock, duration: number): Promise<void> {
  return new Promise((resolve) => void clock.schedule(duration, resolve));
}

export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
}

/** In the next step, when whoever tells has done what it does about it. */
export function later(work: () => Promise<void>): Promise<void> {
  const done = Promise.resolve().then(work);
  done.catch(() => undefined);
  return done;
}
