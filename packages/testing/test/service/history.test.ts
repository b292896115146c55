import type { OperationUpdate } from "@durabletest/runtime/protocol";
import { describe, expect, test } from "vitest";
import { endCallback } from "../../src/service/transitions/callback.ts";
import { endInvoke } from "../../src/service/transitions/invoke.ts";
import { at, ServedExecution } from "../support/served-execution.ts";

const error = { ErrorType: "E", ErrorMessage: "no", StackTrace: ["at here"] };
/** As events have it: where it was thrown differs from machine to machine. */
const eventError = { Payload: { ErrorType: "E", ErrorMessage: "no" }, Truncated: false };

const invoked = (options?: ConstructorParameters<typeof ServedExecution>[0]): ServedExecution => {
  const execution = new ServedExecution(options);
  execution.invoke();
  return execution;
};

/** The events after the first, each as it is: no key is there that says nothing. */
const expectEvents = ({ state }: ServedExecution, events: readonly object[]): void => {
  expect(state.history.slice(1)).toStrictEqual(
    events.map((event, index) => ({ EventId: index + 2, EventTimestamp: at(0), ...event })),
  );
};

describe("the history of an execution begins", () => {
  test("with its input and its timeout", () => {
    const { state } = new ServedExecution({ input: '{"n":1}', timeoutSeconds: 60 });
    expect(state.history).toStrictEqual([
      {
        EventType: "ExecutionStarted",
        EventId: 1,
        EventTimestamp: at(0),
        Id: "execution",
        ExecutionStartedDetails: {
          Input: { Payload: '{"n":1}', Truncated: false },
          ExecutionTimeout: 60,
        },
      },
    ]);
  });

  test("without either, where there is none", () => {
    const execution = new ServedExecution();
    expect(execution.events("ExecutionStarted")[0]?.ExecutionStartedDetails).toStrictEqual({
      Input: { Truncated: false },
    });
    expect(execution.timers).toEqual({});
  });
});

