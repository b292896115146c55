import { appendEvent, eventPayload } from "../../src/service/events.ts";
import { type DurableResult, type Invocation, type Notice, takeResult } from "../../src/result.ts";
import { startExecution } from "../../src/service/service.ts";
import type { ExecutionState, OperationRecord } from "../../src/service/state.ts";
import { setup } from "../support/setup.ts";

/** 2025-01-01T00:00:00.000Z */
export const START = 1_735_689_600_000;

/** A result of what no handler here does, such as to invoke another function. */
function madeResult(
  records: readonly OperationRecord[],
  change: (state: ExecutionState) => void = () => {},
  invocations: readonly Invocation[] = [],
  notices: readonly Notice[] = [],
): DurableResult<unknown> {
  const { state } = startExecution({
    setup,
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
    invocations,
    world: [],
    unusedScripts: { callbacks: [], steps: [] },
    notices,
    callbacksElsewhere: [],
  });
}

/** An operation, and a handler that waits for it. */
export function waitingResult(operation: OperationRecord["operation"]): DurableResult<unknown> {
  const at = new Date(START);
  const suspended = {
    requestId: "1",
    startedAt: at,
    endedAt: at,
    status: "PENDING",
    error: undefined,
  } as const;
  return madeResult([{ operation }], () => {}, [suspended]);
}

/** What this service never does, but the protocol allows. */
export function oddResult(): DurableResult<unknown> {
  const at = START;
  const started = { Status: "STARTED", StartTimestamp: new Date(START) } as const;
  const wait = { ...started, Id: "1", Type: "WAIT" } as const;
  const context = { ...started, Id: "2", Type: "CONTEXT" } as const;
  const callback = {
    ...started,
    Id: "3",
    ParentId: "2",
    Type: "CALLBACK",
    CallbackDetails: { CallbackId: "short" },
  } as const;
  const records = [wait, context, callback].map((operation) => ({ operation }));
  return madeResult(records, (state) => {
    appendEvent(state, { type: "WaitCancelled", at, operation: wait, details: {} });
    const details = { Result: eventPayload(undefined) };
    appendEvent(state, { type: "CallbackSucceeded", at, operation: callback, details });
    const Failure = { Error: {} };
    appendEvent(state, { type: "CallbackFailed", at, operation: callback, details: Failure });
    appendEvent(state, {
      type: "InvocationCompleted",
      at,
      details: { StartTimestamp: new Date(at), EndTimestamp: new Date(at), RequestId: "1" },
    });
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

/** Two invocations, the first one with something that its author may not have meant. */
export function resultWithNotices(): DurableResult<unknown> {
  const at = new Date(START);
  const step = {
    Id: "charge-1",
    Name: "charge",
    Type: "STEP",
    Status: "STARTED",
    StartTimestamp: at,
  } as const;
  const invocation = {
    requestId: "1",
    startedAt: at,
    endedAt: at,
    status: "PENDING",
    error: undefined,
  } as const;
  const completed = { StartTimestamp: at, EndTimestamp: at, RequestId: "1" };
  return madeResult(
    [{ operation: step }],
    (state) => {
      appendEvent(state, { type: "StepStarted", at: START, operation: step, details: {} });
      appendEvent(state, { type: "InvocationCompleted", at: START, details: completed });
      appendEvent(state, { type: "InvocationCompleted", at: START, details: completed });
    },
    [invocation, invocation],
    [
      {
        kind: "operation-not-awaited",
        at,
        invocation: 1,
        message: "nobody awaits it.\nAwait it.",
        operationId: "charge-1",
        callSite: "at handler (src/order.ts:12:5)",
      },
      {
        kind: "timer-cut-off",
        at,
        invocation: 2,
        message: "a timer of 5s was cut off by the suspension.",
        operationId: undefined,
        callSite: undefined,
      },
    ],
  );
}
