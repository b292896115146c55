import { describe, expect, test } from "vitest";
import { cloudDifferences } from "./support/cloud-differences.ts";
import { type FakeLambda, startFakeLambda, type ToldEvent } from "./support/fake-lambda.ts";
import { describeModules, type TestingModule } from "./support/modules.ts";
import { realNow, sleep } from "./support/settled.ts";

const started: ToldEvent = {
  EventType: "ExecutionStarted",
  Id: "execution",
  ExecutionStartedDetails: { Input: { Payload: "{}" }, ExecutionTimeout: 3600 },
};

const succeeded: ToldEvent = {
  EventType: "ExecutionSucceeded",
  Id: "execution",
  ExecutionSucceededDetails: { Result: { Payload: '{"shipped":true}' } },
};

const completed: ToldEvent = {
  EventType: "InvocationCompleted",
  InvocationCompletedDetails: {
    RequestId: "request-1",
    StartTimestamp: new Date("2025-01-01T00:00:00Z"),
    EndTimestamp: new Date("2025-01-01T00:00:01Z"),
  },
};

const waitForCallback: readonly ToldEvent[] = [
  {
    EventType: "ContextStarted",
    Id: "wfc",
    Name: "approval",
    SubType: "WaitForCallback",
    ContextStartedDetails: {},
  },
  {
    EventType: "CallbackStarted",
    Id: "cb",
    ParentId: "wfc",
    SubType: "Callback",
    CallbackStartedDetails: { CallbackId: "Y2I=", Timeout: 60 },
  },
  { EventType: "StepStarted", Id: "sub", ParentId: "wfc", SubType: "Step", StepStartedDetails: {} },
];

const submitterDone: ToldEvent = {
  EventType: "StepSucceeded",
  Id: "sub",
  ParentId: "wfc",
  StepSucceededDetails: { Result: {}, RetryDetails: { CurrentAttempt: 1 } },
};

function runnerFor(
  { CloudDurableTestRunner }: TestingModule,
  lambda: FakeLambda,
  invocationType?: "Event" | "RequestResponse",
): InstanceType<TestingModule["CloudDurableTestRunner"]> {
  return new CloudDurableTestRunner({
    functionName: "orders:1",
    client: lambda.client,
    config: { pollInterval: 20, ...(invocationType === undefined ? {} : { invocationType }) },
  });
}

