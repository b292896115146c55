import { type DurableContext, withDurableExecution } from "@aws/durable-execution-sdk-js";
import { expect, test } from "vitest";
import { useEnvironment } from "./support/environment.ts";
import { describeModules } from "./support/modules.ts";

const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

/** Node lets timers fire early by what its turn had taken already: what takes a second takes half of one for sure. */
async function realMs(action: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await action();
  return performance.now() - start;
}

describeModules(
  "real time, with %s module",
  (testing) => {
    const { LocalDurableTestRunner, WaitingOperationStatus } = testing;
    useEnvironment(testing, { skipTime: false });

    test("passes in waits and between attempts, and the invocations are those of the service", async () => {
      let attempts = 0;
      const runner = new LocalDurableTestRunner({
        handlerFunction: withDurableExecution(async (__: unknown, context: DurableContext) => {
          await context.wait("wait", { seconds: 1 });
          await context.step(
            "flaky",
            async () => {
              attempts += 1;
              if (attempts === 1) throw new Error("once");
            },
            { retryStrategy: () => ({ shouldRetry: true, delay: { seconds: 1 } }) },
          );
        }),
      });
      const wait = runner.getOperation("wait");
      const flaky = runner.getOperation("flaky");
      const run = runner.run();
      const elapsedMs = await realMs(async () => {
        await wait.waitForData(WaitingOperationStatus.COMPLETED);
        expect(flaky.getStatus()).toBeUndefined();
        await flaky.waitForData();
        await run;
      });
      expect(elapsedMs).toBeGreaterThan(1000);
      expect((await run).getInvocations()).toHaveLength(3);
      const waitedMs = flaky.getStartTimestamp()!.getTime() - wait.getStartTimestamp()!.getTime();
      expect(waitedMs).toBeGreaterThan(500);
      expect(flaky.getStepDetails()?.attempt).toBe(2);
    });

    test("passes in steps, and the test acts meanwhile", async () => {
      const runner = new LocalDurableTestRunner({
        handlerFunction: withDurableExecution(async (__: unknown, context: DurableContext) =>
          context.waitForCallback("upload", () => sleep(300)),
        ),
      });
      const upload = runner.getOperation("upload");
      const before = Date.now();
      const run = runner.run();
      await upload.waitForData(WaitingOperationStatus.STARTED);
      await upload.sendCallbackSuccess("early");
      const execution = await run;
      expect(execution.getResult()).toBe("early");
      const submitter = upload.getChildOperations()?.find((child) => child.getType() === "STEP");
      expect(submitter?.getStartTimestamp()?.getTime()).toBeGreaterThan(before - 100);
      expect(submitter?.getEndTimestamp()?.getTime()).toBeGreaterThan(before + 150);
    });

    test("passes until a callback times out, and until a heartbeat is missed", async () => {
      const runner = new LocalDurableTestRunner({
        handlerFunction: withDurableExecution(async (__: unknown, context: DurableContext) => {
          const [silent] = await context.createCallback("silent", { timeout: { seconds: 1 } });
          const [dying] = await context.createCallback("dying", {
            heartbeatTimeout: { seconds: 1 },
          });
          const ends = await Promise.allSettled([silent, dying]);
          return ends.map(({ status }) => status);
        }),
      });
      const dying = runner.getOperation("dying");
      const run = runner.run();
      const elapsedMs = await realMs(async () => {
        await dying.waitForData();
        await sleep(500);
        await dying.sendCallbackHeartbeat();
        await run;
      });
      expect(elapsedMs).toBeGreaterThan(750);
      expect((await run).getResult()).toEqual(["rejected", "rejected"]);
      expect(runner.getOperation("silent").getStatus()).toBe("TIMED_OUT");
      expect(dying.getStatus()).toBe("TIMED_OUT");
    });

    test("passes in an invocation that has waits and steps at once", async () => {
      const runner = new LocalDurableTestRunner({
        handlerFunction: withDurableExecution(async (__: unknown, context: DurableContext) => {
          const order: string[] = [];
          const waited = Promise.withResolvers<void>();
          await context.parallel([
            async (branch) => {
              await branch.step("as long as the wait", () => waited.promise);
              order.push("step");
            },
            async (branch) => {
              await branch.wait({ seconds: 1 });
              await branch.step("after the wait", async () => {});
              order.push("wait");
              waited.resolve();
            },
          ]);
          return order;
        }),
      });
      const execution = await runner.run();
      expect(execution.getResult()).toEqual(["wait", "step"]);
    });

    test("functions run beside a step of their caller", async () => {
      const runner = new LocalDurableTestRunner({
        handlerFunction: withDurableExecution(async (__: unknown, context: DurableContext) => {
          const batch = await context.parallel([
            async (branch) => branch.step("long", () => sleep(4000).then(() => "long")),
            async (branch) => branch.invoke<number, string>("waits", 1),
          ]);
          return batch.getResults()[1];
        }),
      });
      runner.registerDurableFunction(
        "waits",
        withDurableExecution(async (n: number, context: DurableContext) => {
          await context.wait({ seconds: 1 });
          return `waits ${n}`;
        }),
      );
      const execution = await runner.run();
      expect(execution.getResult()).toBe("waits 1");
      expect(execution.getInvocations()).toHaveLength(1);
    });
  },
  { concurrent: true },
);
