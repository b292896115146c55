import type { ErrorObject } from "@durabletest/runtime";
import type { EventType } from "@durabletest/runtime/protocol";

/** One event of a recorded history, checked, and the same whatever it was read from. */
export interface RecordedEvent {
  readonly type: EventType;
  /** Counts from 1. */
  readonly eventId: number;
  /** Epoch milliseconds. */
  readonly at: number;
  /** Absent on InvocationCompleted. */
  readonly operationId: string | undefined;
  readonly parentId: string | undefined;
  readonly name: string | undefined;
  readonly subType: string | undefined;
  readonly details: EventDetails;
}

/** What events say besides, under one name each. */
export interface EventDetails {
  /** JSON text: of an Input or a Result. */
  readonly payload?: string | undefined;
  readonly error?: ErrorObject | undefined;
  /** The service has left out the rest of the payload or error. */
  readonly isTruncated: boolean;
  /** The event says that all of its payload or error is there, be it nothing. */
  readonly isWhole: boolean;
  /** Seconds to the next attempt of a step; absent where there is none. */
  readonly retrySeconds?: number | undefined;
  /** Of a wait. */
  readonly waitSeconds?: number | undefined;
  readonly callbackId?: string | undefined;
  /** Of a callback, or the execution. */
  readonly timeoutSeconds?: number | undefined;
  /** Of a callback. */
  readonly heartbeatSeconds?: number | undefined;
  /** Of an invocation: its request, and when it began, in epoch milliseconds. */
  readonly requestId?: string | undefined;
  readonly startedAt?: number | undefined;
  readonly functionName?: string | undefined;
}

/** The types of events, in the order of the protocol's list. */
export const EVENT_TYPES: readonly EventType[] = [
  "ExecutionStarted",
  "ExecutionSucceeded",
  "ExecutionFailed",
  "ExecutionTimedOut",
  "ExecutionStopped",
  "ContextStarted",
  "ContextSucceeded",
  "ContextFailed",
  "StepStarted",
  "StepSucceeded",
  "StepFailed",
  "WaitStarted",
  "WaitSucceeded",
  "WaitCancelled",
  "CallbackStarted",
  "CallbackSucceeded",
  "CallbackFailed",
  "CallbackTimedOut",
  "ChainedInvokeStarted",
  "ChainedInvokeSucceeded",
  "ChainedInvokeFailed",
  "ChainedInvokeTimedOut",
  "ChainedInvokeStopped",
  "InvocationCompleted",
];

/** Whether an operation begins with it; a step does so with every attempt. */
export function isStart({ type }: RecordedEvent): boolean {
  return type.endsWith("Started") && type !== "ExecutionStarted";
}

/** Whether it says something about the execution as a whole: its beginning, its end. */
export function isAboutExecution({ type }: RecordedEvent): boolean {
  return type.startsWith("Execution");
}

export function isEndOfExecution(event: RecordedEvent): boolean {
  return isAboutExecution(event) && event.type !== "ExecutionStarted";
}

/** Another attempt of the step follows. */
export function isRetry({ type, details }: RecordedEvent): boolean {
  return (type === "StepSucceeded" || type === "StepFailed") && (details.retrySeconds ?? 0) > 0;
}

/** How an event is named in messages: `event 7 (StepStarted "charge")`. */
export function eventTitle({ eventId, type, name }: RecordedEvent): string {
  return `event ${eventId} (${type}${name === undefined ? "" : ` ${JSON.stringify(name)}`})`;
}
