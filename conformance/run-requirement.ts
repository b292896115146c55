/** Runs a requirement with a handler, in virtual time. */
import { isDeepStrictEqual } from "node:util";
import { DurableTestRunner } from "@durabletest/testing";
import { performActions } from "./callback-actions.ts";
import { matchLogs, recordLogs } from "./expected-logs.ts";
import type { MakeHandler } from "./handlers/handlers.ts";
import { matchHistory } from "./matcher.ts";
import type { CallbackAction, Requirement } from "./requirement.ts";
import { type Bindings, bindVariables, substitute } from "./variables.ts";

/** What is not as the requirement says, the most telling first; nothing, if all is. */
export async function runRequirement(
  requirement: Requirement,
  makeHandler: MakeHandler,
): Promise<readonly string[]> {
  const variables = bindVariables(requirement.Variables, Math.random);
  const { logger, lines } = recordLogs();
  const made = makeHandler({ logger });
  const { handler, durableFunctions } =
    typeof made === "function" ? { handler: made, durableFunctions: {} } : made;
  // Not by itself: while it skips a wait, the callbacks open meanwhile could not be acted on.
  await using runner = new DurableTestRunner(handler, { timeSkipping: "manual", durableFunctions });
  const broken: string[] = [];
  try {
    const actions = substitute(requirement.CallbackActions, variables) as CallbackAction[];
    await runner.run(substitute(requirement.Input, variables));
    await performActions(runner, actions);
  } catch (error) {
    broken.push(String(error));
  }
  const { result } = runner;
  const history = matchHistory(requirement.ExpectedExecutionHistory, result.history, variables);
  return [
    ...broken,
    ...history.differences,
    ...matchResult(requirement.ExpectedResult, result, history.bindings),
    ...matchLogs(requirement.ExpectedLogs, lines, history.bindings),
  ];
}

/** The status must be equal, and the value of a success. No value is null. */
function matchResult(
  expected: Requirement["ExpectedResult"],
  actual: DurableTestRunner["result"],
  bindings: Bindings,
): readonly string[] {
  if (expected === undefined) return [];
  const { status, error } = actual;
  if (status !== expected.ExecutionStatus) {
    const reason = error === undefined ? "" : ` (${error.ErrorType}: ${error.ErrorMessage})`;
    return [`status: expected ${expected.ExecutionStatus}, got ${status}${reason}`];
  }
  if (status !== "SUCCEEDED" || !("Result" in expected)) return [];
  const value = substitute(expected.Result, bindings);
  const got = actual.result ?? null;
  return isDeepStrictEqual(value, got)
    ? []
    : [`result: expected ${JSON.stringify(value)}, got ${JSON.stringify(got)}`];
}
