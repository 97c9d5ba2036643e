import { fileURLToPath } from 'node:url';
import { ServiceProcess } from '../../src/demo/service-process.js';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Starts the compiled example as a user does: its own database and gateway unless `variables` say otherwise. */
export function startExample(variables: Readonly<Record<string, string>> = {}): Promise<ServiceProcess> {
  return ServiceProcess.start(variables, `${root}/dist/main.js`);
}