describeModules(
  "a cloud runner of %s module",
  (testing, name) => {
    const { InvocationType, WaitingOperationStatus } = testing;

    test("invokes the function and reads the history of its execution", async () => {
      await using lambda = await startFakeLambda();
      lambda.tell(
        started,
        {
          EventType: "StepStarted",
          Id: "1",
          Name: "price",
          SubType: "Step",
          StepStartedDetails: {},
        },
        {
          EventType: "StepSucceeded",
          Id: "1",
          Name: "price",
          SubType: "Step",
          StepSucceededDetails: {
            Result: { Payload: '{"amount":12}' },
            RetryDetails: { CurrentAttempt: 1 },
          },
        },
        completed,
        succeeded,
      );
      const runner = runnerFor(testing, lambda);
      const price = runner.getOperation<{ amount: number }>("price");
      const execution = await runner.run({ payload: { id: "order-1" } });
      expect(lambda.invocations).toEqual([{ type: "RequestResponse", body: '{"id":"order-1"}' }]);
      expect(execution.getStatus()).toBe("SUCCEEDED");
      expect(execution.getResult()).toEqual({ shipped: true });
      expect(() => execution.getError()).toThrow("Cannot get error");
      expect(execution.getInvocations()).toEqual([
        {
          requestId: "request-1",
          startTimestamp: new Date("2025-01-01T00:00:00Z"),
          endTimestamp: new Date("2025-01-01T00:00:01Z"),
          error: undefined,
        },
      ]);
      expect(execution.getHistoryEvents()).toHaveLength(5);
      expect(execution.getOperations().map((operation) => operation.getName())).toEqual(["price"]);
      expect(price.getStepDetails()?.result?.amount).toBe(12);
      expect(price.getStatus()).toBe("SUCCEEDED");
      expect(price.getStartTimestamp()).toEqual(new Date("2025-01-01T00:00:02Z"));
      expect(price.getEndTimestamp()).toEqual(new Date("2025-01-01T00:00:03Z"));
      expect(price.getEvents()).toHaveLength(2);
      expect(runner.getOperationByIndex(0).getName()).toBe("price");
      expect(runner.getOperationByNameAndIndex("price", 0).getId()).toBe("1");
      expect(runner.getOperationById("1").getType()).toBe("STEP");
    });

    test("makes operations of all kinds of the history", async () => {
      await using lambda = await startFakeLambda();
      const scheduled = new Date("2025-01-01T01:00:00Z");
      const error = { Payload: { ErrorType: "Far", ErrorMessage: "too far" } };
      lambda.tell(
        started,
        {
          EventType: "ContextStarted",
          Id: "c",
          Name: "pack",
          SubType: "RunInChildContext",
          ContextStartedDetails: {},
        },
        {
          EventType: "WaitStarted",
          Id: "w",
          ParentId: "c",
          Name: "cool off",
          WaitStartedDetails: { Duration: 60, ScheduledEndTimestamp: scheduled },
        },
        { EventType: "WaitSucceeded", Id: "w", WaitSucceededDetails: { Duration: 60 } },
        {
          EventType: "ContextSucceeded",
          Id: "c",
          ContextSucceededDetails: { Result: { Payload: '"packed"' } },
        },
        { EventType: "ContextStarted", Id: "d", Name: "ship", ContextStartedDetails: {} },
        { EventType: "ContextFailed", Id: "d", ContextFailedDetails: { Error: error } },
        {
          EventType: "WaitStarted",
          Id: "v",
          Name: "left",
          WaitStartedDetails: { Duration: 1, ScheduledEndTimestamp: scheduled },
        },
        { EventType: "WaitCancelled", Id: "v", WaitCancelledDetails: {} },
        {
          EventType: "CallbackStarted",
          Id: "k",
          Name: "answered",
          CallbackStartedDetails: { CallbackId: "aw==" },
        },
        {
          EventType: "CallbackSucceeded",
          Id: "k",
          CallbackSucceededDetails: { Result: { Payload: "yes" } },
        },
        {
          EventType: "CallbackStarted",
          Id: "l",
          Name: "silent",
          CallbackStartedDetails: { CallbackId: "bA==" },
        },
        {
          EventType: "CallbackTimedOut",
          Id: "l",
          CallbackTimedOutDetails: { Error: { Payload: { ErrorType: "Callback.Timeout" } } },
        },
        {
          EventType: "CallbackStarted",
          Id: "m",
          Name: "refused",
          CallbackStartedDetails: { CallbackId: "bQ==" },
        },
        { EventType: "CallbackFailed", Id: "m", CallbackFailedDetails: { Error: error } },
        { EventType: "StepStarted", Id: "s", Name: "charge", StepStartedDetails: {} },
        { EventType: "StepFailed", Id: "s", StepFailedDetails: { Error: error, RetryDetails: {} } },
        ...(["Failed", "TimedOut", "Stopped"] as const).flatMap((end): ToldEvent[] => [
          {
            EventType: "ChainedInvokeStarted",
            Id: end,
            Name: end,
            ChainedInvokeStartedDetails: { FunctionName: "inner" },
          },
          {
            EventType: `ChainedInvoke${end}`,
            Id: end,
            [`ChainedInvoke${end}Details`]: { Error: error },
          },
        ]),
        succeeded,
      );
      const runner = runnerFor(testing, lambda);
      const execution = await runner.run();
      expect(
        execution
          .getOperations()
          .map((operation) => [operation.getName(), operation.getType(), operation.getStatus()]),
      ).toEqual([
        ["pack", "CONTEXT", "SUCCEEDED"],
        ["cool off", "WAIT", "SUCCEEDED"],
        ["ship", "CONTEXT", "FAILED"],
        ["left", "WAIT", "CANCELLED"],
        ["answered", "CALLBACK", "SUCCEEDED"],
        ["silent", "CALLBACK", "TIMED_OUT"],
        ["refused", "CALLBACK", "FAILED"],
        ["charge", "STEP", "FAILED"],
        ["Failed", "CHAINED_INVOKE", "FAILED"],
        ["TimedOut", "CHAINED_INVOKE", "TIMED_OUT"],
        ["Stopped", "CHAINED_INVOKE", "STOPPED"],
      ]);
      expect(runner.getOperation("pack").getContextDetails()?.result).toBe("packed");
      expect(runner.getOperation("pack").getSubType()).toBe("RunInChildContext");
      expect(runner.getOperation("pack").getChildOperations()?.[0]?.getName()).toBe("cool off");
      expect(runner.getOperation("cool off").getParentId()).toBe("c");
      expect(runner.getOperation("cool off").getWaitDetails()).toEqual({
        waitSeconds: 60,
        scheduledEndTimestamp: scheduled,
      });
      expect(runner.getOperation("ship").getContextDetails()?.error?.errorType).toBe("Far");
      expect(runner.getOperation("answered").getCallbackDetails()).toMatchObject({
        callbackId: "aw==",
        result: "yes",
      });
      expect(runner.getOperation("silent").getCallbackDetails()?.error?.errorType).toBe(
        "Callback.Timeout",
      );
      expect(runner.getOperation("refused").getCallbackDetails()?.error?.errorMessage).toBe(
        "too far",
      );
      expect(runner.getOperation("charge").getStepDetails()?.error?.errorMessage).toBe("too far");
    });

    test("has no details yet of what has only started", async () => {
      await using lambda = await startFakeLambda();
      lambda.tell(
        started,
        { EventType: "ContextStarted", Id: "c", Name: "pack", ContextStartedDetails: {} },
        { EventType: "StepStarted", Id: "s", Name: "charge", StepStartedDetails: {} },
        {
          EventType: "ChainedInvokeStarted",
          Id: "i",
          Name: "call",
          ChainedInvokeStartedDetails: { FunctionName: "inner" },
        },
        {
          EventType: "CallbackStarted",
          Id: "k",
          Name: "approval",
          CallbackStartedDetails: { CallbackId: "aw==" },
        },
        succeeded,
      );
      const runner = runnerFor(testing, lambda);
      const execution = await runner.run();
      expect(execution.getOperations({ status: "STARTED" })).toHaveLength(4);
      const none = { result: undefined, error: undefined };
      expect(runner.getOperation("pack").getContextDetails()).toEqual(none);
      expect(runner.getOperation("charge").getStepDetails()).toEqual(none);
      expect(runner.getOperation("call").getChainedInvokeDetails()).toEqual(none);
      expect(runner.getOperation("approval").getCallbackDetails()).toEqual({
        ...none,
        callbackId: "aw==",
      });
    });

    test("lets the test answer callbacks while an asynchronous execution goes on", async () => {
      await using lambda = await startFakeLambda();
      lambda.tell(started);
      lambda.onCallback = (what) => {
        if (what !== "succeed") return;
        lambda.tell(
          {
            EventType: "CallbackSucceeded",
            Id: "cb",
            ParentId: "wfc",
            CallbackSucceededDetails: { Result: { Payload: "yes" } },
          },
          {
            EventType: "ContextSucceeded",
            Id: "wfc",
            SubType: "WaitForCallback",
            ContextSucceededDetails: { Result: { Payload: '"yes"' } },
          },
          succeeded,
        );
      };
      const runner = runnerFor(testing, lambda, InvocationType.Event);
      const approval = runner.getOperation("approval");
      const run = runner.run();
      await sleep(100);
      lambda.tell(...waitForCallback);
      await approval.waitForData(WaitingOperationStatus.STARTED);
      expect(approval.isWaitForCallback()).toBe(true);
      await approval.sendCallbackHeartbeat();
      const submitted = approval.waitForData(WaitingOperationStatus.SUBMITTED);
      lambda.tell(submitterDone);
      expect(await submitted).toBe(approval);
      await approval.sendCallbackFailure({ ErrorType: "Rejected", ErrorMessage: "not yet" });
      await approval.sendCallbackSuccess("yes");
      const execution = await run;
      expect(lambda.invocations[0]?.type).toBe("Event");
      expect(execution.getResult()).toEqual({ shipped: true });
      const sent = lambda.asked.filter(({ what }) => what.startsWith("POST"));
      expect(sent.map(({ what, body }) => [what, body])).toEqual([
        ["POST heartbeat", expect.anything()],
        ["POST fail", '{"ErrorMessage":"not yet","ErrorType":"Rejected"}'],
        ["POST succeed", "yes"],
      ]);
    });

    test("can send a callback nothing", async () => {
      await using lambda = await startFakeLambda();
      lambda.tell(started, ...waitForCallback, submitterDone);
      lambda.onCallback = (what) => {
        if (what === "succeed") lambda.tell(succeeded);
      };
      const runner = runnerFor(testing, lambda, InvocationType.Event);
      const run = runner.run();
      const approval = runner.getOperation("approval");
      await approval.waitForData();
      await approval.sendCallbackFailure();
      await approval.sendCallbackSuccess();
      await run;
      expect(lambda.asked.find(({ what }) => what === "POST succeed")?.body).toBe("");
    });

    test("cannot wait for handles when it is told only at the end", async () => {
      await using lambda = await startFakeLambda();
      const runner = runnerFor(testing, lambda, InvocationType.RequestResponse);
      await expect(runner.getOperation("approval").waitForData()).rejects.toThrow(
        "InvocationType.RequestResponse cannot wait for operation data",
      );
    });

    test("rejects what is waited for and does not come", async () => {
      await using lambda = await startFakeLambda();
      lambda.tell(started);
      const runner = runnerFor(testing, lambda, InvocationType.Event);
      const run = runner.run();
      const missing = runner.getOperation("approval").waitForData();
      lambda.tell(succeeded);
      await expect(missing).rejects.toThrow("Operation was not found after execution completion");
      await run;
    });

    test.each([
      ["Failed", "FAILED"],
      ["Stopped", "STOPPED"],
      ["TimedOut", "TIMED_OUT"],
    ] as const)("tells that an execution has ended as %s", async (end, status) => {
      await using lambda = await startFakeLambda();
      const StackTrace = ["Error: no more", "    at handler"];
      const Error = { Payload: { ErrorType: "Enough", ErrorMessage: "no more", StackTrace } };
      lambda.tell(started, {
        EventType: `Execution${end}`,
        Id: "execution",
        [`Execution${end}Details`]: { Error },
      });
      const execution = await runnerFor(testing, lambda).run();
      expect(execution.getStatus()).toBe(status);
      expect(execution.getError()).toMatchObject({ errorType: "Enough", errorMessage: "no more" });
      expect(() => void execution.getResult()).toThrow(
        expect.objectContaining({ message: "no more", stack: StackTrace.join("\n") }) as Error,
      );
    });

    test("tells that an execution has ended without a reason", async () => {
      await using lambda = await startFakeLambda();
      lambda.tell(started, {
        EventType: "ExecutionTimedOut",
        Id: "execution",
        ExecutionTimedOutDetails: {},
      });
      const execution = await runnerFor(testing, lambda).run();
      expect(execution.getError().errorMessage).toContain("TIMED_OUT");
    });

    test("reads a history of several pages", async () => {
      await using lambda = await startFakeLambda();
      lambda.pageSize = 2;
      const steps = ["1", "2", "3"].flatMap((Id): ToldEvent[] => [
        { EventType: "StepStarted", Id, Name: `step ${Id}`, StepStartedDetails: {} },
        {
          EventType: "StepSucceeded",
          Id,
          Name: `step ${Id}`,
          StepSucceededDetails: { Result: { Payload: Id }, RetryDetails: { CurrentAttempt: 1 } },
        },
      ]);
      lambda.tell(started, completed, ...steps, succeeded);
      const execution = await runnerFor(testing, lambda).run();
      expect(
        execution.getOperations().map((step) => step.getStepDetails()?.result as unknown),
      ).toEqual([1, 2, 3]);
      expect(execution.getHistoryEvents()).toHaveLength(9);
    });

    test("asks again for a history that Lambda does not give at once", async () => {
      await using lambda = await startFakeLambda();
      lambda.tell(started, succeeded);
      lambda.refusals = 1;
      const execution = await runnerFor(testing, lambda).run();
      expect(execution.getStatus()).toBe("SUCCEEDED");
    });

    test("rejects when Lambda does not give a history at all", async () => {
      await using lambda = await startFakeLambda();
      lambda.refusals = 3;
      await expect(runnerFor(testing, lambda).run()).rejects.toThrow("not now");
      expect(lambda.refusals).toBe(0);
    });

    test("tells with what an invocation failed", async () => {
      await using lambda = await startFakeLambda();
      const { InvocationCompletedDetails } = completed;
      const Error = { Payload: { ErrorType: "Runtime.ExitError" } };
      lambda.tell(
        started,
        {
          ...completed,
          InvocationCompletedDetails: { ...InvocationCompletedDetails!, Error },
        },
        succeeded,
      );
      const execution = await runnerFor(testing, lambda).run();
      expect(execution.getInvocations()[0]?.error?.errorType).toBe("Runtime.ExitError");
    });

    test("has no details of a callback that has not started", async () => {
      await using lambda = await startFakeLambda();
      lambda.tell(started, waitForCallback[0]!, succeeded);
      const runner = runnerFor(testing, lambda);
      await runner.run();
      const approval = runner.getOperation("approval");
      expect(() => approval.getCallbackDetails()).toThrow(/callback/i);
      expect(() => approval.sendCallbackSuccess()).toThrow(/callback/i);
    });

    test("rejects when the function is no durable one", async () => {
      await using lambda = await startFakeLambda();
      lambda.arn = undefined;
      await expect(runnerFor(testing, lambda).run()).rejects.toThrow(
        "No execution ARN found on invocation response",
      );
    });

    // AWS's waits for ever.
    test.runIf(name === "ours")(
      "rejects what is waited for when the function cannot be invoked",
      async () => {
        await using lambda = await startFakeLambda();
        lambda.arn = undefined;
        const runner = runnerFor(testing, lambda, InvocationType.Event);
        const missing = runner.getOperation("approval").waitForData();
        await Promise.all([
          expect(missing).rejects.toThrow("Operation was not found after execution completion"),
          expect(runner.run()).rejects.toThrow("No execution ARN found on invocation response"),
        ]);
      },
    );

    test.runIf(name === "ours")(
      "waits for what a second run brings, which begins when Lambda has answered",
      async () => {
        await using lambda = await startFakeLambda();
        lambda.tell(started, succeeded);
        const runner = runnerFor(testing, lambda, InvocationType.Event);
        await runner.run();
        lambda.tell({ EventType: "StepStarted", Id: "1", Name: "late", StepStartedDetails: {} });
        const run = runner.run();
        const late = await runner.getOperation("late").waitForData();
        expect(late.getStatus()).toBe("STARTED");
        await run;
      },
    );

    test("looks once a second unless it is told otherwise", async () => {
      await using lambda = await startFakeLambda();
      lambda.tell(started, succeeded);
      const runner = new testing.CloudDurableTestRunner({
        functionName: "orders:1",
        client: lambda.client,
      });
      const start = realNow();
      await runner.run();
      expect(realNow() - start).toBeGreaterThan(500);
      expect(lambda.invocations[0]?.type).toBe("RequestResponse");
    });

    test("is used again after a reset", async () => {
      await using lambda = await startFakeLambda();
      lambda.tell(
        started,
        { EventType: "StepStarted", Id: "1", Name: "price", StepStartedDetails: {} },
        succeeded,
      );
      const runner = runnerFor(testing, lambda);
      const price = runner.getOperation("price");
      await runner.run();
      expect(price.getStatus()).toBe("STARTED");
      runner.reset();
      expect(runner.getOperation("price").getStatus()).toBeUndefined();
      await runner.run();
      expect(runner.getOperation("price").getStatus()).toBe("STARTED");
    });

    describe("differs from the other", () => {
      const isOurs = name === "ours";
      const invoked: readonly ToldEvent[] = [
        {
          EventType: "ChainedInvokeStarted",
          Id: "i",
          Name: "call",
          ChainedInvokeStartedDetails: { FunctionName: "inner" },
        },
        {
          EventType: "ChainedInvokeSucceeded",
          Id: "i",
          Name: "call",
          ChainedInvokeSucceededDetails: { Result: { Payload: "42" } },
        },
      ];

      test(cloudDifferences[0], async () => {
        await using lambda = await startFakeLambda();
        lambda.tell(started, ...invoked, succeeded);
        const runner = runnerFor(testing, lambda);
        await runner.run();
        const details = runner.getOperation<number>("call").getChainedInvokeDetails();
        expect(details?.result).toBe(isOurs ? 42 : undefined);
      });

      test(cloudDifferences[1], async () => {
        await using lambda = await startFakeLambda();
        lambda.tell(
          started,
          { EventType: "StepStarted", Id: "1", Name: "charge", StepStartedDetails: {} },
          {
            EventType: "StepFailed",
            Id: "1",
            Name: "charge",
            StepFailedDetails: {
              Error: { Payload: { ErrorMessage: "no" } },
              RetryDetails: { CurrentAttempt: 1, NextAttemptDelaySeconds: 60 },
            },
          },
        );
        const runner = runnerFor(testing, lambda, InvocationType.Event);
        const charge = runner.getOperation("charge");
        const run = runner.run();
        await charge.waitForData();
        expect(charge.getStatus()).toBe(isOurs ? "PENDING" : "FAILED");
        expect(charge.getEndTimestamp() === undefined).toBe(isOurs);
        expect(charge.getStepDetails()).toMatchObject({
          attempt: 1,
          nextAttemptTimestamp: new Date("2025-01-01T00:01:03Z"),
        });
        lambda.tell(succeeded);
        await run;
      });

      test(cloudDifferences[2], async () => {
        await using lambda = await startFakeLambda();
        lambda.pageSize = 3;
        lambda.tell(
          started,
          { EventType: "StepStarted", Id: "1", Name: "charge", StepStartedDetails: {} },
          completed,
          completed,
        );
        const runner = runnerFor(testing, lambda, InvocationType.Event);
        const charge = runner.getOperation("charge");
        const run = runner.run();
        await charge.waitForData();
        await sleep(100);
        lambda.tell(
          {
            EventType: "StepSucceeded",
            Id: "1",
            Name: "charge",
            StepSucceededDetails: { Result: { Payload: "1" }, RetryDetails: { CurrentAttempt: 1 } },
          },
          succeeded,
        );
        await run;
        expect(charge.getEvents()).toHaveLength(isOurs ? 2 : 1);
        const startedAt = charge.getStartTimestamp()?.getTime();
        expect(startedAt === Date.UTC(2025, 0, 1, 0, 0, 2)).toBe(isOurs);
      });

      test(cloudDifferences[3], async () => {
        await using lambda = await startFakeLambda();
        lambda.tell(started, succeeded);
        await runnerFor(testing, lambda).run({ payload: 0 });
        expect(lambda.invocations[0]?.body).toBe(isOurs ? "0" : "");
      });
    });
  },
  { concurrent: true },
);
