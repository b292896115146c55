import { ExecutionStalledError, UnusedScriptsError } from "../errors.ts";
import { formatAllBlockers } from "../print/blockers.ts";
import { unusedScriptLines } from "../print/unused-scripts.ts";
import type { DurableResult } from "../result.ts";
import type { Engine } from "./engine.ts";

/** What the test of a runner can do about it. */
const COMPLETE_IT =
  "Complete a callback (runner.callback(name).succeed(…)), script it (callbacks: { name: respond.success(…) }), or give it a timeout.";

/** That nothing but the test can end an execution. */
export function stalledError(
  { executions }: Engine,
  result: DurableResult<unknown>,
  advice: string = COMPLETE_IT,
): ExecutionStalledError {
  const scripts = unusedScriptLines(result).map((line) => `${line} `);
  return new ExecutionStalledError(
    `The execution cannot end by itself. ${formatAllBlockers(executions.byArn.values())} ${scripts.join("")}${advice}`,
  );
}

/** That an execution has ended, and scripts have not been asked for. */
export function unusedScriptsError(result: DurableResult<unknown>): UnusedScriptsError {
  return new UnusedScriptsError(
    `The execution has ended (${result.status}). ${unusedScriptLines(result).join(" ")}`,
  );
}
