import type { ErrorObject } from "@durabletest/runtime";
import { isEnded } from "@durabletest/runtime/protocol";
import { excerpt } from "../print/excerpt.ts";
import { deadlinesOf, nextDeadline } from "../print/deadlines.ts";
import { userFramesOf, withoutQuery } from "../print/place.ts";
import { formatLength, formatOffset } from "../print/offset.ts";
import { operationNames } from "../operations/names.ts";
import { operationTree } from "../operations/tree.ts";
import { timelineSection } from "../print/timeline-section.ts";
import { unusedScriptLines } from "../print/unused-scripts.ts";
import type { CallbackOperation, Operation } from "../operation.ts";
import type { DurableResult } from "../result.ts";
import type { MatcherContext } from "./framework.ts";

/** A handler may wait for hundreds of callbacks at once. */
const OPERATIONS_SHOWN = 5;
const WIDEST_COLUMN = 50;
const LINES_OF_RESULT = 30;
const LINES_OF_ERROR = 10;
/** A message of ours says at its end what to do. */
const LONGEST_LINE_OF_ERROR = 1000;
const FRAMES_SHOWN = 3;

/** The parts of a message, with a blank line between them; empty ones are left out. */
export function message(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join("\n\n");
}

/** What a result came to, as far as there is space for it. */
export function printedResult(
  { result }: DurableResult<unknown>,
  { utils }: MatcherContext,
): string {
  return excerpt(utils.printReceived(result), {
    lines: LINES_OF_RESULT,
    all: "console.log(runner.result.result)",
  });
}

/** Where an execution stands and, if it waits, what for and how a test goes on. */
export function standing(result: DurableResult<unknown>, context: MatcherContext): string {
  const after = `after ${formatLength(result.elapsedMs)} of virtual time`;
  switch (result.status) {
    case "SUCCEEDED":
      return `The execution SUCCEEDED ${after}, with ${printedResult(result, context)}`;
    case "FAILED":
    case "TIMED_OUT":
    case "STOPPED":
      return `The execution ${result.status} ${after}:\n${indent(failure(result.error))}`;
    case "PENDING":
      return isRunning(result)
        ? `An invocation is going on. Was an await forgotten? await runner.run(input)`
        : pending(result, after);
  }
}

/** Whether the handler is at work at this very moment, so that the result is none yet. */
export function isRunning({ status, invocations }: DurableResult<unknown>): boolean {
  const last = invocations.at(-1);
  return status === "PENDING" && (last === undefined || last.status === "RUNNING");
}

function pending(result: DurableResult<unknown>, after: string): string {
  const open = result.operations.filter(isWaitedFor);
  const names = operationNames(operationTree(result.operations));
  const lines = open.slice(0, OPERATIONS_SHOWN).map((operation) => {
    const offset = (at: Date): string => formatOffset(at, result.startedAt);
    const since = `open since ${offset(operation.startedAt)}`;
    return `${names.title(operation)}, ${since}${deadlinesOf(operation, offset)}`;
  });
  if (open.length > lines.length) lines.push(`and ${open.length - lines.length} more`);
  return message(
    `The execution is PENDING ${after}. It waits for:\n${indent(lines.join("\n"))}`,
    unusedScriptLines(result).join("\n"),
    waysOn(result, open),
  );
}

function isWaitedFor({ status, type }: Operation): boolean {
  return !isEnded(status) && type !== "CONTEXT";
}

/** What a test can do about an execution that waits. */
function waysOn(result: DurableResult<unknown>, open: readonly Operation[]): string {
  const tree = operationTree(result.operations);
  const ways = open
    .slice(0, OPERATIONS_SHOWN)
    .flatMap((operation): readonly (readonly [string, string])[] =>
      operation.type === "CALLBACK" ? answers(tree.nameOf(operation), operation) : [],
    );
  const now = result.startedAt.getTime() + result.elapsedMs;
  const deadlines = open.flatMap((operation) => nextDeadline(operation) ?? []);
  const next = Math.min(...deadlines.map(Number));
  if (Number.isFinite(next)) {
    ways.push([
      `await runner.advance(${durationText(next - now)})`,
      "time passes, up to what is due next",
    ]);
    if (deadlines.length === open.length) {
      ways.push(["await runner.runToCompletion()", "the world stays silent: all deadlines pass"]);
    }
  }
  const width = Math.max(...ways.map(([code]) => (code.length > WIDEST_COLUMN ? 0 : code.length)));
  const lines = ways.map(([code, meaning]) => `${code.padEnd(width)}  // ${meaning}`);
  return lines.length === 0 ? "" : `To go on:\n${indent(lines.join("\n"))}`;
}

function answers(
  name: string | undefined,
  { callbackId }: CallbackOperation,
): readonly (readonly [string, string])[] {
  if (name === undefined) {
    return [[`await runner.sendCallbackSuccess(${JSON.stringify(callbackId)}, …)`, "the answer"]];
  }
  const text = JSON.stringify(name);
  const key = /^[\w$]+$/.test(name) ? name : text;
  return [
    [`await runner.callback(${text}).succeed(…)`, "the answer; or .fail(…), .heartbeat()"],
    [`callbacks: { ${key}: respond.success(…) }`, "an option of the runner: it comes by itself"],
  ];
}

/** An error, as far as there is space for it. */
function failure({ ErrorType = "Error", ErrorMessage = "" }: ErrorObject): string {
  return excerpt(`${ErrorType}: ${ErrorMessage}`, {
    lines: LINES_OF_ERROR,
    longestLine: LONGEST_LINE_OF_ERROR,
    all: "console.log(runner.result.error)",
  });
}

/**
 * What happened, and where the code under test threw: at the very end of a message, because Jest takes all that
 * follows a frame for the stack.
 */
export function evidence(result: DurableResult<unknown>): string {
  const frames = result.error === undefined ? [] : originFrames(result, result.error);
  return [timelineSection(result), ...frames.map((frame) => `    ${frame.trim()}`)].join("\n");
}

/** The frames that lead to the code under test, if they are known. */
function originFrames(
  { operations }: DurableResult<unknown>,
  error: ErrorObject,
): readonly string[] {
  const { ErrorMessage = "" } = error;
  // What a step threw is wrapped on its way out; the step still has the stack of where it was thrown.
  const origin = operations.findLast(
    (operation) =>
      operation.type === "STEP" &&
      operation.status === "FAILED" &&
      operation.error?.ErrorMessage !== undefined &&
      ErrorMessage.includes(operation.error.ErrorMessage),
  );
  const frames = userFramesOf(origin?.type === "STEP" ? origin.error : error);
  return frames.slice(0, FRAMES_SHOWN).map(withoutQuery);
}

function durationText(ms: number): string {
  const units = [
    ["days", 86_400_000],
    ["hours", 3_600_000],
    ["minutes", 60_000],
    ["seconds", 1000],
    ["milliseconds", 1],
  ] as const;
  let rest = ms;
  const parts = units.flatMap(([unit, length]) => {
    const amount = Math.floor(rest / length);
    rest %= length;
    return amount === 0 ? [] : [`${unit}: ${amount}`];
  });
  return parts.length === 0 ? "{ seconds: 0 }" : `{ ${parts.join(", ")} }`;
}

function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, "  ");
}
