const LONGEST_LINE = 300;

/**
 * As much of a text as a reader takes in: its first lines, none of them endless.
 *
 * @param all - how to see all of it, for the line that says how much was left out.
 */
export function excerpt(
  text: string,
  { lines: count, all }: { readonly lines: number; readonly all?: string },
): string {
  const lines = text.split("\n");
  const shown = lines.slice(0, count).map(cutLine);
  const left = lines.length - shown.length;
  const isWhole = left === 0 && shown.every((line, index) => line === lines[index]);
  if (isWhole) return text;
  const how = all === undefined ? "" : ` All of it: ${all}`;
  const note = left === 0 ? `…${how}` : `… ${left} more lines.${how}`;
  return [...shown, ...(left === 0 && how === "" ? [] : [note])].join("\n");
}

function cutLine(line: string): string {
  const left = line.length - LONGEST_LINE;
  return left <= 0 ? line : `${line.slice(0, LONGEST_LINE)}… (${left} more characters)`;
}
