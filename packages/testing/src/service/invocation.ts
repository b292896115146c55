import type {
  ErrorObject,
  ExecutionStateRequest,
  ExecutionStateResponse,
} from "@durabletest/runtime";
import type {
  DurableExecutionInvocationInput,
  DurableExecutionInvocationOutput,
  Operation,
} from "@durabletest/runtime/protocol";
import { appendEvent, eventError } from "./events.ts";
import { requestId } from "./function-name.ts";
import { ServiceException } from "./service-error.ts";
import { type Effect, EXECUTION_ID, type ExecutionState } from "./state.ts";
import { endExecution } from "./transitions/execution.ts";

/** Pages of a state: as many operations, and about as many bytes, as one answer holds. */
const PAGE_OPERATIONS = 1000;
const PAGE_BYTES = 4_000_000;

/** Begins an invocation and makes its event. */
export function beginInvocation(
  state: ExecutionState,
  now: number,
): DurableExecutionInvocationInput {
  if (state.invocation !== undefined) throw new Error("An invocation is going on already.");
  state.invocationCount += 1;
  state.mustInvoke = false;
  state.token += 1;
  const operations = [executionOperation(state), ...state.replayable.values()];
  state.invocation = {
    requestId: requestId(state.arn, state.invocationCount),
    startedAt: now,
    operations,
  };
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

/**
 * No more checkpoints are taken from the running invocation, whose last one is answered without a token. It
 * ends with PENDING, and another one follows.
 */
export function withholdToken(state: ExecutionState): void {
  if (state.invocation === undefined) return;
  state.token += 1;
  state.invocation = { ...state.invocation, tokenWithheld: true };
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
  if (outcome.kind === "died") return [];
  switch (outcome.output.Status) {
    case "PENDING":
      if (invocation.tokenWithheld === true) {
        state.mustInvoke = true;
        return [];
      }
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
    (state.mustInvoke || state.untold.size > 0)
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

/**
 * Whether a request comes from the running invocation, with its latest token.
 *
 * @throws ServiceException
 */
export function authorise(
  state: ExecutionState,
  request: { readonly DurableExecutionArn: string; readonly CheckpointToken: string },
): NonNullable<ExecutionState["invocation"]> {
  const { invocation } = state;
  if (
    invocation !== undefined &&
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

/** The EXECUTION, as an invocation is given it. */
export function executionOperation(state: ExecutionState): Operation {
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
  const count = Math.max(1, Math.min(maxItems, PAGE_OPERATIONS));
  const Operations: Operation[] = [];
  let bytes = 0;
  for (const operation of operations.slice(from, from + count)) {
    if (bytes >= PAGE_BYTES) break;
    bytes += payloadLength(operation);
    Operations.push(operation);
  }
  const to = from + Operations.length;
  return to < operations.length ? { Operations, NextMarker: String(to) } : { Operations };
}

function payloadLength({
  ExecutionDetails,
  ContextDetails,
  StepDetails,
  CallbackDetails,
}: Operation): number {
  return (
    (ExecutionDetails?.InputPayload?.length ?? 0) +
    (ContextDetails?.Result?.length ?? 0) +
    (StepDetails?.Result?.length ?? 0) +
    (CallbackDetails?.Result?.length ?? 0)
  );
}
