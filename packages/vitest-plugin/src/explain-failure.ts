import type { DurableResult } from "@durabletest/testing";
import { TIMELINE_HEADING, timelineSection } from "@durabletest/testing/plugin";
import type { TestContext } from "vitest";
import { withoutOwnFrames } from "./own-frames.ts";

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
  if (open !== undefined && /timed out/.test(error.message)) error.message += `\n\n${open}`;
  if (error.message.includes(`\n${TIMELINE_HEADING}\n`)) return;
  const timeline = `\n\n${timelineSection(result)}`;
  // The diff is printed after the message; the timeline comes last.
  if (typeof error.diff === "string") error.diff += timeline;
  else error.message += timeline;
}
