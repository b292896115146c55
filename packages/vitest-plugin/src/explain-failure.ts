import type { DurableResult } from "@durabletest/testing";
import { TIMELINE_HEADING, timelineSection } from "@durabletest/testing/plugin";
import type { TestContext } from "vitest";

/** Adds the timeline of an execution to what a failed test says, unless a matcher has shown it. */
export function explainFailure(task: TestContext["task"], result: DurableResult<unknown>): void {
  // The errors of earlier attempts come before those of this one.
  const error = task.result?.errors?.at(-1);
  if (error === undefined || result.history.length === 0) return;
  if (error.message.includes(`\n${TIMELINE_HEADING}\n`)) return;
  const timeline = `\n\n${timelineSection(result)}`;
  // The diff is printed after the message; the timeline comes last.
  if (typeof error.diff === "string") error.diff += timeline;
  else error.message += timeline;
}
