import { checkOptions } from '../options/check-options.js';
import { defineOptions } from '../options/option-spec.js';
import type { Resource } from '../resource/resource.js';
import type { HealthCheck, HealthCheckOptions } from './health-check.js';
import { healthCheckOptionTable } from './monitor-options.table.js';

/** A check that somebody registered with the monitor. */
export interface CustomCheck {
  readonly name: string;
  readonly check: HealthCheck;
  /** Who is asked for figures along with the check. */
  readonly owner?: Resource;
  readonly options: HealthCheckOptions & { readonly critical: boolean; readonly groups: readonly string[] };
}

const table = defineOptions<Pick<CustomCheck, 'name' | 'check' | 'options'>>({
  name: { kind: 'text', required: true, maxLength: 200, description: 'Under which it is shown.' },
  check: { kind: 'function', required: true, description: 'Says how something is, now or later.' },
  options: { kind: 'group', table: healthCheckOptionTable, description: 'How it is run.' },
});

/** @throws {OptionsError} naming everything that is wrong at once */
export function customCheck(name: string, check: HealthCheck, options: HealthCheckOptions): CustomCheck {
  return checkOptions<CustomCheck>(table, { name, check, options }, { subject: 'Health check', resource: name });
}
