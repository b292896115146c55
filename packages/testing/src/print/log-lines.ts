import { type LogRecord, textOf } from "../log-record.ts";
import { formatOffset } from "./offset.ts";
import { onOneLine } from "./one-line.ts";
import { visible } from "./visible.ts";

const LONGEST_LINE = 200;

/** A line that was logged, as one line: `+2h 00m 00s  warn   charge, attempt 2: declined { code: 51 }`. */
export function logLines(records: readonly LogRecord[], startedAt: Date): readonly string[] {
  const rows = records.map((record) => ({
    offset: formatOffset(record.at, startedAt),
    text: visible(`${record.level.padEnd(5)}  ${placeOf(record)}${cut(textOf(record))}`),
  }));
  const width = Math.max(...rows.map(({ offset }) => offset.length));
  return rows.map(({ offset, text }) => `${offset.padStart(width)}  ${text}`);
}

function placeOf({ operation, attempt = 1 }: LogRecord): string {
  if (operation === undefined) return "";
  return attempt === 1 ? `${operation}: ` : `${operation}, attempt ${attempt}: `;
}

function cut(text: string): string {
  const line = onOneLine(text);
  const left = line.length - LONGEST_LINE;
  return left <= 0 ? line : `${line.slice(0, LONGEST_LINE)}… (${left} more characters)`;
}
