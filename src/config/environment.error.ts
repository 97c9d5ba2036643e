import type { z } from 'zod';

/** The environment cannot be understood. Lists every problem at once; says nothing of the values, which may be secret. */
export class EnvironmentError extends Error {
  constructor(issues: readonly z.core.$ZodIssue[]) {
    const problems = issues.map(({ path, message }) => `${path.join('.')} ${message}`);
    super(`The environment is wrong: ${problems.join('; ')}. See .env.example.`);
    this.name = 'EnvironmentError';
  }
}
