/** So many places there are at least. */
const FEW = 8;

/** So many are kept by a ring that has become empty, for the next ones. */
const MANY = 1_024;

/**
 * First in, first out, of entries and one number for each. The places are used again and again: in a line that neither grows
 * nor shrinks, who comes and who goes costs no object, and there is none that the garbage collector would have to copy.
 *
 *     ┌───┬───┬───┬───┬───┬───┬───┬───┐
 *     │ d │ e │   │   │   │ a │ b │ c │      a is first; the next one comes after e
 *     └───┴───┴───┴───┴───┴───┴───┴───┘
 */
export class Ring<E> {
  length = 0;

  private entries: (E | undefined)[] = emptied(FEW);
  private numbers = new Float64Array(FEW);
  private head = 0;

  get first(): E | undefined {
    return this.entries[this.head];
  }

  /** The number of the first. */
  get firstNumber(): number {
    return this.numbers[this.head] as number;
  }

  push(entry: E, number: number): void {
    if (this.length === this.entries.length) this.lay(this.length * 2);
    const place = this.placeOf(this.length++);
    this.entries[place] = entry;
    this.numbers[place] = number;
  }

  /** Takes out the first. There must be one. */
  shift(): void {
    const { head } = this;
    this.entries[head] = undefined;
    this.head = (head + 1) & (this.entries.length - 1);
    if (--this.length === 0 && this.entries.length > MANY) this.lay(FEW);
  }

  /** Counted from the first, which is 0. */
  at(index: number): E {
    return this.entries[this.placeOf(index)] as E;
  }

  numberAt(index: number): number {
    return this.numbers[this.placeOf(index)] as number;
  }

  replace(index: number, entry: E): void {
    this.entries[this.placeOf(index)] = entry;
  }

  /** Lets go of all that `keep` does not want, and of the places that are too many by then. */
  filter(keep: (entry: E) => boolean): void {
    let kept = 0;
    for (let index = 0; index < this.length; index++) {
      const entry = this.at(index);
      if (!keep(entry)) continue;
      this.numbers[this.placeOf(kept)] = this.numberAt(index);
      this.replace(kept++, entry);
    }
    for (let index = kept; index < this.length; index++) this.entries[this.placeOf(index)] = undefined;
    this.length = kept;
    this.lay(FEW);
  }

  private placeOf(index: number): number {
    return (this.head + index) & (this.entries.length - 1);
  }

  /** Lays all out anew, with at least so many places. */
  private lay(places: number): void {
    while (places < this.length) places *= 2;
    if (places === this.entries.length) return;
    const entries = emptied<E>(places);
    const numbers = new Float64Array(places);
    for (let index = 0; index < this.length; index++) {
      entries[index] = this.at(index);
      numbers[index] = this.numberAt(index);
    }
    this.entries = entries;
    this.numbers = numbers;
    this.head = 0;
  }
}

/** Without holes, which would be slower. The number of places is a power of two. */
function emptied<E>(places: number): (E | undefined)[] {
  return Array.from<E | undefined>({ length: places });
}
