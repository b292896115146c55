import { DurableError } from "@durabletest/runtime";
import type { DurableResult } from "../result.ts";
import { logLines } from "./log-lines.ts";
import { drawTimeline } from "./timeline.ts";

/** More rows than this are cut out. */
const ROWS = 30;
/** No more of the log than this. */
const LOG_LINES = 10;

/** The heading under which a message shows the timeline. */
export const TIMELINE_HEADING = "Timeline";

/** What happened, for the end of a message. */
export function timelineSection(result: DurableResult<unknown>): string {
  const { text, isWhole } = drawTimeline(result, { maxRows: ROWS });
  const more = isWhole ? "" : "\n\nAll of it: console.log(formatTimeline(runner.result))";
  return `${TIMELINE_HEADING}\n${indented(`${text}${more}`)}${logSection(result)}`;
}

/** The last lines that were logged: those before something went wrong. */
function logSection({ logs, startedAt }: DurableResult<unknown>): string {
  if (logs.length === 0) return "";
  const lines = logLines(logs.slice(-LOG_LINES), startedAt);
  const left = logs.length - lines.length;
  const before = left === 0 ? [] : [`… ${left} before. All of it: console.log(runner.result.logs)`];
  return `\n\nLogs\n${indented([...before, ...lines].join("\n"))}`;
}

/**
 * Has an error of this project say what happened until then.
 *
 * @returns the same error.
 */
export function withTimeline<Thrown>(error: Thrown, result: DurableResult<unknown>): Thrown {
  if (DurableError.is(error) && result.history.length > 0) addTimeline(error, result);
  return error;
}

/**
 * Adds what happened to a message, unless it is there already. The stack, which some frameworks print instead of
 * the message, says so as well.
 */
export function addTimeline(error: Error, result: DurableResult<unknown>): void {
  if (error.message.includes(`\n${TIMELINE_HEADING}\n`)) return;
  appendText(error, timelineSection(result));
}

/** Adds a paragraph to a message, and to the stack. */
export function appendText(error: Error, text: string): void {
  const { name, message, stack } = error;
  const explained = `${message}\n\n${text}`;
  // Not by assignment: an error may be frozen, and then it stays as it is.
  if (!Reflect.set(error, "message", explained) || stack === undefined) return;
  const isInStack = message !== "" && stack.includes(message);
  const first = stack.search(/^[^\S\n]+at /m);
  const frames = first === -1 ? "" : stack.slice(first);
  const whole = `${name}: ${explained}\n${frames.replace(/^\n/, "")}`;
  Reflect.set(error, "stack", isInStack ? stack.replace(message, () => explained) : whole);
}

function indented(text: string): string {
  return text.replaceAll(/^(?=.)/gm, "  ");
}
