import type {
  CheckpointRequest,
  CheckpointResponse,
  ErrorObject,
  ExecutionStateRequest,
  ExecutionStateResponse,
} from "@durabletest/runtime";
import {
  isEnded,
  type Operation,
  type OperationUpdate,
  type DurableExecutionInvocationInput,
  type DurableExecutionInvocationOutput,
} from "@durabletest/runtime/protocol";
import { appendEvent, eventError, eventPayload } from "./events.ts";
import { ServiceException } from "./service-error.ts";
import {
  type Effect,
  EXECUTION_ID,
  type ExecutionState,
  type ExecutionStatus,
  type ServiceSetup,
  type ServiceTimer,
} from "./state.ts";
import { applyCallbackUpdate, endCallback } from "./transitions/callback.ts";
import { applyContextUpdate } from "./transitions/context.ts";
import { applyInvokeUpdate } from "./transitions/invoke.ts";
import { applyRetryDue, applyStepUpdate } from "./transitions/step.ts";
import { applyWaitDue, applyWaitUpdate } from "./transitions/wait.ts";
import { validateBatch } from "./validate.ts";

/**
 * The durable execution service, as functions over plain data: a state, a time and a request make a
 * changed state, an answer, and effects for the world around it.
 *
 * Owns: what is legal, what is recorded, what an invocation is told.
 * Does not own: timers and their order (`time/`), the invoking (`driver.ts`).
 *
 * Invariants
 * 1. Ended operations and ended executions never change.
 * 2. A request that is refused has changed nothing.
 * 3. Every change of an operation is told to the handler once: in a checkpoint's answer or in the state
 *    of the next invocation.
 */

/** Pages of a state: as many operations, and about as many bytes, as one answer holds. */
const PAGE_OPERATIONS = 1000;
const PAGE_BYTES = 4_000_000;

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

/** Begins an invocation and makes its event. */
export function beginInvocation(
  state: ExecutionState,
  now: number,
): DurableExecutionInvocationInput {
  if (state.invocation !== undefined) throw new Error("An invocation is going on already.");
  state.invocationCount += 1;
  state.token += 1;
  const operations = [executionOperation(state), ...state.replayable.values()];
  const requestId = `${state.arn}/invocation/${state.invocationCount}`;
  state.invocation = { requestId, startedAt: now, operations };
  const UpdatedOperationIds = [...state.changedFromOutside];
  state.untold.clear();
  state.changedFromOutside.clear();
  return {
    DurableExecutionArn: state.arn,
    CheckpointToken: String(state.token),
    ...(state.invocationCount > 1 ? { UpdatedOperationIds } : {}),
    InitialExecutionState: page(operations, 0),
  };
}

/**
 * Applies a batch of updates, whole or not at all.
 *
 * @throws ServiceException
 */
export function checkpoint(
  state: ExecutionState,
  now: number,
  request: CheckpointRequest,
): { readonly response: CheckpointResponse; readonly effects: readonly Effect[] } {
  authorise(state, request);
  const updates = request.Updates ?? [];
  validateBatch(state, updates);
  const effects: Effect[] = [];
  for (const update of updates) applyUpdate(state, now, update, effects);
  state.token += 1;
  const Operations: Operation[] = [];
  for (const id of state.untold) {
    const record = state.operations.get(id);
    if (record !== undefined) Operations.push(record.operation);
    state.changedFromOutside.delete(id);
  }
  state.untold.clear();
  const CheckpointToken = String(state.token);
  return { response: { CheckpointToken, NewExecutionState: { Operations } }, effects };
}

/**
 * The next page of the state the running invocation was given.
 *
 * @throws ServiceException
 */
export function executionStatePage(
  state: ExecutionState,
  request: ExecutionStateRequest,
): ExecutionStateResponse {
  const invocation = authorise(state, request);
  const from = Number(request.Marker ?? 0);
  if (!Number.isInteger(from) || from < 0 || from > invocation.operations.length) {
    throw new ServiceException(
      "InvalidParameterValueException",
      `Invalid Marker: ${JSON.stringify(request.Marker)}`,
    );
  }
  return page(invocation.operations, from, request.MaxItems);
}

/** How an invocation ended, from the service's point of view. */
export type InvocationOutcome =
  | { readonly kind: "answered"; readonly output: DurableExecutionInvocationOutput }
  /** The sandbox died, or the function's promise rejected. */
  | { readonly kind: "died"; readonly error: ErrorObject };

/** A handler that waits for nothing would never be invoked again. */
const NOTHING_PENDING: ErrorObject = {
  ErrorType: "InvalidParameterValueException",
  ErrorMessage:
    "Cannot return PENDING status with no pending operations. Older versions of AWS's SDK answer so when a replay meets another operation than was recorded: was one renamed, or called in another order?",
};

/** Ends the running invocation, and the execution if the handler has answered for good. */
export function completeInvocation(
  state: ExecutionState,
  now: number,
  outcome: InvocationOutcome,
): readonly Effect[] {
  const { invocation } = state;
  if (invocation === undefined) throw new Error("No invocation is going on.");
  state.invocation = undefined;
  appendEvent(state, {
    type: "InvocationCompleted",
    at: now,
    details: {
      StartTimestamp: new Date(invocation.startedAt),
      EndTimestamp: new Date(now),
      RequestId: invocation.requestId,
      ...(outcome.kind === "died" ? { Error: eventError(outcome.error) } : {}),
    },
  });
  if (outcome.kind === "died" || state.status !== "RUNNING") return [];
  switch (outcome.output.Status) {
    case "PENDING":
      return state.movableCount > 0 || state.untold.size > 0
        ? []
        : endExecution(state, now, { status: "FAILED", error: NOTHING_PENDING });
    case "SUCCEEDED":
      // A result too large for the answer was checkpointed before.
      return endExecution(state, now, {
        status: "SUCCEEDED",
        result: state.result ?? outcome.output.Result,
      });
    case "FAILED":
      return endExecution(state, now, { status: "FAILED", error: outcome.output.Error });
  }
}

