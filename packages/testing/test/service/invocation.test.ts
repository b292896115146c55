import { ServiceLimits, type Operation, type OperationUpdate } from "@durabletest/runtime/protocol";
import { describe, expect, test } from "vitest";
import {
  checkpoint,
  completeInvocation,
  executionStatePage,
  needsInvocation,
  stopExecution,
  withholdToken,
} from "../../src/service/service.ts";
import { endCallback } from "../../src/service/transitions/callback.ts";
import { endInvoke } from "../../src/service/transitions/invoke.ts";
import { at, ServedExecution, START } from "../support/served-execution.ts";
import { thrownBy } from "../support/thrown-by.ts";

const wait = (Id: string): OperationUpdate => ({
  Id,
  Type: "WAIT",
  Action: "START",
  WaitOptions: { WaitSeconds: 60 },
});
const step = (Id: string, Payload?: string): OperationUpdate => ({
  Id,
  Type: "STEP",
  Action: "SUCCEED",
  Payload,
});
const ids = (operations: readonly Operation[] | undefined) => operations?.map(({ Id }) => Id);

const invoked = (options?: ConstructorParameters<typeof ServedExecution>[0]): ServedExecution => {
  const execution = new ServedExecution(options);
  execution.invoke();
  return execution;
};

describe("an execution is invoked", () => {
  test("once to begin with, and not while an invocation is going on", () => {
    const execution = new ServedExecution();
    expect(needsInvocation(execution.state)).toBe(true);
    execution.invoke();
    expect(needsInvocation(execution.state)).toBe(false);
    expect(thrownBy(() => execution.invoke())).toMatchObject({
      message: "An invocation is going on already.",
    });
    expect(execution.state.invocationCount).toBe(1);
    execution.checkpoint(wait("w"));
    execution.pass(60);
    expect(needsInvocation(execution.state)).toBe(false);
  });

  test("again when something has changed, not before", () => {
    const execution = invoked();
    execution.checkpoint(wait("w"));
    execution.answer({ Status: "PENDING" });
    expect(execution.state.status).toBe("RUNNING");
    expect(needsInvocation(execution.state)).toBe(false);
    execution.pass(59);
    expect(needsInvocation(execution.state)).toBe(false);
    execution.pass(1);
    expect(needsInvocation(execution.state)).toBe(true);
  });

  test("never again once it has ended, whatever had changed", () => {
    const execution = invoked();
    execution.checkpoint(wait("w"), step("s"));
    execution.pass(60);
    execution.answer({ Status: "SUCCEEDED", Result: "7" });
    expect(execution.state).toMatchObject({ status: "SUCCEEDED", result: "7" });
    expect(needsInvocation(execution.state)).toBe(false);
  });
});

describe("an invocation is told", () => {
  test("the input, if there is one", () => {
    const [given] = new ServedExecution({ input: "7" }).invoke().InitialExecutionState.Operations!;
    expect(given).toStrictEqual({
      Id: "execution",
      Type: "EXECUTION",
      Status: "STARTED",
      StartTimestamp: at(0),
      ExecutionDetails: { InputPayload: "7" },
    });
    const [none] = new ServedExecution().invoke().InitialExecutionState.Operations!;
    expect(none?.ExecutionDetails).toStrictEqual({});
  });

  test("which operations the world has changed since the last word, from the second one on", () => {
    const execution = new ServedExecution();
    expect(execution.invoke()).not.toHaveProperty("UpdatedOperationIds");
    execution.checkpoint(wait("a"), { Id: "k", Type: "CALLBACK", Action: "START" }, wait("b"));
    execution.checkpoint({ Id: "b", Type: "WAIT", Action: "CANCEL" });
    execution.answer({ Status: "PENDING" });
    endCallback(execution.state, "k", { at: START, status: "SUCCEEDED", result: "7" }, []);
    execution.pass(60);
    expect(execution.invoke().UpdatedOperationIds).toEqual(["k", "a"]);
    execution.checkpoint(
      wait("c"),
      { Id: "r", Type: "STEP", Action: "RETRY", StepOptions: { NextAttemptDelaySeconds: 1 } },
      {
        Id: "i",
        Type: "CHAINED_INVOKE",
        Action: "START",
        ChainedInvokeOptions: { FunctionName: "f" },
      },
    );
    execution.answer({ Status: "PENDING" });
    endInvoke(execution.state, "i", START, { status: "SUCCEEDED", result: "7" });
    execution.pass(60);
    expect(execution.invoke().UpdatedOperationIds).toEqual(["i", "r", "c"]);
  });

  test("nothing for the second time: what a checkpoint has told is not told again", () => {
    const execution = invoked();
    execution.checkpoint(wait("a"), wait("b"));
    execution.pass(60);
    expect(ids(execution.checkpoint())).toEqual(["a", "b"]);
    expect(execution.checkpoint()).toEqual([]);
    execution.checkpoint(wait("d"));
    execution.answer({ Status: "PENDING" });
    execution.pass(60);
    expect(execution.invoke().UpdatedOperationIds).toEqual(["d"]);
    expect(execution.checkpoint()).toEqual([]);
    execution.checkpoint(wait("c"));
    execution.answer({ Status: "PENDING" });
    expect(execution.invoke().UpdatedOperationIds).toEqual([]);
  });
});

