/** Who may be aborted. */
export interface Abortable {
  aborted(reason: unknown): void;
}

/** All who share a signal, and the one listener they have on it. */
class Group {
  readonly members = new Set<Abortable>();

  constructor(
    readonly signal: AbortSignal,
    private readonly dissolve: (group: Group) => void,
  ) {
    signal.addEventListener('abort', this.abort, { once: true });
  }

  leave(member: Abortable): void {
    this.members.delete(member);
    if (this.members.size > 0) return;
    // A listener that has been called once is gone already.
    if (!this.signal.aborted) this.signal.removeEventListener('abort', this.abort);
    this.dissolve(this);
  }

  private readonly abort = (): void => {
    for (const member of this.members) member.aborted(this.signal.reason);
  };
}

/**
 * Listens to each signal once, however many wait under it: an AbortSignal walks all its listeners for each one that is added,
 * so that a hundred thousand on one signal would take a hundred thousand times as long as they should.
 */
export class AbortWatch {
  private readonly groups = new Map<AbortSignal, Group>();

  join(signal: AbortSignal, member: Abortable): void {
    let group = this.groups.get(signal);
    if (!group) {
      group = new Group(signal, () => this.groups.delete(signal));
      this.groups.set(signal, group);
    }
    group.members.add(member);
  }

  leave(signal: AbortSignal, member: Abortable): void {
    this.groups.get(signal)?.leave(member);
  }
}
