import type { Row } from "./timeline-rows.ts";

/** Rows that are not shown. */
export interface Gap {
  readonly gap: string;
}

/** Blocks of more rows than this are not looked for: nobody would see that they are alike. */
const LONGEST_BLOCK = 10;
/** What comes less often is shown as it is. */
const FEWEST_BLOCKS = 4;
const LONGEST_TEXT = 160;

/**
 * As many rows as there is space for. What repeats itself is shown once at its beginning and once at its
 * end; of the rest stay the beginning, the end, and the rows in which something went wrong, each with the
 * row before it, the last ones first.
 */
export function shortenRows(rows: readonly Row[], maxRows: number): readonly (Row | Gap)[] {
  if (rows.length <= maxRows) return rows;
  const folded = foldRepetitions(rows.map(cut));
  return folded.length <= maxRows ? folded : keepTelling(folded, Math.max(2, Math.floor(maxRows)));
}

/** Folds blocks of rows that differ in nothing but numbers. */
function foldRepetitions(rows: readonly Row[]): readonly (Row | Gap)[] {
  const keys = rows.map(({ mark, text }) => `${mark}${text.replaceAll(/\d+/g, "#")}`);
  const folded: (Row | Gap)[] = [];
  for (let at = 0; at < rows.length;) {
    const { length, blocks } = blocksAt(keys, at);
    const end = at + length * blocks;
    if (blocks < FEWEST_BLOCKS) {
      folded.push(...rows.slice(at, at + 1));
      at += 1;
      continue;
    }
    const gap =
      length === 1
        ? `… ${blocks - 2} more like the row above`
        : `… ${blocks - 2} more times like the ${length} rows above`;
    folded.push(...rows.slice(at, at + length), { gap }, ...rows.slice(end - length, end));
    at = end;
  }
  return folded;
}

/** The shortest block of rows that comes again and again from there on, and how often it does. */
function blocksAt(
  keys: readonly string[],
  at: number,
): { readonly length: number; readonly blocks: number } {
  for (let length = 1; length <= LONGEST_BLOCK; length += 1) {
    let end = at + length;
    while (end < keys.length && keys[end] === keys[end - length]) end += 1;
    const blocks = Math.floor((end - at) / length);
    if (blocks >= FEWEST_BLOCKS) return { length, blocks };
  }
  return { length: 1, blocks: 1 };
}

function keepTelling(rows: readonly (Row | Gap)[], maxRows: number): readonly (Row | Gap)[] {
  const atStart = Math.max(1, Math.floor(maxRows * 0.15));
  const kept = new Set(Array.from({ length: atStart }, (_, index) => index));
  const keep = (index: number): void => {
    if (kept.size < maxRows && index >= 0) kept.add(index);
  };
  const atEnd = Math.max(1, Math.floor(maxRows * 0.4));
  for (let index = rows.length - 1; index >= rows.length - atEnd; index -= 1) keep(index);
  for (let index = rows.length - 1; index >= 0; index -= 1) {
    const row = rows[index];
    if (row === undefined || "gap" in row || (row.tone !== "bad" && row.tone !== "warning"))
      continue;
    keep(index);
    keep(index - 1);
  }
  for (let index = rows.length - 1; kept.size < maxRows; index -= 1) keep(index);

  let left = 0;
  return rows.flatMap((row, index): readonly (Row | Gap)[] => {
    if (kept.has(index)) return [row];
    left += 1;
    if (!kept.has(index + 1)) return [];
    const gap = { gap: `… ${left} more` };
    const isAlone = left === 1;
    left = 0;
    return [isAlone ? row : gap];
  });
}

function cut(row: Row): Row {
  return row.text.length > LONGEST_TEXT
    ? { ...row, text: `${row.text.slice(0, LONGEST_TEXT - 1)}…` }
    : row;
}
