import { type DurableContext, withDurableExecution } from "@aws/durable-execution-sdk-js";
import { withDurableExecution as ourDurableExecution } from "@durabletest/runtime";
import { describe, expect, test } from "vitest";
import { LocalDurableTestRunner, WaitingOperationStatus } from "../../src/aws/index.ts";
import { useEnvironment } from "./support/environment.ts";
import { ours } from "./support/modules.ts";
import { settled, sleep } from "./support/settled.ts";

// AWS's testing library has these in its sources, and not yet in a release.

const { STARTED, COMPLETED } = WaitingOperationStatus;

const approval = withDurableExecution(async (_: unknown, context: DurableContext) =>
  context.waitForCallback("approval", async () => {}),
);

describe.for([true, false])("pausing, with skipTime: %s", (skipTime) => {
  useEnvironment(ours, { skipTime });

  test("ends the invocation that is going on after its next checkpoint, which is kept", async () => {
    const bodyBegun = Promise.withResolvers<void>();
    const mayEnd = Promise.withResolvers<void>();
    const runs = { first: 0, second: 0 };
    const handler = ourDurableExecution(async (_: unknown, context) => {
      const first = await context.step("first", async () => {
        runs.first += 1;
        bodyBegun.resolve();
        await mayEnd.promise;
        return "a";
      });
      const second = await context.step("second", () => {
        runs.second += 1;
        return "b";
      });
      return first + second;
    });
    const runner = new LocalDurableTestRunner({ handlerFunction: handler });
    const run = runner.run({ payload: {} });
    await bodyBegun.promise;
    const paused = runner.pauseExecution();
    mayEnd.resolve();
    await paused;
    expect(runs).toEqual({ first: 1, second: 0 });
    expect(await settled(run, 50)).toEqual(["pending"]);

    await runner.resumeExecution();
    const result = await run;
    expect(result.getResult()).toBe("ab");
    expect(runs).toEqual({ first: 1, second: 1 });
    expect(result.getInvocations()).toHaveLength(2);
  });

  test("holds back invocations that an answer would begin", async () => {
    let invocations = 0;
    const runner = new LocalDurableTestRunner({
      handlerFunction: async (event: never, context: never) => {
        invocations += 1;
        return approval(event, context);
      },
    });
    const callback = runner.getOperation("approval");
    const run = runner.run({ payload: {} });
    await callback.waitForData(STARTED);
    await runner.pauseExecution();
    await runner.pauseExecution();
    const before = invocations;
    await callback.sendCallbackSuccess("yes");
    expect(await settled(run, 50)).toEqual(["pending"]);
    expect(invocations).toBe(before);

    await runner.resumeExecution();
    await runner.resumeExecution();
    expect((await run).getResult()).toBe("yes");
  });

  test("lets waits go on, and holds back the invocation after them", async () => {
    let invocations = 0;
    const handler = withDurableExecution(async (_: unknown, context: DurableContext) => {
      invocations += 1;
      await context.wait("pause", { seconds: 1 });
      return "done";
    });
    const runner = new LocalDurableTestRunner({ handlerFunction: handler });
    const wait = runner.getOperation("pause");
    const run = runner.run({ payload: {} });
    await wait.waitForData(STARTED);
    await runner.pauseExecution();
    await wait.waitForData(COMPLETED);
    expect(await settled(run, 50)).toEqual(["pending"]);
    expect(invocations).toBe(1);

    await runner.resumeExecution();
    expect((await run).getResult()).toBe("done");
    expect(invocations).toBe(2);
  });

  test("is over at once where nothing is running, and where everything has ended", async () => {
    const runner = new LocalDurableTestRunner({ handlerFunction: approval });
    const callback = runner.getOperation("approval");
    const run = runner.run({ payload: {} });
    await callback.waitForData(WaitingOperationStatus.SUBMITTED);
    await sleep(100);
    await runner.pauseExecution();
    await callback.sendCallbackSuccess("yes");
    await runner.resumeExecution();
    await run;
    for (const ask of ["pauseExecution", "resumeExecution"] as const) {
      await expect(runner[ask]()).rejects.toThrow(`${ask} needs an execution in progress`);
    }
  });

  test("needs a run", async () => {
    const runner = new LocalDurableTestRunner({ handlerFunction: approval });
    await expect(runner.pauseExecution()).rejects.toThrow("needs an execution in progress");
    await expect(runner.resumeExecution()).rejects.toThrow("needs an execution in progress");
  });
});

describe("a checkpoint that is answered without a token", () => {
  useEnvironment(ours, { skipTime: true, withholdCheckpointTokenOnCall: 1 });

  test.for([
    ["of AWS's SDK", withDurableExecution],
    ["of our runtime", ourDurableExecution],
  ] as const)("ends the invocation; a handler %s does the rest again", async ([, wrap]) => {
    let runs = 0;
    const work = async (): Promise<string> => {
      runs += 1;
      await sleep(20);
      return "worked";
    };
    const handler =
      wrap === withDurableExecution
        ? withDurableExecution(async (_: unknown, context: DurableContext) => {
            const waiting = context.wait("pause", { seconds: 1 });
            const result = await context.step("work", work);
            await waiting;
            return result;
          })
        : ourDurableExecution(async (_: unknown, context) => {
            const waiting = context.wait("pause", { seconds: 1 });
            const result = await context.step("work", work);
            await waiting;
            return result;
          });
    const result = await new LocalDurableTestRunner({ handlerFunction: handler }).run();
    expect(result.getStatus()).toBe("SUCCEEDED");
    expect(result.getResult()).toBe("worked");
    expect(runs).toBe(2);
  });

  test("is followed by another invocation also where nothing else is pending", async () => {
    const handler = ourDurableExecution(async (_: unknown, context) =>
      context.step("work", async () => {
        await sleep(20);
        return "worked";
      }),
    );
    const result = await new LocalDurableTestRunner({ handlerFunction: handler }).run();
    expect(result.getResult()).toBe("worked");
    expect(result.getInvocations()).toHaveLength(2);
  });

  test("is one of each execution, those that are invoked included", async () => {
    const inner = ourDurableExecution(async (_: unknown, context) =>
      context.step("inner", () => "inner"),
    );
    const outer = ourDurableExecution(async (_: unknown, context) =>
      context.invoke<string>("inner", {}),
    );
    const runner = new LocalDurableTestRunner({ handlerFunction: outer });
    runner.registerDurableFunction("inner", inner);
    expect((await runner.run()).getResult()).toBe("inner");
  });
});
