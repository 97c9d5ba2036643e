/** Bytes of JSON that a list in an answer may take. Envelope and names included, an answer stays below 1.1 MB. */
export const LARGEST = 1_000_000;

/** The first items that fit together into an answer; at least one, so that paging always gets on. */
export function fitting<T>(items: readonly T[], room = LARGEST): readonly T[] {
  let left = room;
  const end = items.findIndex((item, index) => {
    left -= sizeOf(item);
    return left < 0 && index > 0;
  });
  return end < 0 ? items : items.slice(0, end);
}

function sizeOf(item: unknown): number {
  return Buffer.byteLength(JSON.stringify(item) ?? '') + 1;
}
