import type { ErrorObject } from "@durabletest/runtime";
import type { HistoryEvent, Operation, ServiceLimits } from "@durabletest/runtime/protocol";

/** Where an execution stands. */
export type ExecutionStatus = "RUNNING" | "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "STOPPED";

/**
 * One operation: what the service tells handlers about it, and what it keeps to itself. Records are
 * replaced, never changed, so that whoever holds one holds a moment.
 */
export interface OperationRecord {
  readonly operation: Operation;
  readonly callback?: CallbackDeadlines | undefined;
  /** Seconds, of a WAIT. */
  readonly waitSeconds?: number | undefined;
  /** Of a CHAINED_INVOKE. */
  readonly invoke?: InvokeTarget | undefined;
}

/** What a CHAINED_INVOKE invokes. */
export interface InvokeTarget {
  readonly functionName: string;
  readonly tenantId: string | undefined;
  /** JSON text. */
  readonly payload: string | undefined;
  /** Of the execution it starts, when the function is a durable one. */
  readonly executionArn: string | undefined;
}

/** What a service is set up with. */
export interface ServiceSetup {
  readonly limits: ServiceLimits;
  /** Names or ARNs of functions that start an execution of their own when they are invoked. */
  readonly durableFunctions: readonly string[];
  /** Names or ARNs of all others. */
  readonly functions: readonly string[];
}

/** When the silence of the outside world ends a callback. Epoch milliseconds. */
interface CallbackDeadlines {
  readonly timeoutAt?: number | undefined;
  readonly heartbeatAt?: number | undefined;
  readonly heartbeatSeconds?: number | undefined;
}

/** The invocation that is going on. */
interface RunningInvocation {
  readonly requestId: string;
  readonly startedAt: number;
  /** The state it was given, for the pages it has not fetched yet. */
  readonly operations: readonly Operation[];
  /** No more checkpoints are taken from it: it has been answered without a token. */
  readonly tokenWithheld?: true;
}

/**
 * One execution, as plain data: with the clock and the timers it is all that a suspended execution is.
 *
 * Times are epoch milliseconds.
 */
export interface ExecutionState {
  readonly setup: ServiceSetup;
  readonly arn: string;
  /** JSON text; absent when the execution was started without input. */
  readonly input: string | undefined;
  readonly startedAt: number;
  status: ExecutionStatus;
  endedAt: number | undefined;
  /** JSON text. */
  result: string | undefined;
  error: ErrorObject | undefined;

  /** In the order in which they started; without the EXECUTION. */
  readonly operations: Map<string, OperationRecord>;
  /** What an invocation is given: those not pruned, the ended ones in the order in which they ended. */
  readonly replayable: Map<string, Operation>;
  /** The last one in `replayable`. */
  lastListed: string | undefined;
  /** Operations that time or the world will change: others wait for the handler, if they are open. */
  movableCount: number;
  /** Operations directly inside a CONTEXT, by its id. */
  readonly children: Map<string, string[]>;
  /** Operation ids by callback id. */
  readonly callbackIds: Map<string, string>;
  readonly history: HistoryEvent[];

  /** The token that the next checkpoint must bring, as a count. */
  token: number;
  invocation: RunningInvocation | undefined;
  invocationCount: number;
  /** There was no invocation yet, or the last one was to end early. */
  mustInvoke: boolean;
  /** Changed since the handler was last told, in the order of the changes. */
  readonly untold: Set<string>;
  /** Changed from outside without any invocation having been told. */
  readonly changedFromOutside: Set<string>;
}

/** A copy that goes on alone. What is in the lists is never changed, so both may hold it. */
export function copyState(state: ExecutionState): ExecutionState {
  return {
    ...state,
    operations: new Map(state.operations),
    replayable: new Map(state.replayable),
    children: new Map([...state.children].map(([id, children]) => [id, [...children]])),
    callbackIds: new Map(state.callbackIds),
    history: [...state.history],
    untold: new Set(state.untold),
    changedFromOutside: new Set(state.changedFromOutside),
  };
}

/** A timer of the service. Its due time travels beside it. */
export interface ServiceTimer {
  readonly kind: "wait" | "retry" | "callback-timeout" | "callback-heartbeat" | "execution-timeout";
  /** The execution's ARN for its own timeout. */
  readonly operationId: string;
}

/** What the world around the service must do. */
export type Effect =
  | { readonly kind: "arm"; readonly timer: ServiceTimer; readonly dueAt: number }
  | { readonly kind: "disarm"; readonly timer: ServiceTimer }
  | { readonly kind: "callback-started"; readonly operationId: string }
  | { readonly kind: "invoke-started"; readonly operationId: string; readonly target: InvokeTarget }
  /** All timers are void. */
  | { readonly kind: "execution-ended" };

/** The id under which the EXECUTION itself stands among the operations of an invocation. */
export const EXECUTION_ID = "execution";
