/** What somebody may have meant, as the end of a message: ` Did you mean "timeout"?` Empty if nothing is near. */
export function nearMiss(wanted: string, known: readonly string[]): string {
  const close = known.filter((one) => isClose(wanted.toLowerCase(), one.toLowerCase()));
  if (close.length === 0) return "";
  return ` Did you mean ${close.map((one) => JSON.stringify(one)).join(" or ")}?`;
}

/** A typing mistake apart, or a part of it: `retry` for `retryStrategy`. */
function isClose(wanted: string, known: string): boolean {
  if (wanted.length > 2 && (known.includes(wanted) || wanted.includes(known))) return true;
  return editDistance(wanted, known) <= Math.min(3, Math.floor(wanted.length / 3));
}

/** Levenshtein distance, by rows. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      const replaced = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
