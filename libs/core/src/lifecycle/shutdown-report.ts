import { errorText } from '../errors/error-text.js';
import type { RegistryCloseReport } from '../registry/registry-close-report.js';
import type { ShutdownReport } from './manager-types.js';

export interface ShutdownFacts {
  readonly duration: number;
  readonly hookErrors: readonly { readonly name: string; readonly error: unknown }[];
  /** Names of resources whose own work had not ended when it should have. */
  readonly unsettled: readonly string[];
  readonly registry: RegistryCloseReport;
}

/** What is said of the end of an application. */
export function shutdownReport(facts: ShutdownFacts): ShutdownReport {
  const { hookErrors, unsettled, registry } = facts;
  const clean = hookErrors.length === 0 && unsettled.length === 0 && registry.clean;
  return { clean, ...facts, summary: summaryOf(facts) };
}

function summaryOf({ duration, hookErrors, unsettled, registry }: ShutdownFacts): string {
  const { closed, late, errors, holders } = registry;
  const troubles = [
    list('left behind', late),
    list('still worked', unsettled),
    list('hooks failed', hookErrors.map(named)),
    list('failed to close', errors.map(named)),
    list(
      'still lent',
      holders.map(
        ({ resource, label = 'no label', heldFor }) => `${resource} to ${label} for ${Math.round(heldFor)} ms`,
      ),
    ),
  ].flatMap((trouble) => trouble ?? []);
  const what = `Stopped in ${Math.round(duration)} ms: ${closed.length} of ${closed.length + late.length} resources closed`;
  return [what, ...troubles].join('; ');
}

function named({ name, error }: { readonly name: string; readonly error: unknown }): string {
  return `${name} (${errorText(error)})`;
}

function list(what: string, items: readonly string[]): string | undefined {
  return items.length === 0 ? undefined : `${what}: ${items.join(', ')}`;
}