/** Whether the handler must be invoked without anything more happening. */
export function needsInvocation(state: ExecutionState): boolean {
  return (
    state.status === "RUNNING" &&
    state.invocation === undefined &&
    (state.invocationCount === 0 || state.untold.size > 0)
  );
}

/** Ends the execution from outside: nothing the handler does counts any more. */
export function stopExecution(
  state: ExecutionState,
  now: number,
  end: { readonly status: "TIMED_OUT" | "STOPPED"; readonly error: ErrorObject },
): readonly Effect[] {
  if (state.invocation !== undefined) {
    const ErrorMessage = "The execution ended during the invocation.";
    completeInvocation(state, now, {
      kind: "died",
      error: { ErrorType: "Abandoned", ErrorMessage },
    });
  }
  return endExecution(state, now, end);
}

/** A timer has come due. */
export function applyTimer(
  state: ExecutionState,
  now: number,
  timer: ServiceTimer,
): readonly Effect[] {
  const effects: Effect[] = [];
  const { operationId } = timer;
  switch (timer.kind) {
    case "wait":
      applyWaitDue(state, now, operationId);
      break;
    case "retry":
      applyRetryDue(state, operationId);
      break;
    case "callback-timeout":
      endCallback(
        state,
        operationId,
        { at: now, status: "TIMED_OUT", errorType: "Callback.Timeout" },
        effects,
      );
      break;
    case "callback-heartbeat":
      endCallback(
        state,
        operationId,
        { at: now, status: "TIMED_OUT", errorType: "Callback.Heartbeat" },
        effects,
      );
      break;
    case "execution-timeout":
      return stopExecution(state, now, {
        status: "TIMED_OUT",
        error: {
          ErrorType: "ExecutionTimeout",
          ErrorMessage: "The execution ran longer than its timeout.",
        },
      });
  }
  return effects;
}

function applyUpdate(
  state: ExecutionState,
  now: number,
  update: OperationUpdate,
  effects: Effect[],
): void {
  switch (update.Type) {
    case "STEP":
      applyStepUpdate(state, now, update, effects);
      return;
    case "WAIT":
      applyWaitUpdate(state, now, update, effects);
      return;
    case "CALLBACK":
      applyCallbackUpdate(state, now, update, effects);
      return;
    case "CONTEXT":
      applyContextUpdate(state, now, update);
      return;
    case "EXECUTION":
      // The invocation's answer ends the execution; this is its result, ahead of it.
      if (update.Action === "SUCCEED") state.result = update.Payload;
      return;
    case "CHAINED_INVOKE":
      applyInvokeUpdate(state, now, update, effects);
      return;
  }
}

type ExecutionEnd =
  | { readonly status: "SUCCEEDED"; readonly result: string | undefined }
  | {
      readonly status: Exclude<ExecutionStatus, "RUNNING" | "SUCCEEDED">;
      readonly error: ErrorObject;
    };

function endExecution(state: ExecutionState, now: number, end: ExecutionEnd): readonly Effect[] {
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

function authorise(
  state: ExecutionState,
  request: { readonly DurableExecutionArn: string; readonly CheckpointToken: string },
): NonNullable<ExecutionState["invocation"]> {
  const { invocation } = state;
  if (
    invocation !== undefined &&
    state.status === "RUNNING" &&
    request.DurableExecutionArn === state.arn &&
    request.CheckpointToken === String(state.token)
  ) {
    return invocation;
  }
  throw new ServiceException(
    "InvalidParameterValueException",
    `Invalid Checkpoint Token: ${request.CheckpointToken}`,
  );
}

function executionOperation(state: ExecutionState): Operation {
  return {
    Id: EXECUTION_ID,
    Type: "EXECUTION",
    Status: "STARTED",
    StartTimestamp: new Date(state.startedAt),
    ExecutionDetails: state.input === undefined ? {} : { InputPayload: state.input },
  };
}

function page(
  operations: readonly Operation[],
  from: number,
  maxItems: number = PAGE_OPERATIONS,
): { readonly Operations: readonly Operation[]; readonly NextMarker?: string } {
  const end = Math.min(operations.length, from + Math.max(1, Math.min(maxItems, PAGE_OPERATIONS)));
  let bytes = 0;
  let to = from;
  while (to < end && (to === from || bytes < PAGE_BYTES)) {
    bytes += payloadLength(operations[to]);
    to += 1;
  }
  const Operations =
    from === 0 && to === operations.length ? operations : operations.slice(from, to);
  return to < operations.length ? { Operations, NextMarker: String(to) } : { Operations };
}

function payloadLength(operation: Operation | undefined): number {
  if (operation === undefined) return 0;
  const { ExecutionDetails, ContextDetails, StepDetails, CallbackDetails } = operation;
  return (
    (ExecutionDetails?.InputPayload?.length ?? 0) +
    (ContextDetails?.Result?.length ?? 0) +
    (StepDetails?.Result?.length ?? 0) +
    (CallbackDetails?.Result?.length ?? 0)
  );
}

/** Whether a callback of this execution can still be completed. */
export function isCallbackOpen(state: ExecutionState, operationId: string): boolean {
  const record = state.operations.get(operationId);
  return state.status === "RUNNING" && record !== undefined && !isEnded(record.operation.Status);
}
