/** What somebody may have meant, as the end of a message: ` Did you mean "approval"?` */
export function nearMisses(wanted: string, known: readonly string[]): string {
  const close = known.filter((name) => isClose(wanted.toLowerCase(), name.toLowerCase()));
  if (close.length > 0)
    return ` Did you mean ${close.map((name) => JSON.stringify(name)).join(" or ")}?`;
  if (known.length === 0) return "";
  return ` There ${known.length === 1 ? "is" : "are"}: ${known.map((name) => JSON.stringify(name)).join(", ")}.`;
}

function isClose(a: string, b: string): boolean {
  if (a.includes(b) || b.includes(a)) return true;
  return editDistance(a, b) <= Math.max(2, Math.floor(a.length / 3));
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
