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
  const [, step] =
    /^Execution(Succeeded|Failed|Stopped|TimedOut)$/.exec(event.EventType ?? "") ?? [];
  if (step === undefined) return undefined;
  const { Result, Error: error } = detailsOf(event);
  const status = STATUS[step as "Succeeded" | "Failed" | "Stopped" | "TimedOut"];
  return { status, result: Result?.Payload, error: error?.Payload };
}

/**
 * What the events about an operation, in their order, make of it.
 *
 * @throws Error when there are none, or one is about no operation.
 */
export function operationFromEvents(id: string, events: readonly Event[]): Operation {
  const [first = {}] = events;
  const { ParentId, Name, SubType, EventTimestamp: StartTimestamp } = first;
  const Type = TYPE[partsOf(first).family];
  const started = { Id: id, ParentId, Name, SubType, Type, StartTimestamp };
  return events.reduce<KnownOperation>(withEvent, { ...started, Status: STATUS.Started });
}

const TYPE = {
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

interface KnownOperation extends Operation {
  readonly Type: (typeof TYPE)[keyof typeof TYPE];
}

const EVENT_TYPE = new RegExp(
  `^(${Object.keys(TYPE).join("|")})(${Object.keys(STATUS).join("|")})$`,
);

/**
 * `Step` and `Failed` of a StepFailed.
 *
 * @throws Error when the event is about no operation.
 */
function partsOf({ EventType }: Event): {
  readonly family: keyof typeof TYPE;
  readonly step: keyof typeof STATUS;
} {
  const parts = EVENT_TYPE.exec(EventType ?? "");
  if (parts === null) throw new Error(`An event ${EventType} is about no operation.`);
  return { family: parts[1] as keyof typeof TYPE, step: parts[2] as keyof typeof STATUS };
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

function withEvent(operation: KnownOperation, event: Event): KnownOperation {
  const { step } = partsOf(event);
  const details = detailsOf(event);
  const Result = details.Result?.Payload;
  const Error = details.Error?.Payload;
  const { EventTimestamp } = event;
  const now: KnownOperation = {
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
  }
}
