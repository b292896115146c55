import type { ErrorObject } from "@durabletest/runtime";
import { isEnded, type OperationUpdate } from "@durabletest/runtime/protocol";
import { appendEvent, eventError, eventPayload } from "../events.ts";
import { executionArn, findFunction, FUNCTION_VERSION } from "../function-name.ts";
import type { Effect, ExecutionState } from "../state.ts";
import { cancel, changedFromOutside, recordOf, setRecord, startedOperation } from "./record.ts";

/** START and CANCEL of a CHAINED_INVOKE. */
export function applyInvokeUpdate(
  state: ExecutionState,
  now: number,
  update: OperationUpdate,
  effects: Effect[],
): void {
  const operationId = update.Id;
  if (update.Action === "CANCEL") {
    cancel(state, operationId, now);
    return; // the service has no event for it
  }
  const { FunctionName = "", TenantId } = update.ChainedInvokeOptions ?? {};
  const { durableFunctions, functions } = state.setup;
  const known = findFunction(FunctionName, [...durableFunctions, ...functions]);
  const target = {
    functionName: FunctionName,
    tenantId: TenantId,
    payload: update.Payload,
    executionArn: durableFunctions.some((name) => name === known)
      ? executionArn(FunctionName, `${state.arn}/${operationId}`)
      : undefined,
  };
  const operation = startedOperation(update, now);
  setRecord(state, { operation, invoke: target });
  appendEvent(state, {
    type: "ChainedInvokeStarted",
    at: now,
    operation,
    details: {
      FunctionName,
      ...(TenantId === undefined ? {} : { TenantId }),
      Input: eventPayload(update.Payload),
      ExecutedVersion: FUNCTION_VERSION,
      ...(target.executionArn === undefined ? {} : { DurableExecutionArn: target.executionArn }),
    },
  });
  effects.push({ kind: "invoke-started", operationId, target });
}

/** How what was invoked has ended. */
export type InvokeEnd =
  | { readonly status: "SUCCEEDED"; readonly result: string | undefined }
  | { readonly status: "FAILED" | "TIMED_OUT" | "STOPPED"; readonly error: ErrorObject };

/** What was invoked has ended. Nothing happens if nobody waits for it any more. */
export function endInvoke(
  state: ExecutionState,
  operationId: string,
  now: number,
  end: InvokeEnd,
): void {
  const record = recordOf(state, operationId);
  const { operation } = record;
  if (state.status !== "RUNNING" || isEnded(operation.Status)) return;
  setRecord(state, {
    ...record,
    operation: {
      ...operation,
      Status: end.status,
      EndTimestamp: new Date(now),
      ChainedInvokeDetails:
        end.status === "SUCCEEDED" ? { Result: end.result } : { Error: end.error },
    },
  });
  const about = { at: now, operation };
  if (end.status === "SUCCEEDED") {
    const details = { Result: eventPayload(end.result) };
    appendEvent(state, { ...about, type: "ChainedInvokeSucceeded", details });
  } else {
    const type = (
      {
        FAILED: "ChainedInvokeFailed",
        TIMED_OUT: "ChainedInvokeTimedOut",
        STOPPED: "ChainedInvokeStopped",
      } as const
    )[end.status];
    appendEvent(state, { ...about, type, details: { Error: eventError(end.error) } });
  }
  changedFromOutside(state, operationId);
}
