/**
 * The fewest entries of a map with which something still is so: takes away halves, then quarters, at last one
 * after the other, as long as that goes.
 *
 * @param isSo - asked about ever fewer entries; of all entries it holds.
 */
export async function shrink<Key, Value>(
  entries: ReadonlyMap<Key, Value>,
  isSo: (fewer: ReadonlyMap<Key, Value>) => Promise<boolean>,
): Promise<ReadonlyMap<Key, Value>> {
  let left = [...entries];
  for (let size = Math.ceil(left.length / 2); size >= 1;) {
    const before = left.length;
    for (let from = Math.max(0, left.length - size); from >= 0; from -= size) {
      const fewer = [...left.slice(0, from), ...left.slice(from + size)];
      if (fewer.length < left.length && (await isSo(new Map(fewer)))) left = fewer;
      if (from > 0 && from < size) from = size;
    }
    if (size > 1) size = Math.ceil(size / 2);
    else if (left.length === before) break;
  }
  return new Map(left);
}
