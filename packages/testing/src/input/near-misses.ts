/** How many names a message suggests, and how many it lists. */
const SUGGESTED = 3;
const LISTED = 12;

/**
 * What somebody may have meant, as the end of a message: ` Did you mean "approval"?` If nothing is close,
 * what there is.
 */
export function nearMisses(wanted: string, known: readonly string[]): string {
  const names = [...new Set(known)];
  const close = suggestion(wanted, names);
  if (close !== "" || names.length === 0) return close;
  const listed = names.slice(0, LISTED).map((name) => JSON.stringify(name));
  const more = names.length > LISTED ? ` and ${names.length - LISTED} more` : "";
  return ` There ${names.length === 1 ? "is" : "are"}: ${listed.join(", ")}${more}.`;
}

/** As {@link nearMisses}, but says nothing if nothing is close. */
export function suggestion(wanted: string, known: readonly string[]): string {
  const close = [...new Set(known)]
    .flatMap((name) => {
      const distance = distanceBetween(wanted.toLowerCase(), name.toLowerCase());
      return distance === undefined ? [] : [{ name, distance }];
    })
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, SUGGESTED);
  if (close.length === 0) return "";
  return ` Did you mean ${close.map(({ name }) => JSON.stringify(name)).join(" or ")}?`;
}

/** How far a name is from the wanted one; undefined if nobody would mistake one for the other. */
function distanceBetween(wanted: string, name: string): number | undefined {
  const limit = wanted.length <= 3 ? 1 : Math.max(2, Math.floor(wanted.length / 3));
  if (Math.abs(wanted.length - name.length) <= limit) {
    const distance = editDistance(wanted, name);
    if (distance <= limit) return distance;
  }
  const [short, long] = wanted.length < name.length ? [wanted, name] : [name, wanted];
  return short.length >= 3 && long.includes(short) ? long.length - short.length : undefined;
}

/** Levenshtein distance, by rows. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      const replace = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replace, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
