import type { Slot } from './slot.js';

/**
 * Idle slots in the order in which they became idle. The links live in the slots, so leaving from the middle is O(1).
 *
 *     hot end   (top) ─ slot ─ slot ─ slot   cold end
 *     used last                              idle for longest
 *
 * Last in, first out takes from the hot end and lets the cold ones age; first in, first out takes from the cold end. Ageing
 * is always looked for from the cold end, whichever end is lent from.
 *
 * The one that came last stays outside the chain until another one comes: a resource that is lent and given back again and
 * again is not linked and unlinked each time.
 */
export class IdleList<T> {
  length = 0;

  private top: Slot<T> | undefined = undefined;
  private hot: Slot<T> | undefined = undefined;
  private cold: Slot<T> | undefined = undefined;

  get hottest(): Slot<T> | undefined {
    const { top } = this;
    return top !== undefined ? top : this.hot;
  }

  get coldest(): Slot<T> | undefined {
    const { cold } = this;
    return cold !== undefined ? cold : this.top;
  }

  /** Puts a slot at the hot end. */
  push(slot: Slot<T>): void {
    const { top } = this;
    if (top !== undefined) this.link(top);
    this.top = slot;
    this.length++;
  }

  /** Takes the slot out, wherever it stands. It must be in the list. */
  unlink(slot: Slot<T>): void {
    this.length--;
    if (slot === this.top) this.top = undefined;
    else this.unchain(slot);
  }

  private link(slot: Slot<T>): void {
    const { hot } = this;
    slot.colder = hot;
    if (hot === undefined) this.cold = slot;
    else hot.hotter = slot;
    this.hot = slot;
  }

  private unchain(slot: Slot<T>): void {
    const { hotter, colder } = slot;
    if (hotter === undefined) this.hot = colder;
    else hotter.colder = colder;
    if (colder === undefined) this.cold = hotter;
    else colder.hotter = hotter;
    slot.hotter = undefined;
    slot.colder = undefined;
  }
}
