import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Refuses to resolve the optional peers, as if they were not installed. */
const hooks = `export async function resolve(specifier, context, next) {
  if (/^@nestjs\\/(terminus|event-emitter|microservices)/.test(specifier)) throw new Error(specifier + ' is not installed');
  return next(specifier, context);
}`;

function run(code: string): string {
  const source = JSON.stringify(`data:text/javascript,${encodeURIComponent(hooks)}`);
  const register = `import { register } from 'node:module'; register(${source});`;
  const script = `${register} const answer = await (async () => { ${code} })(); console.log(answer);`;
  return execFileSync(process.execPath, ['--input-type=module', '--eval', script], { cwd: root, encoding: 'utf8' });
}

describe('@nestjs-resources/nest without its optional peers', () => {
  it('is imported, with the health indicator', () => {
    expect(run(`return typeof (await import('@nestjs-resources/nest')).ResourceHealthIndicator`)).toBe('function\n');
  });

  it('asks for the event emitter only where it is used', () => {
    const code = `return import('@nestjs-resources/nest/event-emitter').catch(({ message }) => message)`;
    expect(run(code)).toBe('@nestjs/event-emitter is not installed\n');
  });
});
