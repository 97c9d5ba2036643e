import { describe, expect, it } from '@jest/globals';

import { ManualClock } from '../clock/manual-clock.js';
import { SystemResource } from './system-resource.js';

/** A system whose event loop is as late as told, in milliseconds. */
function late(...delays: number[]): SystemResource {
  const system = new SystemResource(new ManualClock());
  const loop = {
    percentile: () => ((delays.shift() ?? 0) + 20) * 1e6,
    reset: () => undefined,
    enable: () => undefined,
    disable: () => undefined,
  };
  Object.assign(system, { loop });
  system.watch();
  return system;
}

describe('The lasting delay of the event loop', () => {
  it('is the least of the last three measurements', () => {
    const system = late(900, 700, 800, 100, 600);
    const seen = [1, 2, 3, 4, 5].map(() => (system.check(), system.lasting));
    expect(seen).toEqual([0, 0, 700, 100, 100]);
  });

  it('is not known any more after a pause', () => {
    const system = late(900, 700, 800, 500);
    for (let count = 0; count < 3; count++) system.check();
    system.unwatch();
    system.watch();
    system.check();
    expect(system.lasting).toBe(0);
  });
});
