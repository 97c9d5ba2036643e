/**
 * How many may at once; the limit may move while they do. The one idea behind resizing, bulkheads and limits of sessions or
 * groups. Holders above a limit that has shrunk keep their permit; it is gone when they give it back.
 */
export interface Permits {
  readonly limit: number;
  /** Takes one if there is room. */
  tryTake(): boolean;
  /** Gives one back. */
  give(): void;
  /** Called, synchronously, whenever there may be room again. Returns how to stop listening. */
  onRoom(listener: () => void): () => void;
}
