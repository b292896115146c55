import type { Event } from "@aws-sdk/client-lambda";
import type { ErrorObject, Operation } from "@aws/durable-execution-sdk-js";

/** How an execution that a history tells of has ended. */
export interface ExecutionEnd {
  readonly status: "SUCCEEDED" | "FAILED" | "STOPPED" | "TIMED_OUT";
  /** JSON text. */
  readonly result: string | undefined;
  readonly error: ErrorObject | undefined;
}

/** The end of the execution, if the event tells of it. */
export function executionEnd(event: Event): ExecutionEnd | undefined {
  const [family, step] = partsOf(event);
  if (family !== "Execution" || step === "Started" || step === "Cancelled") return undefined;
  const { Result, Error: error } = detailsOf(event);
  return { status: STATUS[step], result: Result?.Payload, error: error?.Payload };
}

/**
 * What the events about an operation, in their order, make of it.
 *
 * @throws Error when there are none, or one is about no operation.
 */
export function operationFromEvents(id: string, events: readonly Event[]): Operation {
  const [first] = events;
  if (first === undefined) throw new Error(`No event is about ${id}.`);
  const started: Operation = {
    Id: id,
    ParentId: first.ParentId,
    Name: first.Name,
    SubType: first.SubType,
    Type: typeOf(first),
    Status: "STARTED",
    StartTimestamp: first.EventTimestamp,
  };
  return events.reduce(withEvent, started);
}

function typeOf(event: Event): Operation["Type"] {
  const [family] = partsOf(event);
  if (family === undefined) throw new Error(`A ${event.EventType} is about no operation.`);
  return TYPE[family];
}

const TYPE = {
  Execution: "EXECUTION",
  Context: "CONTEXT",
  Step: "STEP",
  Wait: "WAIT",
  ChainedInvoke: "CHAINED_INVOKE",
  Callback: "CALLBACK",
} as const;

const STATUS = {
  Started: "STARTED",
  Succeeded: "SUCCEEDED",
  Failed: "FAILED",
  TimedOut: "TIMED_OUT",
  Stopped: "STOPPED",
  Cancelled: "CANCELLED",
} as const;

const EVENT_TYPE = new RegExp(
  `^(${Object.keys(TYPE).join("|")})(${Object.keys(STATUS).join("|")})$`,
);

/** `["Step", "Failed"]` of a StepFailed. */
function partsOf({
  EventType = "InvocationCompleted",
}: Event): readonly [family: keyof typeof TYPE | undefined, step: keyof typeof STATUS] {
  const [, family, step] = EVENT_TYPE.exec(EventType) ?? [];
  return [family as keyof typeof TYPE | undefined, (step ?? "Started") as keyof typeof STATUS];
}

/** What the details of events say, whichever they are. */
interface Details {
  readonly Result?: { readonly Payload?: string | undefined } | undefined;
  readonly Error?: { readonly Payload?: ErrorObject | undefined } | undefined;
  readonly RetryDetails?:
    | {
        readonly CurrentAttempt?: number | undefined;
        readonly NextAttemptDelaySeconds?: number | undefined;
      }
    | undefined;
  readonly CallbackId?: string | undefined;
  readonly ScheduledEndTimestamp?: Date | undefined;
}

function detailsOf(event: Event): Details {
  return (Reflect.get(event, `${event.EventType}Details`) as Details | undefined) ?? {};
}

function withEvent(operation: Operation, event: Event): Operation {
  const [, step] = partsOf(event);
  const details = detailsOf(event);
  const Result = details.Result?.Payload;
  const Error = details.Error?.Payload;
  const { EventTimestamp } = event;
  const now: Operation = {
    ...operation,
    Status: STATUS[step],
    ...(step === "Started" ? {} : { EndTimestamp: EventTimestamp }),
  };
  switch (operation.Type) {
    case "CALLBACK": {
      const { CallbackId = operation.CallbackDetails?.CallbackId } = details;
      return { ...now, CallbackDetails: { CallbackId, Result, Error } };
    }
    case "CONTEXT":
      return { ...now, ContextDetails: { Result, Error } };
    case "CHAINED_INVOKE":
      return { ...now, ChainedInvokeDetails: { Result, Error } };
    case "WAIT": {
      const { ScheduledEndTimestamp = operation.WaitDetails?.ScheduledEndTimestamp } = details;
      return { ...now, WaitDetails: { ScheduledEndTimestamp } };
    }
    case "STEP": {
      const { CurrentAttempt: Attempt = operation.StepDetails?.Attempt, NextAttemptDelaySeconds } =
        details.RetryDetails ?? {};
      const StepDetails = { Attempt, Result, Error };
      if (NextAttemptDelaySeconds === undefined) return { ...now, StepDetails };
      // An attempt has ended, the step has not.
      const endedAt = EventTimestamp?.getTime() ?? 0;
      const NextAttemptTimestamp = new Date(endedAt + NextAttemptDelaySeconds * 1000);
      return {
        ...operation,
        Status: "PENDING",
        StepDetails: { ...StepDetails, NextAttemptTimestamp },
      };
    }
    case "EXECUTION":
    case undefined:
      return now;
  }
}
