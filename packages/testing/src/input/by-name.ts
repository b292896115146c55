const NONE: ReadonlyMap<string, never> = new Map<string, never>();

/** The entries of a record; most runners have none, and there are many runners. */
export function byName<T>(record: Readonly<Record<string, T>>): ReadonlyMap<string, T> {
  const entries = Object.entries(record);
  return entries.length === 0 ? NONE : new Map(entries);
}