test("A token is good for one checkpoint of one invocation", () => {
  const execution = new ServedExecution();
  const { arn: DurableExecutionArn } = execution.state;
  const tokens: string[] = [];
  for (let count = 0; count < 3; count += 1) {
    tokens.push(execution.invoke().CheckpointToken);
    for (const Updates of [[wait(`${count}`)], undefined]) {
      for (const CheckpointToken of tokens.slice(0, -1)) {
        const spent = { DurableExecutionArn, CheckpointToken, Updates };
        expect(thrownBy(() => checkpoint(execution.state, START, spent))).toMatchObject({
          message: `Invalid Checkpoint Token: ${CheckpointToken}`,
        });
      }
      const request = { DurableExecutionArn, CheckpointToken: tokens.at(-1) ?? "", Updates };
      const { response } = checkpoint(execution.state, START, request);
      tokens.push(response.CheckpointToken ?? "");
    }
    execution.answer({ Status: "PENDING" });
  }
  expect(new Set(tokens).size).toBe(9);
});

describe("the state of an invocation comes in pages", () => {
  /** An invocation whose state has that many operations, with the EXECUTION. */
  const withOperations = (count: number): ServedExecution => {
    const execution = invoked();
    for (let from = 1; from < count; from += 250) {
      const length = Math.min(250, count - from);
      execution.checkpoint(...Array.from({ length }, (_, index) => step(`${from + index}`)));
    }
    execution.take(
      completeInvocation(execution.state, START, { kind: "died", error: { ErrorType: "Exit" } }),
    );
    return execution;
  };

  test.each([
    [1, 1, undefined],
    [1000, 1000, undefined],
    [1001, 1000, "1000"],
  ])("of a thousand operations at most: of %i, %i on the first", (count, first, NextMarker) => {
    const { Operations, ...rest } = withOperations(count).invoke().InitialExecutionState;
    expect(Operations).toHaveLength(first);
    expect(rest).toStrictEqual(NextMarker === undefined ? {} : { NextMarker });
  });

  test.each([
    [5000, 1000],
    [1000, 1000],
    [700, 700],
    [1, 1],
    [0, 1],
    [-3, 1],
  ])("asked for %i, it is of %i", (MaxItems, length) => {
    const execution = withOperations(1500);
    execution.invoke();
    const page = execution.page({ MaxItems });
    expect(page.Operations).toHaveLength(length);
    expect(page.NextMarker).toBe(`${length}`);
    const next = execution.page({ MaxItems, Marker: `${length}` });
    expect(next.Operations?.[0]?.Id).toBe(`${length}`);
  });

  test("up to the end, where a marker is still one, and not beyond", () => {
    const execution = withOperations(3);
    execution.invoke();
    expect(execution.page({ Marker: "2" })).toMatchObject({ Operations: [{ Id: "2" }] });
    expect(execution.page({ Marker: "3" })).toStrictEqual({ Operations: [] });
    for (const Marker of ["4", "-1", "0.5", "x"]) {
      expect(thrownBy(() => execution.page({ Marker }))).toMatchObject({
        name: "InvalidParameterValueException",
        message: `Invalid Marker: ${JSON.stringify(Marker)}`,
      });
    }
  });

  test("each of them for the running invocation only", () => {
    const execution = invoked();
    const { arn: DurableExecutionArn, token } = execution.state;
    const right = { DurableExecutionArn, CheckpointToken: String(token) };
    expect(executionStatePage(execution.state, right).Operations).toHaveLength(1);
    for (const wrong of [{ CheckpointToken: "0" }, { DurableExecutionArn: "arn:other" }]) {
      const refusal = thrownBy(() => executionStatePage(execution.state, { ...right, ...wrong }));
      expect(refusal).toMatchObject({ name: "InvalidParameterValueException" });
    }
  });

  const large = "x".repeat(2_000_000);
  const setup = { limits: { ...ServiceLimits, payloadBytes: 9e6, batchBytes: 9e6 } };

  test.each<[string, (execution: ServedExecution, Id: string) => void]>([
    ["steps", (execution, Id) => execution.checkpoint(step(Id, large))],
    [
      "contexts",
      (execution, Id) =>
        execution.checkpoint({ Id, Type: "CONTEXT", Action: "SUCCEED", Payload: large }),
    ],
    [
      "callbacks",
      (execution, Id) => {
        execution.checkpoint({ Id, Type: "CALLBACK", Action: "START" });
        endCallback(execution.state, Id, { at: START, status: "SUCCEEDED", result: large }, []);
      },
    ],
  ])("of some 4 MB: results of %s count", (_, make) => {
    const execution = invoked({ setup });
    // These say nothing that would count.
    execution.checkpoint(
      { Id: "1", Type: "STEP", Action: "START" },
      { Id: "2", Type: "CONTEXT", Action: "START" },
      { Id: "3", Type: "CALLBACK", Action: "START" },
      { Id: "4", Type: "CONTEXT", Action: "FAIL" },
    );
    for (const id of ["5", "6", "7"]) make(execution, id);
    execution.answer({ Status: "PENDING" });
    const { Operations, NextMarker } = execution.invoke().InitialExecutionState;
    expect(Operations).toHaveLength(7);
    const rest = execution.page({ Marker: NextMarker! });
    expect(rest.Operations).toHaveLength(1);
    expect(rest).not.toHaveProperty("NextMarker");
  });

  test("of some 4 MB: the input counts", () => {
    const execution = new ServedExecution({ input: large + large });
    execution.invoke();
    execution.checkpoint(step("s"), wait("w"));
    execution.answer({ Status: "PENDING" });
    execution.pass(60);
    const { Operations, NextMarker } = execution.invoke().InitialExecutionState;
    expect(ids(Operations)).toEqual(["execution"]);
    expect(ids(execution.page({ Marker: NextMarker! }).Operations)).toEqual(["s", "w"]);
  });
});

