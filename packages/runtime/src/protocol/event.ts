import type { ErrorObject } from "./error-object.ts";

/** A payload in an event: JSON text. */
export interface EventPayload {
  readonly Payload?: string | undefined;
  readonly Truncated?: boolean | undefined;
}

/** An error in an event. */
export interface EventError {
  readonly Payload?: ErrorObject | undefined;
  readonly Truncated?: boolean | undefined;
}

/** How often a step was tried. */
export interface RetryDetails {
  /** 1 for the first attempt. */
  readonly CurrentAttempt: number;
  /** Seconds to the next attempt; absent when there is none. */
  readonly NextAttemptDelaySeconds?: number | undefined;
}

interface Failed {
  readonly Error: EventError;
}
interface Succeeded {
  readonly Result: EventPayload;
}

/** The details of every kind of history event, by event type. Durations are seconds. */
export interface HistoryEventDetails {
  readonly ExecutionStarted: {
    readonly Input: EventPayload;
    readonly ExecutionTimeout?: number | undefined;
  };
  readonly ExecutionSucceeded: Succeeded;
  readonly ExecutionFailed: Failed;
  readonly ExecutionTimedOut: { readonly Error?: EventError | undefined };
  readonly ExecutionStopped: Failed;
  readonly ContextStarted: object;
  readonly ContextSucceeded: Succeeded;
  readonly ContextFailed: Failed;
  readonly StepStarted: object;
  readonly StepSucceeded: Succeeded & { readonly RetryDetails: RetryDetails };
  readonly StepFailed: Failed & { readonly RetryDetails: RetryDetails };
  readonly WaitStarted: { readonly Duration: number; readonly ScheduledEndTimestamp: Date };
  readonly WaitSucceeded: { readonly Duration: number };
  readonly WaitCancelled: { readonly Error?: EventError | undefined };
  readonly CallbackStarted: {
    readonly CallbackId: string;
    readonly Timeout?: number | undefined;
    readonly HeartbeatTimeout?: number | undefined;
  };
  readonly CallbackSucceeded: Succeeded;
  readonly CallbackFailed: Failed;
  readonly CallbackTimedOut: Failed;
  readonly ChainedInvokeStarted: {
    readonly FunctionName: string;
    readonly TenantId?: string | undefined;
    readonly Input: EventPayload;
    readonly ExecutedVersion?: string | undefined;
    readonly DurableExecutionArn?: string | undefined;
  };
  readonly ChainedInvokeSucceeded: Succeeded;
  readonly ChainedInvokeFailed: Failed;
  readonly ChainedInvokeTimedOut: Failed;
  readonly ChainedInvokeStopped: Failed;
  readonly InvocationCompleted: {
    readonly StartTimestamp: Date;
    readonly EndTimestamp: Date;
    readonly RequestId: string;
    readonly Error?: EventError | undefined;
  };
}

/** The kinds of history event. */
export type EventType = keyof HistoryEventDetails;

interface EventBase {
  /** Counts from 1, the ExecutionStarted. */
  readonly EventId: number;
  readonly EventTimestamp: Date;
  /** The operation's id; absent on InvocationCompleted. */
  readonly Id?: string | undefined;
  readonly ParentId?: string | undefined;
  readonly Name?: string | undefined;
  readonly SubType?: string | undefined;
}

/**
 * One event of an execution's history, in the service's own shape: a union on `EventType`, with the
 * details under `<EventType>Details`.
 */
export type HistoryEvent = {
  [Type in EventType]: EventBase & { readonly EventType: Type } & {
    readonly [Details in `${Type}Details`]: HistoryEventDetails[Type];
  };
}[EventType];
