import { fileURLToPath } from 'node:url';
import { afterAll } from '@jest/globals';
import { ServiceProcess } from '../../src/demo/service-process.js';

export const root = fileURLToPath(new URL('../..', import.meta.url));

const started: ServiceProcess[] = [];
// What a failed test has left would keep Jest waiting for ever.
afterAll(() => Promise.all(started.map((service) => service.kill())));

/** Starts the compiled example as a user does: its own database and gateway unless `variables` say otherwise. */
export async function startExample(variables: Readonly<Record<string, string>> = {}): Promise<ServiceProcess> {
  const service = await ServiceProcess.start(variables, `${root}/dist/main.js`);
  started.push(service);
  return service;
}
