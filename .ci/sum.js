// Adds up the jest reports and the failed steps in a folder; the last line is the verdict.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.argv[2];
const failedSteps = join(folder, 'failed');
let passed = 0;
let failed = existsSync(failedSteps) ? readFileSync(failedSteps, 'utf8').trim().split('\n').length : 0;

for (const file of readdirSync(folder).filter((name) => name.endsWith('.json'))) {
  const report = JSON.parse(readFileSync(join(folder, file), 'utf8'));
  passed += report.numPassedTests;
  failed += report.numFailedTests + report.numRuntimeErrorTestSuites;
  if (!report.success && report.numFailedTests + report.numRuntimeErrorTestSuites === 0) failed += 1;
}

console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
