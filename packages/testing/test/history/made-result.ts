import { appendEvent, eventPayload } from "../../src/history/events.ts";
import { type DurableResult, takeResult } from "../../src/result.ts";
import { startExecution } from "../../src/service/service.ts";
import type { ExecutionState, OperationRecord } from "../../src/service/state.ts";

/** 2025-01-01T00:00:00.000Z */
export const START = 1_735_689_600_000;

/** A result of what no handler here does, such as to invoke another function. */
export function madeResult(
  records: readonly OperationRecord[],
  change: (state: ExecutionState) => void = () => {},
): DurableResult<unknown> {
  const { state } = startExecution({
    arn: "arn",
    input: undefined,
    now: START,
    timeoutSeconds: undefined,
  });
  for (const record of records) state.operations.set(record.operation.Id, record);
  change(state);
  return takeResult({
    state,
    now: START,
    startedAt: START,
    invocations: [],
    world: [],
    unusedScripts: [],
  });
}

/** Invocations of other functions, one with every outcome there is. */
export function resultWithInvokes(): DurableResult<unknown> {
  const statuses = ["SUCCEEDED", "FAILED", "TIMED_OUT", "STOPPED", "STARTED"] as const;
  const records = statuses.map((Status, index): OperationRecord => {
    const error = { ErrorType: "Refused", ErrorMessage: "no" };
    return {
      operation: {
        Id: `invoke-${index}`,
        Name: Status.toLowerCase(),
        Type: "CHAINED_INVOKE",
        Status,
        StartTimestamp: new Date(START),
        ...(Status === "STARTED" ? {} : { EndTimestamp: new Date(START + 1000) }),
        ChainedInvokeDetails: Status === "SUCCEEDED" ? { Result: "1" } : { Error: error },
      },
    };
  });
  return madeResult(records, (state) => {
    for (const { operation } of records) {
      const Input = eventPayload(operation.Name === "started" ? undefined : '{"id":1}');
      const details = { FunctionName: "other", Input };
      appendEvent(state, { type: "ChainedInvokeStarted", at: START, operation, details });
    }
    const [succeeded, failed, timedOut, stopped] = records.map(({ operation }) => operation);
    const at = START + 1000;
    const Failure = { Error: { Payload: { ErrorType: "Refused", ErrorMessage: "no" } } };
    if (!succeeded || !failed || !timedOut || !stopped) throw new Error("All four are there.");
    const Result = eventPayload("1");
    appendEvent(state, {
      type: "ChainedInvokeSucceeded",
      at,
      operation: succeeded,
      details: { Result },
    });
    appendEvent(state, { type: "ChainedInvokeFailed", at, operation: failed, details: Failure });
    appendEvent(state, {
      type: "ChainedInvokeTimedOut",
      at,
      operation: timedOut,
      details: Failure,
    });
    appendEvent(state, { type: "ChainedInvokeStopped", at, operation: stopped, details: Failure });
  });
}
