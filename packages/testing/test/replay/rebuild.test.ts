import type { Operation } from "@durabletest/runtime/protocol";
import { describe, expect, test } from "vitest";
import { readEvents } from "../../src/replay/read-history.ts";
import { applyEvent, stateAtStart } from "../../src/replay/rebuild.ts";

interface Fields {
  readonly Id?: string;
  readonly ParentId?: string;
  readonly SubType?: string;
  readonly details?: object;
}

/** The operations of a state that is made of events, as the next invocation would be given them. */
function operationsAfter(...given: readonly (readonly [string, Fields?])[]): readonly Operation[] {
  const [started, ...events] = readEvents(
    [
      ["ExecutionStarted", { Id: "e", details: { Input: { Payload: "7" } } }] as const,
      ...given,
    ].map(([EventType, { details = {}, ...fields } = {}], index) => ({
      EventType,
      EventId: index + 1,
      EventTimestamp: index,
      Id: "1",
      ...fields,
      [`${EventType}Details`]: details,
    })),
  );
  const state = stateAtStart(started!);
  expect(state.input).toBe("7");
  for (const event of events) applyEvent(state, event);
  return [...state.replayable.values()];
}

const error = { ErrorType: "Declined", ErrorMessage: "no money" };
const failure = { details: { Error: { Payload: error } } };
const result = { details: { Result: { Payload: '"yes"' } } };
const answered = { Result: '"yes"' };
const failed = { Error: error };

describe("an event makes of an operation what the service makes of it", () => {
  test.for<[string, string, Fields, Partial<Operation>]>([
    ["WaitStarted", "WaitSucceeded", {}, { Type: "WAIT", Status: "SUCCEEDED" }],
    ["WaitStarted", "WaitCancelled", {}, { Type: "WAIT", Status: "CANCELLED" }],
    ["StepStarted", "StepSucceeded", result, { Status: "SUCCEEDED" }],
    ["StepStarted", "StepFailed", failure, { Status: "FAILED" }],
    ["CallbackStarted", "CallbackSucceeded", result, { Status: "SUCCEEDED" }],
    ["CallbackStarted", "CallbackFailed", failure, { Status: "FAILED" }],
    ["ContextStarted", "ContextSucceeded", result, { Status: "SUCCEEDED" }],
    ["ContextStarted", "ContextFailed", failure, { Status: "FAILED" }],
    ["ChainedInvokeStarted", "ChainedInvokeSucceeded", result, { ChainedInvokeDetails: answered }],
    ["ChainedInvokeStarted", "ChainedInvokeFailed", failure, { ChainedInvokeDetails: failed }],
    ["ChainedInvokeStarted", "ChainedInvokeTimedOut", failure, { Status: "TIMED_OUT" }],
    ["ChainedInvokeStarted", "ChainedInvokeStopped", failure, { Status: "STOPPED" }],
  ])("%s, %s", ([start, end, fields, expected]) => {
    const [operation, ...others] = operationsAfter([start], [end, fields]);
    expect(others).toEqual([]);
    expect(operation).toMatchObject({ Id: "1", EndTimestamp: new Date(2000), ...expected });
  });

  test.for(["Callback.Timeout", "Callback.Heartbeat"])(
    "a callback that has met %s",
    (ErrorType) => {
      const timedOut = { details: { Error: { Payload: { ErrorType } } } };
      const [operation] = operationsAfter(
        ["CallbackStarted", { details: { CallbackId: "abc=" } }],
        ["CallbackTimedOut", timedOut],
      );
      expect(operation).toMatchObject({
        Status: "TIMED_OUT",
        CallbackDetails: { CallbackId: "abc=", Error: { ErrorType } },
      });
    },
  );

  test("a step that is tried again keeps count, and the state that it polls with", () => {
    const retry = { RetryDetails: { CurrentAttempt: 1, NextAttemptDelaySeconds: 5 } };
    const polled = { details: { Result: { Payload: "3" }, ...retry } };
    const [pending] = operationsAfter(["StepStarted"], ["StepSucceeded", polled]);
    expect(pending).toMatchObject({ Status: "PENDING", StepDetails: { Attempt: 1, Result: "3" } });
    const [again] = operationsAfter(["StepStarted"], ["StepSucceeded", polled], ["StepStarted"]);
    expect(again).toMatchObject({ Status: "STARTED", StepDetails: { Attempt: 1, Result: "3" } });
    const last = { details: { Error: { Payload: error }, RetryDetails: { CurrentAttempt: 2 } } };
    const [ended] = operationsAfter(
      ["StepStarted"],
      ["StepFailed", { details: { Error: { Payload: error }, ...retry } }],
      ["StepStarted"],
      ["StepFailed", last],
    );
    expect(ended).toMatchObject({ Status: "FAILED", StepDetails: { Attempt: 2, Error: error } });
  });

  test("what says nothing of operations changes none", () => {
    expect(operationsAfter(["InvocationCompleted"], ["ExecutionStopped"])).toEqual([]);
  });
});

describe("what is inside a context that has closed", () => {
  const closing = (details: object, ...inside: readonly (readonly [string, Fields?])[]) =>
    operationsAfter(["ContextStarted"], ...inside, ["ContextSucceeded", { details }]).map(
      ({ Id }) => Id,
    );
  const step = ["StepStarted", { Id: "2", ParentId: "1" }] as const;

  test("is not sent any more", () => {
    expect(closing({ Result: { Payload: "1" } }, step)).toEqual(["1"]);
  });

  test.for(["", '{"type":"MapResult","totalCount":2}', '{"type":"ChildContextResult"}'])(
    "is sent where the result was too large: %j",
    (Payload) => {
      expect(closing({ Result: { Payload } }, step)).toEqual(["2", "1"]);
    },
  );

  test("is sent while somebody may still ask for a callback", () => {
    const callback = ["CallbackStarted", { Id: "2", ParentId: "1" }] as const;
    const ended = ["CallbackSucceeded", { Id: "2", ParentId: "1", ...result }] as const;
    expect(closing({ Result: { Payload: "1" } }, callback)).toEqual(["2", "1"]);
    expect(closing({ Result: { Payload: "1" } }, callback, ended)).toEqual(["2", "1"]);
  });

  test("is not sent where a waitForCallback has asked for it", () => {
    const SubType = "WaitForCallback";
    const operations = operationsAfter(
      ["ContextStarted", { SubType }],
      ["CallbackStarted", { Id: "2", ParentId: "1" }],
      ["CallbackSucceeded", { Id: "2", ParentId: "1", ...result }],
      ["ContextSucceeded", { SubType, ...result }],
    );
    expect(operations.map(({ Id }) => Id)).toEqual(["1"]);
  });
});
