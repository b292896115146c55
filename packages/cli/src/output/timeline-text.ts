import { type DurableResult, formatTimeline } from "@durabletest/testing";
import { logLines } from "@durabletest/testing/plugin";
import type { Io } from "../io.ts";
import { hasColor, outdent, TIMELINE_GUTTER, wrapLines } from "./style.ts";

/** Terminals narrower than this get no margin that is only there for looks. */
const ROOMY = 72;

/**
 * The timeline of an execution, as it fits the terminal, and what was logged.
 *
 * @param maxRows - rows are left out if there are more.
 */
export function timelineText(
  result: DurableResult<unknown>,
  { stdout, env }: Io,
  maxRows?: number,
): string {
  const text = formatTimeline(result, { color: hasColor(stdout, env), maxRows });
  const { columns } = stdout;
  const placed = columns !== undefined && columns < ROOMY ? outdent(text) : text;
  return `${wrapLines(placed, columns, TIMELINE_GUTTER)}\n${logText(result, columns)}`;
}

function logText({ logs, startedAt }: DurableResult<unknown>, columns: number | undefined): string {
  if (logs.length === 0) return "";
  const lines = logLines(logs, startedAt).map((line) => `  ${line}`);
  return `\nLogs\n${wrapLines(lines.join("\n"), columns, LOG_GUTTER)}\n`;
}

/** What stands before the text of a log line: its offset and level. */
const LOG_GUTTER = /^ *\+[\d.dhms ]+? {2}\w+ +/;