describe("the end of an invocation", () => {
  test("is recorded with its times and its request, with what it died of, and without an operation", () => {
    const execution = invoked();
    execution.checkpoint(wait("w"));
    execution.pass(5);
    const died = {
      kind: "died",
      error: { ErrorType: "Exit", StackTrace: ["at here"] },
    } as const;
    const requestIds: unknown[] = [execution.state.invocation?.requestId];
    completeInvocation(execution.state, START + 5000, died);
    execution.invoke();
    requestIds.push(execution.state.invocation?.requestId);
    execution.answer({ Status: "PENDING" });
    const event = { EventType: "InvocationCompleted", EventTimestamp: at(5) };
    expect(execution.events("InvocationCompleted")).toStrictEqual([
      {
        ...event,
        EventId: 3,
        InvocationCompletedDetails: {
          StartTimestamp: at(0),
          EndTimestamp: at(5),
          RequestId: requestIds[0],
          Error: { Payload: { ErrorType: "Exit" }, Truncated: false },
        },
      },
      {
        ...event,
        EventId: 4,
        InvocationCompletedDetails: {
          StartTimestamp: at(5),
          EndTimestamp: at(5),
          RequestId: requestIds[1],
        },
      },
    ]);
    expect(new Set(requestIds).size).toBe(2);
  });

  test("comes once", () => {
    const execution = invoked();
    execution.checkpoint(wait("w"));
    execution.answer({ Status: "PENDING" });
    expect(thrownBy(() => execution.answer({ Status: "PENDING" }))).toMatchObject({
      message: "No invocation is going on.",
    });
    expect(execution.events("InvocationCompleted")).toHaveLength(1);
  });

  test.each([
    ["nothing", () => {}],
    ["what it has done itself", (execution: ServedExecution) => execution.checkpoint(step("s"))],
    [
      "a context that nobody ends",
      (execution: ServedExecution) =>
        execution.checkpoint({ Id: "c", Type: "CONTEXT", Action: "START" }),
    ],
    [
      "a wait that it has cancelled",
      (execution: ServedExecution) => {
        execution.checkpoint(wait("w"));
        execution.checkpoint({ Id: "w", Type: "WAIT", Action: "CANCEL" });
      },
    ],
  ])("with PENDING fails the execution where it waits for %s", (_, act) => {
    const execution = invoked();
    act(execution);
    execution.answer({ Status: "PENDING" });
    expect(execution.state.status).toBe("FAILED");
    expect(execution.state.error).toEqual({
      ErrorType: "InvalidParameterValueException",
      ErrorMessage: expect.stringMatching(
        /^Cannot return PENDING status with no pending operations\..* renamed, or called in another order\?$/,
      ) as string,
    });
  });

  test.each<[string, OperationUpdate]>([
    ["a wait", wait("1")],
    ["a callback", { Id: "1", Type: "CALLBACK", Action: "START" }],
    [
      "an invoke",
      {
        Id: "1",
        Type: "CHAINED_INVOKE",
        Action: "START",
        ChainedInvokeOptions: { FunctionName: "f" },
      },
    ],
    [
      "another attempt",
      { Id: "1", Type: "STEP", Action: "RETRY", StepOptions: { NextAttemptDelaySeconds: 1 } },
    ],
  ])("with PENDING may leave open %s", (_, update) => {
    const execution = invoked();
    execution.checkpoint(update);
    // That it does something besides changes nothing of it.
    execution.checkpoint({ Id: "s", Type: "STEP", Action: "START" });
    execution.checkpoint(step("s"));
    execution.answer({ Status: "PENDING" });
    expect(execution.state.status).toBe("RUNNING");
  });

  test("with PENDING is right when something has ended that it has not heard of", () => {
    const execution = invoked();
    execution.checkpoint(wait("w"));
    execution.pass(60);
    execution.answer({ Status: "PENDING" });
    expect(execution.state.status).toBe("RUNNING");
    expect(needsInvocation(execution.state)).toBe(true);
  });
});

