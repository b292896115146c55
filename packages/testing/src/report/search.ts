import type { ReportedExecution } from "./report-data.ts";

/**
 * The operations that a search finds, by their row: those that have all of its words in their name, their status, what
 * became of them, their payloads, or what was logged in them.
 */
export function searcher(execution: ReportedExecution): (words: string) => readonly number[] {
  let texts: readonly string[] | undefined;
  return (query) => {
    const words = query
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== "");
    if (words.length === 0) return [];
    texts ??= textsOf(execution);
    return texts.flatMap((text, row) => (words.every((word) => text.includes(word)) ? [row] : []));
  };
}

function textsOf({ picture, operations, logs, effects }: ReportedExecution): readonly string[] {
  const said = new Map<string, string[]>();
  for (const { operation, text } of [
    ...logs,
    ...effects.map((effect) => ({ ...effect, text: `${effect.name} ${effect.key ?? ""}` })),
  ]) {
    if (operation === undefined) continue;
    const lines = said.get(operation);
    if (lines === undefined) said.set(operation, [text]);
    else lines.push(text);
  }
  return picture.rows.map((row, index) => {
    const { result, input, error, id } = operations[index] ?? {};
    return [
      row.path,
      row.kind,
      row.status,
      row.summary,
      row.id,
      ...[result, input, error?.type, error?.message].flatMap((value) =>
        value === undefined ? [] : JSON.stringify(value),
      ),
      ...(said.get(id ?? "") ?? []),
    ]
      .join("\n")
      .toLowerCase();
  });
}
