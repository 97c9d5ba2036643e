import type { Finding } from './finding.js';
import type { Progress } from './progress.js';
import type { World } from './world.js';

/** One scene of the demo. */
export interface Step {
  readonly title: string;
  run(world: World, progress: Progress): Promise<Finding[]>;
}
