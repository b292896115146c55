import type { ErrorObject } from "./error-object.ts";

/** Kinds of durable operation. */
export const OperationType = {
  EXECUTION: "EXECUTION",
  CONTEXT: "CONTEXT",
  STEP: "STEP",
  WAIT: "WAIT",
  CALLBACK: "CALLBACK",
  CHAINED_INVOKE: "CHAINED_INVOKE",
} as const;
/** Kinds of durable operation. */
export type OperationType = (typeof OperationType)[keyof typeof OperationType];

/** Where an operation stands. PENDING and READY belong to steps between two attempts. */
export const OperationStatus = {
  STARTED: "STARTED",
  PENDING: "PENDING",
  READY: "READY",
  SUCCEEDED: "SUCCEEDED",
  FAILED: "FAILED",
  CANCELLED: "CANCELLED",
  TIMED_OUT: "TIMED_OUT",
  STOPPED: "STOPPED",
} as const;
/** Where an operation stands. PENDING and READY belong to steps between two attempts. */
export type OperationStatus = (typeof OperationStatus)[keyof typeof OperationStatus];

/** What an operation is more precisely; the service stores it and does not read it. */
export const OperationSubType = {
  STEP: "Step",
  WAIT: "Wait",
  CALLBACK: "Callback",
  RUN_IN_CHILD_CONTEXT: "RunInChildContext",
  WAIT_FOR_CALLBACK: "WaitForCallback",
  WAIT_FOR_CONDITION: "WaitForCondition",
  CHAINED_INVOKE: "ChainedInvoke",
  MAP: "Map",
  MAP_ITERATION: "MapIteration",
  PARALLEL: "Parallel",
  PARALLEL_BRANCH: "ParallelBranch",
  /** A by-id wait with a timeout of its own: a CONTEXT holding one WAIT. */
  CALLBACK_WAIT: "CallbackWait",
  CALLBACK_WAIT_TIMEOUT: "CallbackWaitTimeout",
} as const;

/** A `Date` from an API response; ISO 8601 text or epoch milliseconds from an invocation event. */
export type Timestamp = Date | string | number;

/**
 * An operation as the service sends it.
 *
 * Exactly one of the `…Details` fits `Type`; it may be absent when it has nothing to say.
 */
export interface Operation {
  readonly Id: string;
  /** The enclosing CONTEXT; absent at the top. */
  readonly ParentId?: string | undefined;
  readonly Name?: string | undefined;
  readonly Type: OperationType;
  readonly SubType?: string | undefined;
  readonly Status: OperationStatus;
  readonly StartTimestamp: Timestamp;
  readonly EndTimestamp?: Timestamp | undefined;
  readonly ExecutionDetails?: { readonly InputPayload?: string | undefined } | undefined;
  readonly ContextDetails?:
    | {
        /** The service keeps sending this context's children, so that its body can run again. */
        readonly ReplayChildren?: boolean | undefined;
        readonly Result?: string | undefined;
        readonly Error?: ErrorObject | undefined;
      }
    | undefined;
  readonly StepDetails?:
    | {
        /** Attempts that have ended: 0 during the first, 1 once a step has succeeded or failed at it. */
        readonly Attempt?: number | undefined;
        readonly NextAttemptTimestamp?: Timestamp | undefined;
        readonly Result?: string | undefined;
        readonly Error?: ErrorObject | undefined;
      }
    | undefined;
  readonly WaitDetails?: { readonly ScheduledEndTimestamp?: Timestamp | undefined } | undefined;
  readonly CallbackDetails?:
    | {
        readonly CallbackId?: string | undefined;
        readonly Result?: string | undefined;
        readonly Error?: ErrorObject | undefined;
      }
    | undefined;
  readonly ChainedInvokeDetails?:
    | { readonly Result?: string | undefined; readonly Error?: ErrorObject | undefined }
    | undefined;
}

/** Whether an operation with this status has ended and will never change again. */
export function isEnded(status: OperationStatus): boolean {
  switch (status) {
    case "STARTED":
    case "PENDING":
    case "READY":
      return false;
    case "SUCCEEDED":
    case "FAILED":
    case "CANCELLED":
    case "TIMED_OUT":
    case "STOPPED":
      return true;
  }
}
