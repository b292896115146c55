import { type DurableContext, withDurableExecution } from "@aws/durable-execution-sdk-js";
import * as sdk11 from "@aws/durable-execution-sdk-js-1.1.7";
import { expect, test } from "vitest";
import { useEnvironment } from "./support/environment.ts";
import { describeModules } from "./support/modules.ts";

const approval = withDurableExecution(async (_: unknown, context: DurableContext) => {
  const [answer, callbackId] = await context.createCallback("approval", { timeout: { hours: 1 } });
  return { answer: await answer, callbackId };
});

const submitted = withDurableExecution(async (_: unknown, context: DurableContext) => {
  const answer = await context.waitForCallback("approval", async () => {}, {
    timeout: { hours: 1 },
  });
  return { answer };
});

describeModules("callbacks, with %s module", (testing) => {
  const { LocalDurableTestRunner, WaitingOperationStatus } = testing;
  useEnvironment(testing, { skipTime: true });

  test("are answered by the test while the run waits", async () => {
    const runner = new LocalDurableTestRunner({ handlerFunction: approval });
    const callback = runner.getOperation("approval");
    const run = runner.run();
    await callback.waitForData();
    const callbackId = callback.getCallbackDetails()?.callbackId;
    expect(callbackId).toMatch(/^[A-Za-z0-9+/]+={0,2}$/);
    await expect(callback.sendCallbackSuccess("yes")).resolves.toBeDefined();
    const execution = await run;
    expect(execution.getResult()).toEqual({ answer: "yes", callbackId });
    expect(callback.getStatus()).toBe("SUCCEEDED");
    expect(callback.isCallback()).toBe(true);
    expect(callback.getCallbackDetails()).toMatchObject({ callbackId, result: "yes" });
  });

  test("are answered beside a step that polls for them, as promise.all of SDK 1.x is", async () => {
    const runner = new LocalDurableTestRunner({
      handlerFunction: sdk11.withDurableExecution(async (_: unknown, context) =>
        context.promise.all("both", [
          context.step("x", async () => "x"),
          context.waitForCallback("approval", async () => {}, { timeout: { hours: 48 } }),
        ]),
      ),
    });
    const gate = runner.getOperation("approval");
    const run = runner.run({ payload: {} });
    await gate.waitForData(WaitingOperationStatus.SUBMITTED);
    await gate.sendCallbackSuccess("y");
    const execution = await run;
    expect(execution.getStatus()).toBe("SUCCEEDED");
    expect(execution.getResult()).toEqual(["x", "y"]);
  });

  test("are answered by a test that sleeps, however long the run has nothing else to do", async () => {
    const runner = new LocalDurableTestRunner({ handlerFunction: approval });
    const run = runner.run();
    const callback = runner.getOperation("approval");
    await callback.waitForData(WaitingOperationStatus.STARTED);
    await sleep(200);
    expect(callback.getStatus()).toBe("STARTED");
    await callback.sendCallbackSuccess();
    expect((await run).getResult()).toMatchObject({ callbackId: expect.any(String) as unknown });
    expect((await run).getResult()).not.toHaveProperty("answer");
  });

  test("carry any text; details show what is JSON as the value it stands for", async () => {
    const runner = new LocalDurableTestRunner({ handlerFunction: approval });
    const callback = runner.getOperation<{ by: string }>("approval");
    const run = runner.run();
    await callback.waitForData();
    await callback.sendCallbackSuccess('{"by":"ann"}');
    expect((await run).getResult()).toMatchObject({ answer: '{"by":"ann"}' });
    expect(callback.getCallbackDetails()?.result).toEqual({ by: "ann" });
  });

  test("fail with what the test sends", async () => {
    const runner = new LocalDurableTestRunner({ handlerFunction: approval });
    const callback = runner.getOperation("approval");
    const run = runner.run();
    await callback.waitForData();
    await callback.sendCallbackFailure({
      ErrorType: "Rejected",
      ErrorMessage: "not now",
      ErrorData: "17",
      StackTrace: ["somewhere"],
    });
    const execution = await run;
    expect(execution.getStatus()).toBe("FAILED");
    expect(execution.getError()).toMatchObject({
      errorMessage: expect.stringContaining("not now") as unknown,
    });
    expect(callback.getStatus()).toBe("FAILED");
    expect(callback.getCallbackDetails()?.error).toEqual({
      errorType: "Rejected",
      errorMessage: "not now",
      errorData: "17",
      stackTrace: ["somewhere"],
    });
  });

  test("fail without a reason", async () => {
    const runner = new LocalDurableTestRunner({ handlerFunction: approval });
    const callback = runner.getOperation("approval");
    const run = runner.run();
    await callback.waitForData();
    await callback.sendCallbackFailure();
    expect((await run).getStatus()).toBe("FAILED");
    expect(callback.getCallbackDetails()?.error).toBeDefined();
  });

  test("are answered in any order", async () => {
    const runner = new LocalDurableTestRunner({
      handlerFunction: withDurableExecution(async (__: unknown, context: DurableContext) => {
        const [left] = await context.createCallback("left");
        const [right] = await context.createCallback("right");
        return Promise.all([left, right]);
      }),
    });
    const left = runner.getOperation("left");
    const right = runner.getOperation("right");
    const run = runner.run();
    await Promise.all([left.waitForData(), right.waitForData()]);
    await right.sendCallbackSuccess("r");
    await left.sendCallbackSuccess("l");
    expect((await run).getResult()).toEqual(["l", "r"]);
  });

  test("inside a waitForCallback are answered through it", async () => {
    const runner = new LocalDurableTestRunner({ handlerFunction: submitted });
    const operation = runner.getOperation("approval");
    const run = runner.run();
    await operation.waitForData(WaitingOperationStatus.SUBMITTED);
    expect(operation.isWaitForCallback()).toBe(true);
    expect(operation.isCallback()).toBe(false);
    expect(operation.getStatus()).toBe("STARTED");
    const [callback, submitter] = operation.getChildOperations() ?? [];
    expect(callback?.getType()).toBe("CALLBACK");
    expect(callback?.getCallbackDetails()?.callbackId).toBe(
      operation.getCallbackDetails()?.callbackId,
    );
    expect(submitter?.getStatus()).toBe("SUCCEEDED");
    await operation.sendCallbackSuccess("yes");
    expect((await run).getResult()).toEqual({ answer: "yes" });
    expect(operation.getContextDetails()?.result).toBe("yes");
    expect(operation.getCallbackDetails()?.result).toBe("yes");
  });

  test("can be answered through the handle on the callback, too", async () => {
    const runner = new LocalDurableTestRunner({ handlerFunction: submitted });
    const callback = runner.getOperationByIndex(1);
    const run = runner.run();
    await callback.waitForData();
    await callback.sendCallbackSuccess("yes");
    expect((await run).getResult()).toEqual({ answer: "yes" });
  });

  test("can be answered as soon as a waitForCallback has started", async () => {
    const runner = new LocalDurableTestRunner({ handlerFunction: submitted });
    const operation = runner.getOperation("approval");
    const run = runner.run();
    await operation.waitForData(WaitingOperationStatus.STARTED);
    await operation.sendCallbackSuccess("early");
    expect((await run).getResult()).toEqual({ answer: "early" });
  });

  test("can be answered while the submitter is still at work", async () => {
    let letGo = (): void => {};
    const gate = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const runner = new LocalDurableTestRunner({
      handlerFunction: withDurableExecution(async (__: unknown, context: DurableContext) =>
        context.waitForCallback("approval", async () => gate),
      ),
    });
    const operation = runner.getOperation("approval");
    const run = runner.run();
    await operation.waitForData(WaitingOperationStatus.STARTED);
    await operation.sendCallbackSuccess("early");
    await sleep(100);
    letGo();
    expect((await run).getResult()).toBe("early");
  });

  test("are waited for until they have ended", async () => {
    const runner = new LocalDurableTestRunner({ handlerFunction: approval });
    const callback = runner.getOperation("approval");
    const run = runner.run();
    const ended = callback.waitForData(WaitingOperationStatus.COMPLETED);
    // Of anything but a waitForCallback, SUBMITTED is the same.
    const alike = callback.waitForData(WaitingOperationStatus.SUBMITTED);
    await callback.waitForData(WaitingOperationStatus.STARTED);
    await callback.sendCallbackSuccess("yes");
    expect(await ended).toBe(callback);
    expect(await alike).toBe(callback);
    expect(callback.getStatus()).toBe("SUCCEEDED");
    await run;
  });

  test("inside a waitForCallback are waited for until they have ended", async () => {
    const runner = new LocalDurableTestRunner({ handlerFunction: submitted });
    const operation = runner.getOperation("approval");
    const run = runner.run();
    const ended = operation.waitForData(WaitingOperationStatus.COMPLETED);
    await operation.waitForData(WaitingOperationStatus.SUBMITTED);
    await operation.sendCallbackFailure({ ErrorMessage: "no" });
    await ended;
    expect((await run).getStatus()).toBe("FAILED");
  });

  test("can be waited for before the run, and after it", async () => {
    const runner = new LocalDurableTestRunner({ handlerFunction: approval });
    const callback = runner.getOperation("approval");
    const started = callback.waitForData();
    const run = runner.run();
    await started;
    await callback.sendCallbackSuccess("yes");
    await run;
    expect(await callback.waitForData(WaitingOperationStatus.COMPLETED)).toBe(callback);
    expect(await runner.getOperation("approval").waitForData()).toBeDefined();
  });

  test("that never start are not waited for longer than the execution lasts", async () => {
    const runner = new LocalDurableTestRunner({
      handlerFunction: withDurableExecution(async () => "done"),
    });
    const missing = runner.getOperation("approval");
    const run = runner.run();
    const message = "Operation was not found after execution completion. Expected status: STARTED";
    await expect(missing.waitForData()).rejects.toThrow(message);
    expect((await run).getResult()).toBe("done");
  });

  test("that never end are not waited for longer than the execution lasts", async () => {
    const runner = new LocalDurableTestRunner({
      handlerFunction: withDurableExecution(async (__: unknown, context: DurableContext) => {
        await context.createCallback("approval");
        return "did not wait";
      }),
    });
    const callback = runner.getOperation("approval");
    const run = runner.run();
    await expect(callback.waitForData(WaitingOperationStatus.COMPLETED)).rejects.toThrow(
      "Expected status: COMPLETED",
    );
    expect((await run).getResult()).toBe("did not wait");
    expect(callback.getStatus()).toBe("STARTED");
  });

  test("time out in real time once a handle is on them, unless heartbeats keep them alive", async () => {
    const runner = new LocalDurableTestRunner({
      handlerFunction: withDurableExecution(async (__: unknown, context: DurableContext) => {
        const upload = context.waitForCallback("upload", async () => {}, {
          heartbeatTimeout: { seconds: 1 },
        });
        const [approved] = await context.createCallback("approval", { timeout: { seconds: 1 } });
        const ends = await Promise.allSettled([upload, approved]);
        return ends.map(({ status }) => status);
      }),
    });
    const upload = runner.getOperation("upload");
    const callback = runner.getOperation("approval");
    const run = runner.run();
    await upload.waitForData(WaitingOperationStatus.SUBMITTED);
    await sleep(600);
    expect(upload.getStatus()).toBe("STARTED");
    expect(callback.getStatus()).toBe("STARTED");
    await expect(upload.sendCallbackHeartbeat()).resolves.toBeDefined();
    await callback.waitForData(WaitingOperationStatus.COMPLETED);
    expect(callback.getStatus()).toBe("TIMED_OUT");
    expect(upload.getStatus()).toBe("STARTED");
    expect((await run).getResult()).toEqual(["rejected", "rejected"]);
    expect(upload.getChildOperations()?.[0]?.getStatus()).toBe("TIMED_OUT");
    expect(upload.getCallbackDetails()?.error).toMatchObject({
      errorMessage: expect.stringContaining("timed out") as unknown,
    });
  });
});

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
