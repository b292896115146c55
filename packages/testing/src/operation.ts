import type { ErrorObject } from "@durabletest/runtime";
import type { OperationStatus, Operation as WireOperation } from "@durabletest/runtime/protocol";
import type { OperationRecord } from "./service/state.ts";
import { withSeenStack } from "./surroundings/seen-errors.ts";

interface OperationBase {
  readonly id: string;
  readonly name: string | undefined;
  /** What the operation is more precisely: `"WaitForCallback"`, `"RunInChildContext"`. */
  readonly subType: string | undefined;
  readonly status: OperationStatus;
  /** The id of the enclosing CONTEXT. */
  readonly parentId: string | undefined;
  readonly startedAt: Date;
  readonly endedAt: Date | undefined;
}

/** A callback, as it stands. */
export interface CallbackOperation extends OperationBase {
  readonly type: "CALLBACK";
  readonly callbackId: string;
  /** When its timeout passes. */
  readonly timeoutAt: Date | undefined;
  /** When its heartbeat timeout passes, unless a heartbeat comes. */
  readonly heartbeatAt: Date | undefined;
  /** The payload, parsed where it is JSON. */
  readonly result: unknown;
  readonly error: ErrorObject | undefined;
}

/** A step, as it stands. */
export interface StepOperation extends OperationBase {
  readonly type: "STEP";
  /** The number of the last attempt that was made: 1 for the first. */
  readonly attempt: number;
  /**
   * How often its function was called, over all attempts and invocations: more often than there are attempts
   * where an invocation died in its middle, or where it waited for a callback. `undefined` where that could
   * not be observed: a handler of AWS's SDK does not tell whether an invocation that died had got there.
   */
  readonly runs: number | undefined;
  /** How often its function came to its end: returned, or threw. `undefined` as for {@link runs}. */
  readonly completedRuns: number | undefined;
  /** When the next attempt is due; only between two attempts. */
  readonly nextAttemptAt: Date | undefined;
  /** What it returned, parsed where it is JSON. */
  readonly result: unknown;
  /** What it last threw. */
  readonly error: ErrorObject | undefined;
}

/** A wait, as it stands. */
export interface WaitOperation extends OperationBase {
  readonly type: "WAIT";
  readonly seconds: number;
  readonly scheduledEndAt: Date | undefined;
}

/** A child context, as it stands; also a `waitForCallback`, and a wait with a timeout of its own. */
export interface ContextOperation extends OperationBase {
  readonly type: "CONTEXT";
  /** What it returned, parsed where it is JSON. */
  readonly result: unknown;
  readonly error: ErrorObject | undefined;
}

/** An invocation of another function, as it stands. */
export interface ChainedInvokeOperation extends OperationBase {
  readonly type: "CHAINED_INVOKE";
  /** As the handler said it: a name or an ARN. */
  readonly functionName: string;
  readonly tenantId: string | undefined;
  /** The execution it started, if the function is a durable one: see `runner.execution`. */
  readonly executionArn: string | undefined;
  /** What the function was given, parsed where it is JSON. */
  readonly input: unknown;
  /** What it returned, parsed where it is JSON. */
  readonly result: unknown;
  readonly error: ErrorObject | undefined;
}

/**
 * One durable operation of an execution: a union on `type`.
 *
 * @example
 * ```ts
 * const callbacks = result.operations.filter((operation) => operation.type === "CALLBACK");
 * expect(callbacks[0]?.callbackId).toBeDefined();
 * ```
 */
export type Operation =
  | CallbackOperation
  | StepOperation
  | WaitOperation
  | ContextOperation
  | ChainedInvokeOperation;

/** How often the function of a step was called, and how often it came to its end. */
export interface StepRuns {
  readonly runs: number;
  readonly completedRuns: number;
}

/**
 * What a test sees of an operation.
 *
 * @param stepRuns - by operation id, as far as they have been observed.
 */
export function operationView(
  record: OperationRecord,
  stepRuns?: ReadonlyMap<string, StepRuns>,
): Operation {
  const { operation, callback, waitSeconds, invoke } = record;
  const { Type } = operation;
  const base: OperationBase = {
    id: operation.Id,
    name: operation.Name,
    subType: operation.SubType,
    status: operation.Status,
    parentId: operation.ParentId,
    startedAt: toDate(operation.StartTimestamp),
    endedAt: operation.EndTimestamp === undefined ? undefined : toDate(operation.EndTimestamp),
  };
  switch (Type) {
    case "CALLBACK": {
      const { CallbackId = "", Result, Error: error } = operation.CallbackDetails ?? {};
      return {
        ...base,
        type: Type,
        callbackId: CallbackId,
        timeoutAt: optionalDate(callback?.timeoutAt),
        heartbeatAt: optionalDate(callback?.heartbeatAt),
        result: parsePayload(Result),
        error: withSeenStack(error),
      };
    }
    case "STEP": {
      const {
        Attempt = 0,
        NextAttemptTimestamp,
        Result,
        Error: error,
      } = operation.StepDetails ?? {};
      return {
        ...base,
        type: Type,
        // It counts those that have ended.
        attempt: operation.Status === "STARTED" ? Attempt + 1 : Attempt,
        runs: stepRuns?.get(base.id)?.runs,
        completedRuns: stepRuns?.get(base.id)?.completedRuns,
        nextAttemptAt:
          NextAttemptTimestamp === undefined ? undefined : toDate(NextAttemptTimestamp),
        result: parsePayload(Result),
        error: withSeenStack(error),
      };
    }
    case "WAIT":
      return {
        ...base,
        type: Type,
        seconds: waitSeconds ?? 0,
        scheduledEndAt: optionalDate(operation.WaitDetails?.ScheduledEndTimestamp),
      };
    case "CONTEXT": {
      const { Result, Error: error } = operation.ContextDetails ?? {};
      return { ...base, type: Type, result: parsePayload(Result), error: withSeenStack(error) };
    }
    case "CHAINED_INVOKE": {
      const { Result, Error: error } = operation.ChainedInvokeDetails ?? {};
      return {
        ...base,
        type: Type,
        functionName: invoke?.functionName ?? "",
        tenantId: invoke?.tenantId,
        executionArn: invoke?.executionArn,
        input: parsePayload(invoke?.payload),
        result: parsePayload(Result),
        error: withSeenStack(error),
      };
    }
    case "EXECUTION":
      throw new Error("The EXECUTION is no operation of its own.");
  }
}

/** A payload as the value it stands for; a text that is no JSON stays a text. */
export function parsePayload(text: string | undefined): unknown {
  if (text === undefined || text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function toDate(timestamp: NonNullable<WireOperation["EndTimestamp"]>): Date {
  return new Date(timestamp);
}

function optionalDate(time: Date | string | number | undefined): Date | undefined {
  return time === undefined ? undefined : new Date(time);
}
