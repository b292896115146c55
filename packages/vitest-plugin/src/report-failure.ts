import type { DurableResult } from "@durabletest/testing";
import { failureReports } from "@durabletest/testing/plugin";
import type { TestContext } from "vitest";
import { type Attempt, endWith } from "./explain-failure.ts";
import { PICTURES_VARIABLE } from "./report-variables.ts";

const writeFailureReport = failureReports();

/** Tests have as long as they need to write theirs: a report that takes long is no reason to fail. */
export const NO_TIMEOUT: number = Number.POSITIVE_INFINITY;

/**
 * Writes the report of a test that has failed, and has the failure end with its path. Where Vitest shows pictures, the
 * test gets one of what happened.
 */
export async function reportFailure(
  attempt: Attempt,
  results: readonly DurableResult<unknown>[],
): Promise<void> {
  const { task } = attempt;
  // One that is meant to fail has done as it should.
  if (task.fails === true) return;
  const { filepath, projectName, name: place } = task.file;
  const text = await writeFailureReport(
    {
      name: nameOf(task),
      file: filepath,
      root: filepath.endsWith(`/${place}`) ? filepath.slice(0, -place.length - 1) : undefined,
      project: projectName,
      identity: task,
    },
    results,
  );
  if (text === undefined) return;
  endWith(attempt, text);
  await addPictures(task, results, text);
}

/** Only where somebody looks at them; elsewhere they would be lines below the failure that say nothing. */
async function addPictures(
  task: TestContext["task"],
  results: readonly DurableResult<unknown>[],
  text: string,
): Promise<void> {
  if (process.env[PICTURES_VARIABLE] === undefined) return;
  try {
    const { timelineSVG } = await import("@durabletest/testing");
    for (const result of results.filter(({ history }) => history.length > 0)) {
      const attachment = {
        contentType: "image/svg+xml",
        body: new TextEncoder().encode(timelineSVG(result, { width: 800 })),
      };
      await annotate(task, text.replace(/\n\s*/, ": "), attachment);
    }
  } catch {
    // A picture less.
  }
}

/** Vitest lets a test be annotated as long as it runs, and has ended it by the time that it is known to have failed. */
async function annotate(
  { context, result }: TestContext["task"],
  message: string,
  attachment: { readonly contentType: string; readonly body: Uint8Array },
): Promise<void> {
  if (result === undefined) return;
  const { state } = result;
  result.state = "run";
  try {
    // It looks at the state at once, not when it is done.
    const annotated = context.annotate(message, "durable", { ...attachment });
    result.state = state;
    await annotated;
  } finally {
    result.state = state;
  }
}

function nameOf({ name, suite }: { name: string; suite?: TestContext["task"]["suite"] }): string {
  return suite === undefined ? name : `${nameOf(suite)} > ${name}`;
}
