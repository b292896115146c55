import type { HistoryEvent } from "@durabletest/runtime/protocol";
import type { DurableService, ExecutionDescription } from "../../../src/server/durable-service.ts";

export const ARN =
  "arn:aws:lambda:us-east-1:123456789012:function:f:$LATEST/durable-execution/test/0b51b8c4-6b53";

export const startedAt: Date = new Date("2026-01-02T03:04:05.678Z");
export const endedAt: Date = new Date("2026-01-03T00:00:00.001Z");

export const execution: ExecutionDescription = {
  arn: ARN,
  name: "test",
  functionArn: "arn:aws:lambda:us-east-1:123456789012:function:f:$LATEST",
  version: "$LATEST",
  status: "SUCCEEDED",
  startedAt,
  endedAt,
  input: '{"order":7}',
  result: '"done"',
  error: undefined,
  timeoutSeconds: 3600,
};

/** A call of the service: the method, and what it was given. */
export type ServiceCall = readonly [method: string, ...given: readonly unknown[]];

/** The service behind an HTTP interface under test: says what it is told to say, and remembers calls. */
export function fakeService(
  answers: Partial<DurableService> = {},
): DurableService & { readonly calls: ServiceCall[] } {
  const calls: ServiceCall[] = [];
  const service: DurableService = {
    requested: () => {},
    checkpoint: () => ({ CheckpointToken: "t-2", NewExecutionState: {} }),
    executionState: () => ({ Operations: [] }),
    execution: () => execution,
    history: () => history,
    executionsOf: () => [execution],
    stop: () => endedAt,
    moveCallback: () => {},
    ...answers,
  };
  const recorded = <Method extends keyof DurableService>(
    method: Method,
  ): DurableService[Method] => {
    const original = service[method] as (...given: unknown[]) => unknown;
    return ((...given: unknown[]) => {
      calls.push([method, ...given]);
      return original(...given);
    }) as DurableService[Method];
  };
  return {
    calls,
    requested: (arn, userAgent) => service.requested(arn, userAgent),
    checkpoint: recorded("checkpoint"),
    executionState: recorded("executionState"),
    execution: recorded("execution"),
    history: recorded("history"),
    executionsOf: recorded("executionsOf"),
    stop: recorded("stop"),
    moveCallback: recorded("moveCallback"),
  };
}

const at = (EventId: number) => ({ EventId, EventTimestamp: startedAt, Id: `op-${EventId}` });

/** One event of every form of details. */
export const history: readonly HistoryEvent[] = [
  {
    ...at(1),
    EventType: "ExecutionStarted",
    ExecutionStartedDetails: { Input: { Payload: '{"order":7}' }, ExecutionTimeout: 3600 },
  },
  { ...at(2), EventType: "StepStarted", Name: "work", SubType: "Step", StepStartedDetails: {} },
  {
    ...at(3),
    EventType: "StepFailed",
    StepFailedDetails: {
      Error: { Payload: { ErrorType: "Error", ErrorMessage: "secret" }, Truncated: false },
      RetryDetails: { CurrentAttempt: 1, NextAttemptDelaySeconds: 5 },
    },
  },
  {
    ...at(4),
    EventType: "WaitStarted",
    ParentId: "op-2",
    WaitStartedDetails: { Duration: 60, ScheduledEndTimestamp: endedAt },
  },
  {
    ...at(5),
    EventType: "CallbackStarted",
    CallbackStartedDetails: { CallbackId: "cb", Timeout: 60, HeartbeatTimeout: 5 },
  },
  {
    EventId: 6,
    EventTimestamp: startedAt,
    EventType: "InvocationCompleted",
    InvocationCompletedDetails: {
      StartTimestamp: startedAt,
      EndTimestamp: endedAt,
      RequestId: "r-1",
    },
  },
  {
    ...at(7),
    EventType: "ExecutionSucceeded",
    ExecutionSucceededDetails: { Result: { Payload: '"secret"', Truncated: false } },
  },
];
