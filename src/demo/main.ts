/** Shows what the service stands: `npm run demo`, `npm run demo -- --json`. Ends with 1 if something was not as it must be. */
import { allHeld, asTable, type StepReport } from './report.js';
import { plainScreen, type Screen, terminalScreen } from './screen.js';
import type { Step } from './step.js';
import { backendsKilled } from './steps/backends-killed.step.js';
import { gatewayFails } from './steps/gateway-fails.step.js';
import { gatewayRecovers } from './steps/gateway-recovers.step.js';
import { ordersUnderLoad } from './steps/orders-under-load.step.js';
import { shutdownUnderLoad } from './steps/shutdown-under-load.step.js';
import { createWorld, type World } from './world.js';

const STEPS: readonly Step[] = [ordersUnderLoad, gatewayFails, gatewayRecovers, backendsKilled, shutdownUnderLoad];

const json = process.argv.includes('--json');
const screen =
  process.stdout.isTTY && !json ? terminalScreen(process.stdout) : plainScreen(json ? process.stderr : process.stdout);

async function runAll(world: World): Promise<StepReport[]> {
  const reports: StepReport[] = [];
  for (const step of STEPS) reports.push(await runOne(step, world, screen));
  return reports;
}

async function runOne(step: Step, world: World, shown: Screen): Promise<StepReport> {
  const begun = performance.now();
  const findings = await step.run(world, shown.begin(step.title));
  const took = performance.now() - begun;
  shown.end(step.title, took, findings);
  return { title: step.title, took, findings };
}

const world = await createWorld();
try {
  const reports = await runAll(world);
  console.log(json ? JSON.stringify(reports, undefined, 2) : `\n${asTable(reports)}`);
  process.exitCode = allHeld(reports) ? 0 : 1;
} finally {
  await world.close();
}
