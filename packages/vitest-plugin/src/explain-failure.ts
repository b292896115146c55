import type { DurableResult } from "@durabletest/testing";
import { TIMELINE_HEADING, timelineSection } from "@durabletest/testing/plugin";
import type { TestContext } from "vitest";
import { withoutOwnFrames } from "./own-frames.ts";

type TestError = NonNullable<NonNullable<TestContext["task"]["result"]>["errors"]>[number];

/**
 * Adds the timeline of an execution to what a failed test says, unless a matcher has shown it.
 *
 * @param open - the call that was going on when it ended, for a test that has run into its timeout.
 */
export function explainFailure(
  task: TestContext["task"],
  result: DurableResult<unknown>,
  open?: string,
): void {
  withoutOwnFrames(task);
  // The errors of earlier attempts come before those of this one.
  const error = task.result?.errors?.at(-1);
  if (error === undefined || result.history.length === 0) return;
  if (open !== undefined && /timed out/.test(error.message)) append(error, `\n\n${open}`);
  if (error.message.includes(`\n${TIMELINE_HEADING}\n`)) return;
  append(error, `\n\n${timelineSection(result)}`);
}

/** Has the failure of this attempt end with a paragraph. */
export function endWith(task: TestContext["task"], paragraph: string): void {
  const error = task.result?.errors?.at(-1);
  if (error !== undefined) append(error, `\n\n${paragraph}`);
}

/** The diff is printed after the message; reporters that write for machines print the stack, and neither of them. */
function append(error: TestError, text: string): void {
  const { message, diff, stack } = error;
  if (stack?.includes(message) === true) {
    error.stack = stack.replace(message, () => `${message}${text}`);
  }
  if (typeof diff === "string") error.diff = `${diff}${text}`;
  else error.message = `${message}${text}`;
}
