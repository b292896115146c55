import type { Event } from "@aws-sdk/client-lambda";
import type { ErrorObject } from "@aws/durable-execution-sdk-js";
import { asError } from "@durabletest/runtime/protocol";
import type { Engine } from "../engine/engine.ts";
import { timelineSection } from "../print/timeline-section.ts";
import { takeResult } from "../result.ts";
import type { RunEnd } from "./missing-operation.ts";
import { testResultError } from "./operation-details.ts";
import { type EndedExecution, outcomeOf } from "./test-result.ts";

/**
 * What became of a run, as messages tell it.
 *
 * @param failure - what it rejects with, if it does.
 */
export function describeRunEnd(engine: Engine, failure: unknown): RunEnd {
  const result = takeResult(engine.source());
  const outcome =
    failure === undefined
      ? outcomeOf(result.status === "PENDING" ? undefined : result)
      : `The run rejected: ${asError(failure).message}`;
  return { outcome, timeline: result.history.length === 0 ? "" : timelineSection(result) };
}

/** The execution under test, which has ended, as a test's result is made of it. */
export function endedExecution(
  { root }: Engine,
  operations: EndedExecution["operations"],
): EndedExecution {
  if (root === undefined || root.state.status === "RUNNING") {
    throw new Error("The run is over, but the execution has not ended.");
  }
  const { state, invocations } = root;
  return {
    status: state.status,
    result: state.result,
    error: state.error as ErrorObject | undefined,
    operations,
    invocations: invocations.map((invocation) => ({
      startTimestamp: invocation.startedAt,
      endTimestamp: invocation.endedAt,
      requestId: invocation.requestId,
      error: invocation.error && testResultError(invocation.error as ErrorObject),
    })),
    events: state.history as unknown as readonly Event[],
  };
}
