import type { ErrorObject } from "@durabletest/runtime";
import { appendEvent, eventError, eventPayload } from "../events.ts";
import {
  type Effect,
  EXECUTION_ID,
  type ExecutionState,
  type ExecutionStatus,
  type ServiceSetup,
} from "../state.ts";

/** Begins an execution. */
export function startExecution(options: {
  readonly setup: ServiceSetup;
  readonly arn: string;
  readonly input: string | undefined;
  readonly now: number;
  readonly timeoutSeconds: number | undefined;
}): { readonly state: ExecutionState; readonly effects: readonly Effect[] } {
  const { setup, arn, input, now, timeoutSeconds } = options;
  const state: ExecutionState = {
    setup,
    arn,
    input,
    startedAt: now,
    status: "RUNNING",
    endedAt: undefined,
    result: undefined,
    error: undefined,
    operations: new Map(),
    replayable: new Map(),
    lastListed: undefined,
    movableCount: 0,
    children: new Map(),
    callbackIds: new Map(),
    history: [],
    token: 0,
    invocation: undefined,
    invocationCount: 0,
    mustInvoke: true,
    untold: new Set(),
    changedFromOutside: new Set(),
  };
  appendEvent(state, {
    type: "ExecutionStarted",
    at: now,
    operation: { Id: EXECUTION_ID },
    details: {
      Input: eventPayload(input),
      ...(timeoutSeconds === undefined ? {} : { ExecutionTimeout: timeoutSeconds }),
    },
  });
  if (timeoutSeconds === undefined) return { state, effects: [] };
  const timer = { kind: "execution-timeout", operationId: arn } as const;
  return { state, effects: [{ kind: "arm", timer, dueAt: now + timeoutSeconds * 1000 }] };
}

type ExecutionEnd =
  | { readonly status: "SUCCEEDED"; readonly result: string | undefined }
  | {
      readonly status: Exclude<ExecutionStatus, "RUNNING" | "SUCCEEDED">;
      readonly error: ErrorObject;
    };

/** Ends an execution for good. */
export function endExecution(
  state: ExecutionState,
  now: number,
  end: ExecutionEnd,
): readonly Effect[] {
  if (state.status !== "RUNNING") throw new Error("The execution has ended already.");
  state.status = end.status;
  state.endedAt = now;
  const about = { at: now, operation: { Id: EXECUTION_ID } };
  switch (end.status) {
    case "SUCCEEDED":
      state.result = end.result;
      appendEvent(state, {
        ...about,
        type: "ExecutionSucceeded",
        details: { Result: eventPayload(end.result) },
      });
      break;
    case "FAILED":
    case "TIMED_OUT":
    case "STOPPED": {
      const type = (
        {
          FAILED: "ExecutionFailed",
          TIMED_OUT: "ExecutionTimedOut",
          STOPPED: "ExecutionStopped",
        } as const
      )[end.status];
      state.result = undefined;
      state.error = end.error;
      appendEvent(state, { ...about, type, details: { Error: eventError(end.error) } });
    }
  }
  return [{ kind: "execution-ended" }];
}
