import type { Slot } from './slot.js';

/**
 * Idle slots in the order in which they became idle. The links live in the slots, so leaving from the middle is O(1).
 *
 *     hot end   slot ─ slot ─ slot   cold end
 *     used last                      idle for longest
 *
 * Last in, first out takes from the hot end and lets the cold ones age; first in, first out takes from the cold end. Ageing
 * is always looked for from the cold end, whichever end is lent from.
 */
export class IdleList<T> {
  hottest: Slot<T> | undefined = undefined;
  coldest: Slot<T> | undefined = undefined;
  length = 0;

  /** Puts a slot at the hot end. */
  push(slot: Slot<T>): void {
    const { hottest } = this;
    slot.colder = hottest;
    if (hottest === undefined) this.coldest = slot;
    else hottest.hotter = slot;
    this.hottest = slot;
    this.length++;
  }

  /** Takes the slot out, wherever it stands. It must be in the list. */
  unlink(slot: Slot<T>): void {
    const { hotter, colder } = slot;
    if (hotter === undefined) this.hottest = colder;
    else hotter.colder = colder;
    if (colder === undefined) this.coldest = hotter;
    else colder.hotter = hotter;
    slot.hotter = undefined;
    slot.colder = undefined;
    this.length--;
  }
}
