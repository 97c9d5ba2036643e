import { describe, expect, it } from '@jest/globals';

import { HealthGroups } from './health-groups.js';
import type { Subject } from './subject.js';

function subject(name: string, critical = false, groups: string[] = []): Subject {
  const custom = { name, check: () => 'HEALTHY' as const, options: { critical, groups } };
  return {
    name,
    kind: 'custom',
    critical,
    state: 'running',
    resource: undefined,
    custom,
    check: undefined,
    given: undefined,
  };
}

const subjects = [subject('db', true), subject('mail'), subject('disk', false, ['ready'])];
const names = (members: readonly Subject[]): string[] => members.map(({ name }) => name);

describe('HealthGroups', () => {
  it('has a live group that is empty, and ready and startup groups of what is critical', () => {
    const groups = new HealthGroups({});
    expect(names(groups.membersOf('live', subjects))).toEqual([]);
    expect(names(groups.membersOf('startup', subjects))).toEqual(['db']);
    expect(names(groups.membersOf('ready', subjects))).toEqual(['db', 'disk']);
  });

  it('has the groups it is given, and those of the checks that want to join', () => {
    const groups = new HealthGroups({ ready: [], everything: 'all', post: ['mail'] });
    expect(names(groups.membersOf('ready', subjects))).toEqual(['disk']);
    expect(names(groups.membersOf('everything', subjects))).toEqual(['db', 'mail', 'disk']);
    expect(names(groups.membersOf('post', subjects))).toEqual(['mail']);
  });

  it('refuses an unknown group, with the one that was probably meant', () => {
    expect(() => new HealthGroups({}).membersOf('redy', subjects)).toThrow("Did you mean 'ready'?");
  });

  it('refuses unknown members and unknown groups of checks, all at once', () => {
    const groups = new HealthGroups({ ready: ['db', 'mial'], post: ['nothing like it'] });
    const check = () => groups.assertKnown([...subjects, subject('queue', false, ['worker'])]);
    expect(check).toThrow(/'mial' is neither a resource nor a health check; did you mean 'mail'\?/);
    expect(check).toThrow(/'nothing like it'/);
    expect(check).toThrow(/the check 'queue' wants to join it/);
  });
});
