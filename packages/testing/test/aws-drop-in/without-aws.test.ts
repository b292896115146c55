import { withDurableExecution } from "@durabletest/runtime";
import { beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import {
  CloudDurableTestRunner,
  LocalDurableTestRunner,
  WaitingOperationStatus,
} from "../../src/aws/index.ts";
import { realNow, sleep } from "./support/settled.ts";

// Nothing of AWS's is installed here.
vi.mock("@aws-sdk/client-lambda", () => {
  throw new Error("@aws-sdk/client-lambda was loaded");
});
vi.mock("@aws/durable-execution-sdk-js", () => {
  throw new Error("@aws/durable-execution-sdk-js was loaded");
});

describe("the drop-in without AWS's packages", () => {
  beforeEach(() => LocalDurableTestRunner.setupTestEnvironment({ skipTime: true }));

  test("runs handlers of our runtime", async () => {
    const runner = new LocalDurableTestRunner({
      handlerFunction: withDurableExecution(async (order: { id: string }, context) => {
        const price = await context.step("price", () => 12);
        await context.wait("cool off", { hours: 1 });
        const approval = await context.createCallback<string>("approval", {
          timeout: { hours: 48 },
        });
        return { id: order.id, price, answer: await approval.result() };
      }),
    });
    const approval = runner.getOperation("approval");
    const run = runner.run({ payload: { id: "order-1" } });
    await approval.waitForData();
    await approval.sendCallbackSuccess('"yes"');
    const execution = await run;
    expect(execution.getResult()).toEqual({ id: "order-1", price: 12, answer: "yes" });
    expect(execution.getInvocations()).toHaveLength(3);
  });

  test("skips deadlines of callbacks that the test has no handle on, whoever waits for them", async () => {
    const runner = new LocalDurableTestRunner({
      handlerFunction: withDurableExecution(async (_: unknown, context) => {
        const approval = await context.createCallback("approval", { timeout: { hours: 48 } });
        await context
          .waitForCallback(approval, { name: "impatient", timeout: { hours: 1 } })
          .catch(() => {});
        return approval.result();
      }),
    });
    const start = realNow();
    const execution = await runner.run();
    expect(execution.getResult()).toBeUndefined();
    expect(runner.getOperation("approval").getStatus()).toBe("TIMED_OUT");
    expect(realNow() - start).toBeLessThan(60_000);
  });

  test("counts a handle on an operation around the callback", async () => {
    const runner = new LocalDurableTestRunner({
      handlerFunction: withDurableExecution(async (_: unknown, context) =>
        context.runInChildContext("order", async (child) => {
          const approval = await child.createCallback("approval", { timeout: { seconds: 30 } });
          return approval.result();
        }),
      ),
    });
    const order = runner.getOperation("order");
    const run = runner.run();
    await order.waitForData();
    await sleep(100);
    const [approval] = order.getChildOperations() ?? [];
    expect(approval?.getStatus()).toBe("STARTED");
    await approval?.sendCallbackSuccess('"yes"');
    expect((await run).getResult()).toBe("yes");
  });

  test("goes past a deadline in real time to what is due after it in skipped time", async () => {
    const runner = new LocalDurableTestRunner({
      handlerFunction: withDurableExecution(async (_: unknown, context) => {
        const approval = await context.createCallback<string>("approval", {
          timeout: { seconds: 30 },
        });
        const answer = approval.result();
        await context.wait("a day", { days: 1 });
        await context.step("reminded", () => {});
        return answer;
      }),
    });
    const approval = runner.getOperation("approval");
    const reminded = runner.getOperation("reminded");
    const run = runner.run();
    await reminded.waitForData(WaitingOperationStatus.COMPLETED);
    expect(approval.getStatus()).toBe("STARTED");
    await approval.sendCallbackSuccess('"yes"');
    expect((await run).getResult()).toBe("yes");
  });

  test("holds deadlines while handler code waits for its own timers", async () => {
    const runner = new LocalDurableTestRunner({
      handlerFunction: withDurableExecution(async (_: unknown, context) => {
        const approval = await context.createCallback<string>("approval", {
          timeout: { seconds: 30 },
        });
        await context.step("slow", async () => {
          await new Promise((resolve) => {
            setTimeout(resolve, 60_000);
          });
        });
        return approval.result();
      }),
    });
    const approval = runner.getOperation("approval");
    const slow = runner.getOperation("slow");
    const run = runner.run();
    await slow.waitForData(WaitingOperationStatus.COMPLETED);
    expect(approval.getStatus()).toBe("STARTED");
    await approval.sendCallbackSuccess('"yes"');
    expect((await run).getResult()).toBe("yes");
  });

  test("shows the test every instant of skipped time", async () => {
    const runner = new LocalDurableTestRunner({
      handlerFunction: withDurableExecution(async (_: unknown, context) => {
        await context.wait("first", { hours: 1 });
        await context.wait("second", { hours: 1 });
      }),
    });
    const first = runner.getOperation("first");
    const second = runner.getOperation("second");
    const run = runner.run();
    await first.waitForData();
    expect([first.getStatus(), second.getStatus()]).toEqual(["STARTED", undefined]);
    await first.waitForData(WaitingOperationStatus.COMPLETED);
    await second.waitForData();
    expect([first.getStatus(), second.getStatus()]).toEqual(["SUCCEEDED", "STARTED"]);
    await run;
  });

  test("runs several times at once; handles find what any of the runs has, the last one first", async () => {
    const runner = new LocalDurableTestRunner({
      handlerFunction: withDurableExecution(async (name: string, context) => {
        const approval = await context.createCallback<string>(name, { timeout: { hours: 1 } });
        return approval.result();
      }),
    });
    const first = runner.run({ payload: "first" });
    const second = runner.run({ payload: "second" });
    const handle = runner.getOperation("second");
    await handle.waitForData();
    expect(runner.getOperation("first").getStatus()).toBe("STARTED");
    expect(runner.getOperationByIndex(0).getName()).toBe("second");
    await handle.sendCallbackSuccess('"yes"');
    expect((await second).getResult()).toBe("yes");
    expect(runner.getOperationByIndex(0).getName()).toBe("second");
    await runner.getOperation("first").sendCallbackSuccess('"no"');
    expect((await first).getResult()).toBe("no");
  });

  test("does not mind fake timers of the test", async () => {
    vi.useFakeTimers();
    try {
      const runner = new LocalDurableTestRunner({
        handlerFunction: withDurableExecution(async (_: unknown, context) => {
          const approval = await context.createCallback<string>("approval", {
            timeout: { hours: 1 },
          });
          await context.wait("cool off", { minutes: 1 });
          return approval.result();
        }),
      });
      const approval = runner.getOperation("approval");
      const coolOff = runner.getOperation("cool off");
      const run = runner.run();
      await coolOff.waitForData(WaitingOperationStatus.COMPLETED);
      await approval.sendCallbackSuccess('"yes"');
      expect((await run).getResult()).toBe("yes");
    } finally {
      vi.useRealTimers();
    }
  });

  test("has checkpoints be late in skipped time", async () => {
    await LocalDurableTestRunner.setupTestEnvironment({ skipTime: true, checkpointDelay: 60_000 });
    const runner = new LocalDurableTestRunner<number>({
      handlerFunction: withDurableExecution(async (_: unknown, context) => {
        const start = Date.now();
        await context.createCallback("approval");
        return Date.now() - start;
      }),
    });
    const start = realNow();
    expect((await runner.run()).getResult()).toBe(60_000);
    expect(realNow() - start).toBeLessThan(60_000);
  });

  test("invokes functions in real time", async () => {
    await LocalDurableTestRunner.setupTestEnvironment();
    const runner = new LocalDurableTestRunner({
      handlerFunction: withDurableExecution(async (_: unknown, context) =>
        context.invoke("inner", {}),
      ),
    }).registerDurableFunction(
      "inner",
      withDurableExecution(async (_: unknown, context) => {
        await context.wait("inside", { seconds: 1 });
        return "waited";
      }),
    );
    const start = realNow();
    expect((await runner.run()).getResult()).toBe("waited");
    expect(realNow() - start).toBeGreaterThan(500);
  });

  test("cannot answer with what is no text", async () => {
    const runner = new LocalDurableTestRunner({
      handlerFunction: withDurableExecution(async (_: unknown, context) => {
        const approval = await context.createCallback("approval");
        return approval.result();
      }),
    });
    const approval = runner.getOperation("approval");
    const run = runner.run();
    await approval.waitForData();
    await expect(
      approval.sendCallbackFailure({ ErrorMessage: 7 } as unknown as object),
    ).rejects.toThrow("ErrorMessage");
    await expect(approval.sendCallbackSuccess(12 as unknown as string)).rejects.toThrow(TypeError);
    await approval.sendCallbackSuccess();
    await run;
  });

  test("says what the cloud runner needs", async () => {
    const runner = new CloudDurableTestRunner({ functionName: "orders:1" });
    await expect(runner.run()).rejects.toThrow("npm install --save-dev @aws-sdk/client-lambda");
  });
});

describe("real time that passes beside skipped time", () => {
  beforeAll(() => LocalDurableTestRunner.setupTestEnvironment({ skipTime: true }));

  test.concurrent("lets a wait by id give up in real time, too, when the test has a handle on the callback", async () => {
    const runner = new LocalDurableTestRunner({
      handlerFunction: withDurableExecution(async (_: unknown, context) => {
        const approval = await context.createCallback("approval", { timeout: { hours: 48 } });
        const impatient = await context
          .waitForCallback(approval, { name: "impatient", timeout: { seconds: 1 } })
          .catch((error: Error) => error.name);
        return [impatient, await approval.result()];
      }),
    });
    const approval = runner.getOperation("approval");
    const run = runner.run();
    await approval.waitForData();
    await sleep(600);
    expect(runner.getOperation("impatient").getStatus()).toBe("STARTED");
    await runner.getOperation("impatient").waitForData(WaitingOperationStatus.COMPLETED);
    await approval.sendCallbackSuccess('"late, but not too late"');
    expect((await run).getResult()).toEqual(["CallbackTimeoutError", "late, but not too late"]);
  });

  test.concurrent("lets an invocation come to its limit when the test does nothing for a while", async () => {
    const runner = new LocalDurableTestRunner({
      handlerFunction: withDurableExecution(async (_: unknown, context) =>
        context.step("import", async () => {
          await sleep(899_900);
          return "imported";
        }),
      ),
    });
    expect((await runner.run()).getResult()).toBe("imported");
  });

  test.concurrent("lets a step wait for the test for as long as it likes", async () => {
    const gate = Promise.withResolvers<string>();
    const runner = new LocalDurableTestRunner({
      handlerFunction: withDurableExecution(async (_: unknown, context) =>
        context.step("gate", () => gate.promise),
      ),
    });
    const step = runner.getOperation("gate");
    const run = runner.run();
    await step.waitForData();
    await sleep(1300);
    gate.resolve("open");
    expect((await run).getResult()).toBe("open");
  });

  test.concurrent("says what it waits for when that takes long", async () => {
    const warning = Promise.withResolvers<Error>();
    process.on("warning", (each) => {
      if (each.message.includes("has been waiting")) warning.resolve(each);
    });
    const runner = new LocalDurableTestRunner({
      handlerFunction: withDurableExecution(async (_: unknown, context) => {
        const approval = await context.createCallback("approval", { timeout: { hours: 1 } });
        return approval.result();
      }),
    });
    const approval = runner.getOperation("approval");
    const run = runner.run();
    expect((await warning.promise).message).toContain('"approval"');
    await approval.sendCallbackSuccess();
    await run;
  });
});