describe("the end of an execution", () => {
  test("is what the answer says, and when", () => {
    const failed = invoked();
    failed.checkpoint({ Id: "e", Type: "EXECUTION", Action: "SUCCEED", Payload: "7" });
    const error = { ErrorType: "E", StackTrace: ["at here"] };
    failed.answer({ Status: "FAILED", Error: error });
    expect(failed.state).toMatchObject({ status: "FAILED", error, endedAt: START });
    // An early result does not stay.
    expect(failed.state.result).toBeUndefined();
    expect(failed.state.history.at(-1)).toStrictEqual({
      EventType: "ExecutionFailed",
      EventId: 3,
      EventTimestamp: at(0),
      Id: "execution",
      ExecutionFailedDetails: { Error: { Payload: { ErrorType: "E" }, Truncated: false } },
    });

    const succeeded = invoked();
    succeeded.answer({ Status: "SUCCEEDED", Result: "7" });
    expect(succeeded.state).toMatchObject({ status: "SUCCEEDED", result: "7", endedAt: START });
    expect(succeeded.state.history.at(-1)).toStrictEqual({
      EventType: "ExecutionSucceeded",
      EventId: 3,
      EventTimestamp: at(0),
      Id: "execution",
      ExecutionSucceededDetails: { Result: { Payload: "7", Truncated: false } },
    });
  });

  test("is the result that was sent ahead, where the answer cannot carry it", () => {
    const execution = invoked();
    execution.checkpoint({ Id: "e", Type: "EXECUTION", Action: "SUCCEED", Payload: "7" });
    expect(execution.state.operations.size).toBe(0);
    execution.answer({ Status: "SUCCEEDED", Result: "" });
    expect(execution.state.result).toBe("7");
  });

  test("is not what an announced failure says, but the answer", () => {
    const execution = invoked();
    execution.checkpoint({ Id: "e", Type: "EXECUTION", Action: "FAIL" });
    execution.answer({ Status: "SUCCEEDED", Result: "7" });
    expect(execution.state).toMatchObject({ status: "SUCCEEDED", result: "7" });
  });

  test.each(["TIMED_OUT", "STOPPED"] as const)(
    "may come from outside, in the middle of an invocation: %s",
    (status) => {
      const execution = invoked();
      execution.checkpoint(wait("w"));
      const { arn: DurableExecutionArn, token } = execution.state;
      const error = { ErrorType: "Enough" };
      execution.take(stopExecution(execution.state, START, { status, error }));
      expect(execution.state).toMatchObject({ status, error, invocation: undefined });
      expect(execution.timers).toEqual({});
      const verb = status === "STOPPED" ? "Stopped" : "TimedOut";
      expect(execution.state.history.slice(-2)).toMatchObject([
        {
          EventType: "InvocationCompleted",
          InvocationCompletedDetails: {
            Error: {
              Payload: {
                ErrorType: "Abandoned",
                ErrorMessage: "The execution ended during the invocation.",
              },
            },
          },
        },
        {
          EventType: `Execution${verb}`,
          [`Execution${verb}Details`]: { Error: { Payload: error, Truncated: false } },
        },
      ]);
      // Nobody takes a checkpoint of it any more.
      const request = { DurableExecutionArn, CheckpointToken: String(token), Updates: [] };
      expect(thrownBy(() => checkpoint(execution.state, START, request))).toMatchObject({
        message: `Invalid Checkpoint Token: ${token}`,
      });
    },
  );

  test("may come from outside between two invocations, and comes once", () => {
    const execution = invoked();
    execution.checkpoint(wait("w"));
    execution.answer({ Status: "PENDING" });
    const stop = () =>
      stopExecution(execution.state, START, { status: "STOPPED", error: { ErrorType: "Enough" } });
    execution.take(stop());
    expect(execution.events("InvocationCompleted")).toHaveLength(1);
    expect(thrownBy(stop)).toMatchObject({ message: "The execution has ended already." });
    expect(execution.events("ExecutionStopped")).toHaveLength(1);
  });

  test("comes at its timeout, from the start on", () => {
    const execution = invoked({ timeoutSeconds: 90 });
    expect(execution.timers).toEqual({ "execution-timeout arn:test": 90 });
    execution.checkpoint(wait("w"));
    execution.answer({ Status: "PENDING" });
    execution.pass(89);
    expect(execution.state.status).toBe("RUNNING");
    execution.pass(1);
    expect(execution.state).toMatchObject({
      status: "TIMED_OUT",
      endedAt: START + 90_000,
      error: {
        ErrorType: "ExecutionTimeout",
        ErrorMessage: "The execution ran longer than its timeout.",
      },
    });
  });
});

