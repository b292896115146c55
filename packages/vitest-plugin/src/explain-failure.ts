import type { DurableResult } from "@durabletest/testing";
import { TIMELINE_HEADING, timelineSection } from "@durabletest/testing/plugin";
import type { TestContext } from "vitest";
import { withoutOwnFrames } from "./own-frames.ts";
import { MESSAGES_VARIABLE } from "./report-variables.ts";

type TestError = NonNullable<NonNullable<TestContext["task"]["result"]>["errors"]>[number];

/** A test, as often as it is tried. */
export interface Attempt {
  readonly task: TestContext["task"];
  /** How many errors earlier attempts have had: those of this one come after them. */
  readonly earlierErrors: number;
}

/** @returns the attempt that begins. */
export function beginAttempt(task: TestContext["task"]): Attempt {
  return { task, earlierErrors: task.result?.errors?.length ?? 0 };
}

/**
 * Adds the timeline of an execution to what a failed test says, unless a matcher has shown it.
 *
 * @param open - the call that was going on when it ended, for a test that has run into its timeout.
 */
export function explainFailure(
  attempt: Attempt,
  result: DurableResult<unknown>,
  open?: string,
): void {
  withoutOwnFrames(attempt.task);
  const errors = errorsOf(attempt);
  const last = errors.at(-1);
  if (last === undefined || result.history.length === 0) return;
  if (open !== undefined && /timed out/.test(last.message)) append(last, `\n\n${open}`);
  const isShown = errors.some(({ message }) => message.includes(`\n${TIMELINE_HEADING}\n`));
  if (!isShown) append(last, `\n\n${timelineSection(result)}`);
}

/** Has the failure of this attempt end with a paragraph. */
export function endWith(attempt: Attempt, paragraph: string): void {
  const last = errorsOf(attempt).at(-1);
  if (last !== undefined) append(last, `\n\n${paragraph}`);
}

function errorsOf({ task, earlierErrors }: Attempt): readonly TestError[] {
  return task.result?.errors?.slice(earlierErrors) ?? [];
}

/**
 * The diff is printed after the message; reporters that write for machines print the stack, and neither of them. Those
 * for TAP print the message alone.
 */
function append(error: TestError, text: string): void {
  const { message, diff, stack } = error;
  if (stack?.includes(message) === true) {
    error.stack = stack.replace(message, () => `${message}${text}`);
  }
  const isMessageAlone = process.env[MESSAGES_VARIABLE] !== undefined;
  if (typeof diff === "string" && !isMessageAlone) error.diff = `${diff}${text}`;
  else error.message = `${message}${text}`;
}
