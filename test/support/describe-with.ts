import { describe } from '@jest/globals';

/**
 * A `describe` that needs something the machine may lack. Where it is missing the tests are skipped and say so; in
 * continuous integration that is a failure.
 *
 * @param missing - what is missing and how to get it; `undefined` if nothing is
 */
export function describeWith(missing: string | undefined, name: string, tests: () => void): void {
  if (missing && !process.env['CI']) {
    process.stderr.write(`Skipped: ${name}: ${missing}\n`);
    describe.skip(name, tests);
  } else {
    describe(name, tests);
  }
}

/**
 * A `describe` that needs a package which nobody has to install, not even continuous integration: without it the tests are
 * skipped, and say so.
 */
export function describeIfInstalled(missing: string | undefined, name: string, tests: () => void): void {
  if (missing) {
    process.stderr.write(`Skipped: ${name}: ${missing}\n`);
    describe.skip(`${name} (skipped: ${missing})`, tests);
  } else {
    describe(name, tests);
  }
}