describe("an invocation whose token is withheld", () => {
  test("can send no more, and ends with PENDING, whereupon another one follows", () => {
    const execution = invoked();
    const { arn: DurableExecutionArn } = execution.state;
    const tokens = [String(execution.state.token)];
    execution.checkpoint(step("s"));
    tokens.push(String(execution.state.token));
    withholdToken(execution.state);
    for (const CheckpointToken of tokens) {
      const request = { DurableExecutionArn, CheckpointToken, Updates: [step("t")] };
      expect(thrownBy(() => checkpoint(execution.state, START, request))).toMatchObject({
        name: "InvalidParameterValueException",
      });
    }
    execution.answer({ Status: "PENDING" });
    expect(execution.state.status).toBe("RUNNING");
    expect(needsInvocation(execution.state)).toBe(true);
    expect(ids(execution.invoke().InitialExecutionState.Operations)).toEqual(["execution", "s"]);
    // The next one has nothing of it any more.
    execution.checkpoint(wait("w"));
    execution.answer({ Status: "PENDING" });
    expect(needsInvocation(execution.state)).toBe(false);
  });

  test("may still have ended for good", () => {
    const execution = invoked();
    withholdToken(execution.state);
    execution.answer({ Status: "SUCCEEDED", Result: "7" });
    expect(execution.state.status).toBe("SUCCEEDED");
  });

  test("must be going on: none begins by it", () => {
    const { state } = new ServedExecution();
    withholdToken(state);
    expect(needsInvocation(state)).toBe(true);
  });
});
