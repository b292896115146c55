/** Middlewares put timers around a handler that are about the end of the invocation: they give up in time. */
import { withDurableExecution as withAwsExecution } from "@aws/durable-execution-sdk-js";
import { type DurableContext, withDurableExecution } from "@durabletest/runtime";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LocalDurableTestRunner } from "../src/aws/index.ts";
import { explore } from "../src/explore/index.ts";
import {
  type AnyDurableLambdaHandler,
  DurableTestRunner,
  InvalidHandlerError,
} from "../src/index.ts";
import { replayHistory } from "../src/replay/index.ts";
import { rejectionOf } from "./support/history.ts";

/** Rejects a little before Lambda would kill the function. */
const givingUpInTime =
  (handler: AnyDurableLambdaHandler): AnyDurableLambdaHandler =>
  async (event, context) => {
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise((_, reject) => {
      const leftMs = context.getRemainingTimeInMillis?.() ?? 0;
      timer = setTimeout(() => reject(new Error("Aborted")), leftMs - 5);
    });
    try {
      return await Promise.race([handler(event, context), tooLate]);
    } finally {
      clearTimeout(timer);
    }
  };

const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn += 1) {
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }
};

type Body = (context: DurableContext) => Promise<unknown>;

describe.each([
  ["our runtime", (body: Body) => withDurableExecution(async (_: unknown, ctx) => body(ctx))],
  [
    "AWS's SDK",
    (body: Body): AnyDurableLambdaHandler =>
      withAwsExecution(async (_: unknown, ctx) => body(ctx as unknown as DurableContext)),
  ],
])("a middleware around a handler of %s that gives up in time", (_, handlerOf) => {
  test("runs, and its history can be replayed", async () => {
    const handler = givingUpInTime(
      handlerOf(async (context) => {
        const paid = await context.step("charge", async () => "paid");
        await context.wait("a while", { hours: 1 });
        return paid;
      }),
    );
    const { history, status } = await new DurableTestRunner(handler).run({});
    expect(status).toBe("SUCCEEDED");
    expect(await replayHistory(handler, history)).toMatchObject({ status: "SUCCEEDED", next: [] });
  });

  test("has run() stop before it does so, while a callback waits for the test", async () => {
    let isAnswered = false;
    const runner = new DurableTestRunner(
      givingUpInTime(
        handlerOf(async (context) => {
          const poll = context.step("poll", async () => {
            for (let polls = 0; !isAnswered && polls < 100; polls += 1) await sleep(60_000);
            return isAnswered;
          });
          const approval = context.waitForCallback<string>("approval", async () => {}, {
            timeout: { hours: 48 },
          });
          return [await poll, await approval];
        }),
      ),
    );
    const waiting = await runner.run({});
    expect(waiting.invocations.map(({ status }) => status)).toEqual(["RUNNING"]);
    isAnswered = true;
    const result = await runner.callback("approval").succeed("yes");
    expect(result.result).toEqual([true, "yes"]);
  });

  test("is explored without coming to it", async () => {
    const handler = givingUpInTime(
      handlerOf(async (context) => {
        const paid = await context.step("charge", async () => "paid");
        await context.wait("a while", { hours: 1 });
        await context.step("mail", async () => "sent");
        return paid;
      }),
    );
    const { outcomes } = await explore(handler, { input: {}, strategy: "random", runs: 100 });
    expect(outcomes.map(({ result }) => result)).toEqual(["paid"]);
  });

  test("that copies the event is told so", async () => {
    const durable = handlerOf(async (context) => context.step("charge", async () => "paid"));
    const copying: AnyDurableLambdaHandler = async (event: object, context) =>
      durable(structuredClone(event) as never, context);
    const error = await rejectionOf(new DurableTestRunner(copying).run({}));
    expect(InvalidHandlerError.is(error)).toBe(true);
    expect((error as Error).message).toContain("DataCloneError");
    expect((error as Error).message).toContain("Hand on the event itself");
    expect((error as Error).message).not.toContain("is it wrapped");
  });

  describe("in the drop-in, with skipped time", () => {
    beforeAll(() => LocalDurableTestRunner.setupTestEnvironment({ skipTime: true }));
    afterAll(() => LocalDurableTestRunner.teardownTestEnvironment());

    test("lets a step wait for the test", async () => {
      const { promise, resolve } = Promise.withResolvers<string>();
      const runner = new LocalDurableTestRunner({
        handlerFunction: givingUpInTime(
          handlerOf(async (context) => context.step("charge", async () => promise)),
        ),
      });
      const run = runner.run();
      await runner.getOperation("charge").waitForData();
      await turns(100);
      resolve("paid");
      expect((await run).getResult()).toBe("paid");
      expect((await run).getInvocations()).toHaveLength(1);
    });
  });
});
