import { isEnded, ServiceLimits } from "@durabletest/runtime/protocol";
import { executionArn } from "../service/function-name.ts";
import { startExecution } from "../service/service.ts";
import type { ExecutionState } from "../service/state.ts";
import { applyCallbackUpdate, endCallback } from "../service/transitions/callback.ts";
import { applyContextUpdate } from "../service/transitions/context.ts";
import { applyInvokeUpdate, endInvoke } from "../service/transitions/invoke.ts";
import { recordOf, setRecord } from "../service/transitions/record.ts";
import { applyRetryDue, applyStepUpdate } from "../service/transitions/step.ts";
import { applyWaitDue, applyWaitUpdate } from "../service/transitions/wait.ts";
import { isRetry, type RecordedEvent } from "./recorded-event.ts";

/** What a history does not tell: the ARN of the execution. */
const ARN = executionArn("durable-test", "replay");

/**
 * The state of an execution that has just begun.
 *
 * @param event - its ExecutionStarted.
 */
export function stateAtStart({ at, details }: RecordedEvent, arn: string = ARN): ExecutionState {
  const { state } = startExecution({
    setup: { limits: ServiceLimits, durableFunctions: [], functions: [] },
    arn,
    input: details.payload,
    now: at,
    timeoutSeconds: undefined,
  });
  return state;
}

/** What no event tells of whoever had it recorded. */
export interface RecordedBy {
  /** The SDK that asks the service to keep what is inside a context because of callbacks made in there. */
  readonly keepsCallbacks: boolean;
}

/**
 * Does to a state what an event tells of, by the rules of the service. What follows from it is in later events.
 *
 * @param by - Default: our runtime.
 */
export function applyEvent(
  state: ExecutionState,
  event: RecordedEvent,
  by: RecordedBy = { keepsCallbacks: true },
): void {
  const { type, at, operationId: Id = "", details } = event;
  const { parentId: ParentId, name: Name, subType: SubType } = event;
  const about = { Id, ParentId, Name, SubType };
  const { payload: Payload, error: Error = {} } = details;
  switch (type) {
    case "ContextStarted":
      applyContextUpdate(state, at, { ...about, Type: "CONTEXT", Action: "START" });
      return;
    case "ContextSucceeded":
    case "ContextFailed": {
      const ContextOptions = { ReplayChildren: keepsChildren(state, event, by) };
      const context = { ...about, Type: "CONTEXT", ContextOptions } as const;
      const succeeded = type === "ContextSucceeded";
      applyContextUpdate(
        state,
        at,
        succeeded
          ? { ...context, Action: "SUCCEED", Payload }
          : { ...context, Action: "FAIL", Error },
      );
      return;
    }
    case "StepStarted":
      startStep(state, event);
      return;
    case "StepSucceeded":
    case "StepFailed": {
      const outcome = type === "StepSucceeded" ? { Payload } : { Error };
      const Action = isRetry(event) ? "RETRY" : type === "StepSucceeded" ? "SUCCEED" : "FAIL";
      const StepOptions = { NextAttemptDelaySeconds: details.retrySeconds };
      applyStepUpdate(state, at, { ...about, ...outcome, Type: "STEP", Action, StepOptions }, []);
      return;
    }
    case "WaitStarted": {
      const WaitOptions = { WaitSeconds: details.waitSeconds };
      applyWaitUpdate(state, at, { ...about, Type: "WAIT", Action: "START", WaitOptions }, []);
      return;
    }
    case "WaitSucceeded":
      applyWaitDue(state, at, Id);
      return;
    case "WaitCancelled":
      applyWaitUpdate(state, at, { ...about, Type: "WAIT", Action: "CANCEL" }, []);
      return;
    case "CallbackStarted":
      startCallback(state, event);
      return;
    case "CallbackSucceeded":
      endCallback(state, Id, { at, status: "SUCCEEDED", result: Payload }, []);
      return;
    case "CallbackFailed":
      endCallback(state, Id, { at, status: "FAILED", error: Error }, []);
      return;
    case "CallbackTimedOut": {
      const isHeartbeat = Error.ErrorType === "Callback.Heartbeat";
      const errorType = isHeartbeat ? "Callback.Heartbeat" : "Callback.Timeout";
      endCallback(state, Id, { at, status: "TIMED_OUT", errorType }, []);
      return;
    }
    case "ChainedInvokeStarted": {
      const ChainedInvokeOptions = { FunctionName: details.functionName };
      const update = { ...about, Type: "CHAINED_INVOKE", Action: "START" } as const;
      applyInvokeUpdate(state, at, { ...update, Payload, ChainedInvokeOptions }, []);
      return;
    }
    case "ChainedInvokeSucceeded":
      endInvoke(state, Id, at, { status: "SUCCEEDED", result: Payload });
      return;
    case "ChainedInvokeFailed":
      endInvoke(state, Id, at, { status: "FAILED", error: Error });
      return;
    case "ChainedInvokeTimedOut":
      endInvoke(state, Id, at, { status: "TIMED_OUT", error: Error });
      return;
    case "ChainedInvokeStopped":
      endInvoke(state, Id, at, { status: "STOPPED", error: Error });
      return;
    case "ExecutionStarted":
    case "ExecutionSucceeded":
    case "ExecutionFailed":
    case "ExecutionTimedOut":
    case "ExecutionStopped":
    case "InvocationCompleted":
      return; // no handler is told of it
  }
}

