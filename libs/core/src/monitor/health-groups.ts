import { closest } from '../options/closest.js';
import { OptionsError, type OptionProblem } from '../options/options.error.js';
import { HealthGroupNotFoundError } from './health-group.error.js';
import type { GroupMembers } from './monitor-options.js';
import type { Subject } from './subject.js';

/**
 * Groups that always exist. `live` is empty on purpose: a process that can answer is alive, and restarting every instance
 * because a database is down makes an outage of it.
 */
const BUILT_IN: Readonly<Record<string, GroupMembers>> = { live: [], ready: 'critical', startup: 'critical' };

/** Which subjects belong together. Knows names and nothing of health. */
export class HealthGroups {
  private readonly groups: ReadonlyMap<string, GroupMembers>;

  constructor(groups: Readonly<Record<string, GroupMembers>>) {
    this.groups = new Map(Object.entries({ ...BUILT_IN, ...groups }));
  }

  get names(): readonly string[] {
    return [...this.groups.keys()];
  }

  /** @throws {HealthGroupNotFoundError} */
  membersOf(group: string, subjects: readonly Subject[]): readonly Subject[] {
    const members = this.groups.get(group);
    if (members === undefined) throw new HealthGroupNotFoundError(group, this.names);
    return subjects.filter((subject) => belongs(subject, group, members));
  }

  /** @throws {OptionsError} naming every member that is neither a resource nor a check */
  assertKnown(subjects: readonly Subject[]): void {
    const known = subjects.map(({ name }) => name);
    const problems = [...this.groups].flatMap(([group, members]) =>
      typeof members === 'string' ? [] : members.flatMap((member) => unknownMember(group, member, known)),
    );
    for (const { custom } of subjects) problems.push(...this.unknownGroupsOf(custom));
    if (problems.length > 0) throw new OptionsError('Health groups', problems);
  }

  private unknownGroupsOf(custom: Subject['custom']): OptionProblem[] {
    const unknown = custom?.options.groups.filter((group) => !this.groups.has(group)) ?? [];
    return unknown.map((group) => ({
      option: `groups.${group}`,
      problem: `the check '${custom?.name}' wants to join it, but it does not exist; known: ${this.names.join(', ')}`,
    }));
  }
}

function belongs({ name, critical, custom }: Subject, group: string, members: GroupMembers): boolean {
  if (custom?.options.groups.includes(group)) return true;
  if (members === 'all') return true;
  return members === 'critical' ? critical : members.includes(name);
}

function unknownMember(group: string, member: string, known: readonly string[]): OptionProblem[] {
  if (known.includes(member)) return [];
  const near = closest(member, known);
  const remedy = near ? `did you mean '${near}'?` : `known: ${known.join(', ') || 'none'}`;
  return [{ option: `groups.${group}`, problem: `'${member}' is neither a resource nor a health check; ${remedy}` }];
}