describe("the history of an operation", () => {
  test("says what it is called, and where it stands, in every event", () => {
    const execution = invoked();
    const outer = { Id: "c", Type: "CONTEXT" } as const;
    const step = { Id: "s", Type: "STEP", Name: "charge", SubType: "Step", ParentId: "c" } as const;
    execution.checkpoint({ ...outer, Action: "START" }, { ...step, Action: "START" });
    execution.checkpoint({ Id: "s", Type: "STEP", Action: "SUCCEED", Payload: "7" });
    const names = { Id: "s", Name: "charge", SubType: "Step", ParentId: "c" };
    expectEvents(execution, [
      { EventType: "ContextStarted", Id: "c", ContextStartedDetails: {} },
      { EventType: "StepStarted", ...names, StepStartedDetails: {} },
      {
        EventType: "StepSucceeded",
        ...names,
        StepSucceededDetails: {
          Result: { Payload: "7", Truncated: false },
          RetryDetails: { CurrentAttempt: 1 },
        },
      },
    ]);
  });

  test("tells the end of a context: its result, or its error without the stack", () => {
    const execution = invoked();
    execution.checkpoint(
      { Id: "1", Type: "CONTEXT", Action: "SUCCEED", Payload: "7" },
      { Id: "2", Type: "CONTEXT", Action: "SUCCEED" },
      { Id: "3", Type: "CONTEXT", Action: "FAIL", Error: error },
      { Id: "4", Type: "CONTEXT", Action: "FAIL" },
    );
    expectEvents(execution, [
      {
        EventType: "ContextSucceeded",
        Id: "1",
        ContextSucceededDetails: { Result: { Payload: "7", Truncated: false } },
      },
      {
        EventType: "ContextSucceeded",
        Id: "2",
        ContextSucceededDetails: { Result: { Truncated: false } },
      },
      { EventType: "ContextFailed", Id: "3", ContextFailedDetails: { Error: eventError } },
      {
        EventType: "ContextFailed",
        Id: "4",
        ContextFailedDetails: { Error: { Payload: {}, Truncated: false } },
      },
    ]);
    expect(execution.operation("1")).toMatchObject({
      Status: "SUCCEEDED",
      EndTimestamp: at(0),
      ContextDetails: { ReplayChildren: false, Result: "7" },
    });
    expect(execution.operation("3")).toMatchObject({
      Status: "FAILED",
      ContextDetails: { ReplayChildren: false, Error: error },
    });
  });

  test("tells of a step that fails, and of one that asks for another attempt, with its delay", () => {
    const execution = invoked();
    const retry = {
      Type: "STEP",
      Action: "RETRY",
      StepOptions: { NextAttemptDelaySeconds: 5 },
    } as const;
    execution.checkpoint(
      { ...retry, Id: "failed", Error: error },
      { ...retry, Id: "polled", Payload: "1" },
      { Id: "over", Type: "STEP", Action: "FAIL" },
    );
    const RetryDetails = { CurrentAttempt: 1, NextAttemptDelaySeconds: 5 };
    expectEvents(execution, [
      {
        EventType: "StepFailed",
        Id: "failed",
        StepFailedDetails: { Error: eventError, RetryDetails },
      },
      {
        EventType: "StepSucceeded",
        Id: "polled",
        StepSucceededDetails: { Result: { Payload: "1", Truncated: false }, RetryDetails },
      },
      {
        EventType: "StepFailed",
        Id: "over",
        StepFailedDetails: {
          Error: { Payload: {}, Truncated: false },
          RetryDetails: { CurrentAttempt: 1 },
        },
      },
    ]);
    expect(execution.timers).toEqual({ "retry failed": 5, "retry polled": 5 });
    expect(execution.operation("failed")).toMatchObject({
      Status: "PENDING",
      StepDetails: { Attempt: 1, NextAttemptTimestamp: at(5), Error: error },
    });
    expect(execution.operation("polled")?.StepDetails).toEqual({
      Attempt: 1,
      NextAttemptTimestamp: at(5),
      Result: "1",
    });
    expect(execution.operation("over")).toMatchObject({ Status: "FAILED", EndTimestamp: at(0) });
    execution.pass(5);
    const [next] = execution
      .checkpoint({ Id: "polled", Type: "STEP", Action: "START" })
      .filter(({ Id }) => Id === "polled");
    // The state that it polls with is still there.
    expect(next).toMatchObject({ Status: "STARTED", StepDetails: { Attempt: 1, Result: "1" } });
  });

  test("tells how long a wait takes, until when, and that it is over or cancelled", () => {
    const execution = invoked();
    const wait = { Type: "WAIT", Action: "START", WaitOptions: { WaitSeconds: 60 } } as const;
    execution.checkpoint({ ...wait, Id: "1" }, { ...wait, Id: "2" });
    execution.checkpoint({ Id: "2", Type: "WAIT", Action: "CANCEL" });
    const started = { Duration: 60, ScheduledEndTimestamp: at(60) };
    expect(execution.operation("1")?.WaitDetails).toEqual({ ScheduledEndTimestamp: at(60) });
    expect(execution.timers).toEqual({ "wait 1": 60 });
    execution.pass(60);
    expectEvents(execution, [
      { EventType: "WaitStarted", Id: "1", WaitStartedDetails: started },
      { EventType: "WaitStarted", Id: "2", WaitStartedDetails: started },
      { EventType: "WaitCancelled", Id: "2", WaitCancelledDetails: {} },
      {
        EventType: "WaitSucceeded",
        Id: "1",
        EventTimestamp: at(60),
        WaitSucceededDetails: { Duration: 60 },
      },
    ]);
    expect(execution.operation("1")).toMatchObject({ Status: "SUCCEEDED", EndTimestamp: at(60) });
    expect(execution.operation("2")).toMatchObject({
      Status: "CANCELLED",
      EndTimestamp: at(0),
      WaitDetails: { ScheduledEndTimestamp: at(60) },
    });
  });

  test("tells a callback's deadlines where it has any, and how it ended", () => {
    const execution = invoked();
    const start = (Id: string, CallbackOptions?: OperationUpdate["CallbackOptions"]) =>
      ({ Id, Type: "CALLBACK", Action: "START", CallbackOptions }) as const;
    execution.checkpoint(
      start("1", { TimeoutSeconds: 90, HeartbeatTimeoutSeconds: 30 }),
      start("2", { TimeoutSeconds: 0, HeartbeatTimeoutSeconds: 0 }),
      start("3"),
      start("4", { TimeoutSeconds: 60 }),
    );
    const id = (of: string): string => execution.operation(of)?.CallbackDetails?.CallbackId ?? "";
    endCallback(execution.state, "2", { at: +at(0), status: "SUCCEEDED", result: "7" }, []);
    endCallback(execution.state, "3", { at: +at(0), status: "FAILED", error }, []);
    execution.pass(60);
    const heartbeat = {
      ErrorType: "Callback.Heartbeat",
      ErrorMessage: "Callback timed out on heartbeat",
    };
    const timeout = { ErrorType: "Callback.Timeout", ErrorMessage: "Callback timed out" };
    expectEvents(execution, [
      {
        EventType: "CallbackStarted",
        Id: "1",
        CallbackStartedDetails: { CallbackId: id("1"), Timeout: 90, HeartbeatTimeout: 30 },
      },
      { EventType: "CallbackStarted", Id: "2", CallbackStartedDetails: { CallbackId: id("2") } },
      { EventType: "CallbackStarted", Id: "3", CallbackStartedDetails: { CallbackId: id("3") } },
      {
        EventType: "CallbackStarted",
        Id: "4",
        CallbackStartedDetails: { CallbackId: id("4"), Timeout: 60 },
      },
      {
        EventType: "CallbackSucceeded",
        Id: "2",
        CallbackSucceededDetails: { Result: { Payload: "7", Truncated: false } },
      },
      { EventType: "CallbackFailed", Id: "3", CallbackFailedDetails: { Error: eventError } },
      {
        EventType: "CallbackTimedOut",
        Id: "1",
        EventTimestamp: at(30),
        CallbackTimedOutDetails: { Error: { Payload: heartbeat, Truncated: false } },
      },
      {
        EventType: "CallbackTimedOut",
        Id: "4",
        EventTimestamp: at(60),
        CallbackTimedOutDetails: { Error: { Payload: timeout, Truncated: false } },
      },
    ]);
    expect(["1", "2", "3", "4"].map((each) => execution.operation(each))).toMatchObject([
      { Status: "TIMED_OUT", EndTimestamp: at(30), CallbackDetails: { Error: heartbeat } },
      { Status: "SUCCEEDED", EndTimestamp: at(0), CallbackDetails: { Result: "7" } },
      { Status: "FAILED", CallbackDetails: { CallbackId: id("3"), Error: error } },
      { Status: "TIMED_OUT", CallbackDetails: { Error: timeout } },
    ]);
  });

  test("is silent about a callback or an invoke that is cancelled, which ends all the same", () => {
    const execution = invoked();
    execution.checkpoint(
      { Id: "k", Type: "CALLBACK", Action: "START", CallbackOptions: { TimeoutSeconds: 9 } },
      {
        Id: "i",
        Type: "CHAINED_INVOKE",
        Action: "START",
        ChainedInvokeOptions: { FunctionName: "f" },
      },
    );
    expect(execution.begun).toStrictEqual([
      { kind: "callback-started", operationId: "k" },
      {
        kind: "invoke-started",
        operationId: "i",
        target: {
          functionName: "f",
          tenantId: undefined,
          payload: undefined,
          executionArn: undefined,
        },
      },
    ]);
    const { length } = execution.state.history;
    execution.checkpoint(
      { Id: "k", Type: "CALLBACK", Action: "CANCEL" },
      { Id: "i", Type: "CHAINED_INVOKE", Action: "CANCEL" },
    );
    expect(execution.state.history).toHaveLength(length);
    for (const id of ["k", "i"]) {
      expect(execution.operation(id)).toMatchObject({ Status: "CANCELLED", EndTimestamp: at(0) });
    }
    expect(execution.timers).toEqual({});
    expect(Object.keys(execution.operation("k")?.CallbackDetails ?? {})).toEqual(["CallbackId"]);
  });

  test("tells what an invoke asks of which function, and what came of it", () => {
    const setup = { durableFunctions: ["ship"], functions: ["mail"] };
    const execution = invoked({ setup });
    const start = (Id: string, FunctionName: string, TenantId?: string): OperationUpdate => ({
      Id,
      Type: "CHAINED_INVOKE",
      Action: "START",
      Payload: '"hi"',
      ChainedInvokeOptions: { FunctionName, TenantId },
    });
    const others = ["2", "3", "4"];
    execution.checkpoint(start("1", "ship:live", "blue"), ...others.map((id) => start(id, "mail")));
    const [ship] = execution.begun;
    expect(execution.begun).toStrictEqual(
      ["1", ...others].map((operationId) => ({
        kind: "invoke-started",
        operationId,
        target: execution.state.operations.get(operationId)?.invoke,
      })),
    );
    const { executionArn } = ship?.kind === "invoke-started" ? ship.target : {};
    expect(ship).toMatchObject({
      target: { functionName: "ship:live", tenantId: "blue", payload: '"hi"' },
    });
    expect(executionArn).toMatch(/:function:ship:\$LATEST\/durable-execution\//);
    endInvoke(execution.state, "1", +at(0), { status: "SUCCEEDED", result: "7" });
    for (const [index, status] of (["FAILED", "TIMED_OUT", "STOPPED"] as const).entries()) {
      endInvoke(execution.state, others[index]!, +at(0), { status, error });
    }
    const Input = { Payload: '"hi"', Truncated: false };
    expectEvents(execution, [
      {
        EventType: "ChainedInvokeStarted",
        Id: "1",
        ChainedInvokeStartedDetails: {
          FunctionName: "ship:live",
          TenantId: "blue",
          Input,
          ExecutedVersion: "$LATEST",
          DurableExecutionArn: executionArn,
        },
      },
      ...others.map((Id) => ({
        EventType: "ChainedInvokeStarted",
        Id,
        ChainedInvokeStartedDetails: { FunctionName: "mail", Input, ExecutedVersion: "$LATEST" },
      })),
      {
        EventType: "ChainedInvokeSucceeded",
        Id: "1",
        ChainedInvokeSucceededDetails: { Result: { Payload: "7", Truncated: false } },
      },
      ...["Failed", "TimedOut", "Stopped"].map((verb, index) => ({
        EventType: `ChainedInvoke${verb}`,
        Id: others[index],
        [`ChainedInvoke${verb}Details`]: { Error: eventError },
      })),
    ]);
    expect(["1", ...others].map((id) => execution.operation(id))).toMatchObject([
      { Status: "SUCCEEDED", EndTimestamp: at(0), ChainedInvokeDetails: { Result: "7" } },
      { Status: "FAILED", EndTimestamp: at(0), ChainedInvokeDetails: { Error: error } },
      { Status: "TIMED_OUT", ChainedInvokeDetails: { Error: error } },
      { Status: "STOPPED", ChainedInvokeDetails: { Error: error } },
    ]);
  });

  test("names another execution for each invoke of a durable function, in each execution", () => {
    const arns = ["arn:one", "arn:two"].flatMap((arn) => {
      const execution = invoked({ arn, setup: { durableFunctions: ["ship"] } });
      const start = (Id: string): OperationUpdate => ({
        Id,
        Type: "CHAINED_INVOKE",
        Action: "START",
        ChainedInvokeOptions: { FunctionName: "ship" },
      });
      execution.checkpoint(start("1"), start("2"));
      return execution
        .events("ChainedInvokeStarted")
        .map((event) => event.ChainedInvokeStartedDetails.DurableExecutionArn);
    });
    expect(new Set(arns).size).toBe(4);
  });
});
