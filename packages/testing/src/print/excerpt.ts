const LONGEST_LINE = 300;
/** It takes about as much space to say that so much was left out. */
const NOT_WORTH_CUTTING = 30;

/**
 * As much of a text as a reader takes in: its first lines, none of them endless.
 *
 * @param all - how to see all of it, for the line that says how much was left out.
 */
export function excerpt(
  text: string,
  {
    lines: count,
    longestLine = LONGEST_LINE,
    all,
  }: { readonly lines: number; readonly longestLine?: number; readonly all?: string },
): string {
  const lines = text.split("\n");
  const shown = lines.slice(0, count).map((line) => cutLine(line, longestLine));
  const left = lines.length - shown.length;
  const isWhole = left === 0 && shown.every((line, index) => line === lines[index]);
  if (isWhole) return text;
  const how = all === undefined ? "" : ` All of it: ${all}`;
  const note = left === 0 ? `…${how}` : `… ${left} more lines.${how}`;
  return [...shown, ...(left === 0 && how === "" ? [] : [note])].join("\n");
}

function cutLine(line: string, longest: number): string {
  const left = line.length - longest;
  if (left <= NOT_WORTH_CUTTING) return line;
  return `${line.slice(0, longest)}… (${left} more characters)`;
}