function startStep(state: ExecutionState, event: RecordedEvent): void {
  const { at, operationId: Id = "", parentId: ParentId, name: Name, subType: SubType } = event;
  const known = state.operations.get(Id)?.operation;
  // That the delay was over is no event of its own.
  if (known?.Status === "PENDING") applyRetryDue(state, Id);
  const Type = "STEP";
  applyStepUpdate(state, at, { Id, ParentId, Name, SubType, Type, Action: "START" }, []);
}

function startCallback(state: ExecutionState, event: RecordedEvent): void {
  const { at, operationId: Id = "", parentId: ParentId, name: Name, subType: SubType } = event;
  const Type = "CALLBACK";
  const { callbackId: CallbackId, timeoutSeconds, heartbeatSeconds } = event.details;
  const CallbackOptions = {
    TimeoutSeconds: timeoutSeconds,
    HeartbeatTimeoutSeconds: heartbeatSeconds,
  };
  const update = { Id, ParentId, Name, SubType, Type, CallbackOptions, Action: "START" } as const;
  applyCallbackUpdate(state, at, update, []);
  if (CallbackId === undefined) return;
  const record = recordOf(state, Id);
  setRecord(state, {
    ...record,
    operation: { ...record.operation, CallbackDetails: { CallbackId } },
  });
  state.callbackIds.set(CallbackId, Id);
}

/** What SDKs store of a result that is too large to be stored. */
const SUMMARY = /^\{"type":"(?:MapResult|ParallelResult|ChildContextResult)"/;

/**
 * Whether the service goes on sending the children of a context that closes, so that its body can run again.
 * No event tells. SDKs ask for it when a result is too large, and store nothing or a summary in its place; our
 * runtime, and no other, also when somebody may still ask for a callback that was made in there.
 */
function keepsChildren(
  state: ExecutionState,
  { operationId = "", details }: RecordedEvent,
  { keepsCallbacks }: RecordedBy,
): boolean {
  const { payload } = details;
  if (payload === "" || (payload !== undefined && SUMMARY.test(payload))) return true;
  return keepsCallbacks && mayBeAskedFor(state, operationId);
}

function mayBeAskedFor(state: ExecutionState, contextId: string): boolean {
  const context = state.operations.get(contextId)?.operation;
  let own = context?.SubType === "WaitForCallback" ? 1 : 0;
  return (state.children.get(contextId) ?? []).some((id) => {
    const child = state.replayable.get(id);
    if (child?.Type === "CONTEXT") return mayBeAskedFor(state, id);
    if (child?.Type !== "CALLBACK") return false;
    own -= 1;
    // That which a waitForCallback is about, it has asked for itself.
    return !isEnded(child.Status) || own < 0;
  });
}
