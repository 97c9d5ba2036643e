import { type Cancel, type Clock, inCleanContext } from '@nestjs-resources/core';

interface Override {
  readonly revert: () => void;
  cancel: Cancel;
}

/**
 * What an operator has changed for a time. An override that is forgotten is an outage, so each ends by itself. A second one
 * of the same thing takes the place of the first, and ends as the first would have: what was before the first comes back.
 */
export class Overrides {
  private readonly overrides = new Map<string, Override>();

  constructor(private readonly clock: Clock) {}

  /** @param revert - undoes it; must not throw */
  begin(what: string, ttl: number, revert: () => void): void {
    const known = this.overrides.get(what);
    known?.cancel();
    const override: Override = { revert: known?.revert ?? revert, cancel: () => undefined };
    this.overrides.set(what, override);
    override.cancel = inCleanContext(() => this.clock.schedule(ttl, () => this.expire(what, override)));
  }

  /** Somebody has ended it by hand. */
  forget(what: string): void {
    this.overrides.get(what)?.cancel();
    this.overrides.delete(what);
  }

  /** The application ends; nothing needs to be put back any more. */
  clear(): void {
    for (const { cancel } of this.overrides.values()) cancel();
    this.overrides.clear();
  }

  private expire(what: string, override: Override): void {
    this.overrides.delete(what);
    override.revert();
  }
}
