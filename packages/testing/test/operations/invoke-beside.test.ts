import { type DurableContext, withDurableExecution } from "@durabletest/runtime";
import {
  type DurableContext as AwsContext,
  withDurableExecution as withAwsExecution,
} from "@aws/durable-execution-sdk-js";
import { describe, expect, test } from "vitest";
import { DurableTestRunner, HandlerStuckError, respond } from "../../src/index.ts";
import { eventLines, rejectionOf } from "../support/history.ts";

/** What a handler invokes runs beside it, when the handler itself goes on for long. */

const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

const waiting = withDurableExecution(async (seconds: number, context) => {
  await context.wait({ seconds });
  return `waited ${seconds} s`;
});

describe("beside a long step", () => {
  test("AWS's SDK sees each invoke end, within one invocation", async () => {
    const handler = withAwsExecution(async (_: unknown, context: AwsContext) => {
      const both = await context.parallel([
        (branch) =>
          branch.step("long", async () => {
            await sleep(10_000);
            return "long";
          }),
        async (branch) => {
          const first = await branch.invoke<number, string>("first", "waiting", 2);
          const second = await branch.invoke<number, string>("second", "plain", 1);
          return [first, second, await branch.invoke<number, string>("third", "waiting", 2)];
        },
      ]);
      return both.getResults();
    });
    const result = await new DurableTestRunner(handler, {
      durableFunctions: { waiting },
      functions: { plain: (input: number) => `plain ${input}` },
    }).run({});
    expect(result).toMatchObject({
      result: ["long", ["waited 2 s", "plain 1", "waited 2 s"]],
      elapsedMs: 10_000,
    });
    expect(result.invocations).toHaveLength(1);
  });

  test("a function begins when it is invoked, and ends at its time", async () => {
    const handler = withDurableExecution(async (_: unknown, context: DurableContext) => {
      const [answer] = await Promise.all([
        context.invoke<string>("waiting", 60),
        context.step("long", () => sleep(600_000)),
      ]);
      return answer;
    });
    const runner = new DurableTestRunner(handler, { durableFunctions: { waiting } });
    const result = await runner.run({});
    expect(result).toMatchObject({ result: "waited 60 s", elapsedMs: 600_000 });
    expect(eventLines(result).slice(1)).toEqual([
      "ChainedInvokeStarted",
      "StepStarted long",
      "ChainedInvokeSucceeded",
      "StepSucceeded long",
      "InvocationCompleted",
      "ExecutionSucceeded",
    ]);
  });

  test("a function with a long step of its own shares the time", async () => {
    const order: string[] = [];
    const inner = withDurableExecution(async (_: unknown, context) =>
      context.step("inner", async () => {
        for (let index = 1; index <= 3; index += 1) {
          await sleep(2000);
          order.push(`inner ${index * 2}`);
        }
      }),
    );
    const outer = withDurableExecution(async (_: unknown, context) => {
      await Promise.all([
        context.invoke("inner", {}),
        context.step("outer", async () => {
          await sleep(3000);
          order.push("outer 3");
        }),
      ]);
      return "done";
    });
    const result = await new DurableTestRunner(outer, { durableFunctions: { inner } }).run({});
    expect(result).toMatchObject({ result: "done", elapsedMs: 6000 });
    expect(order).toEqual(["inner 2", "outer 3", "inner 4", "inner 6"]);
    expect(result.invocations).toHaveLength(2);
  });

  test("its callback is answered by a script meanwhile", async () => {
    const asking = withDurableExecution(async (_: unknown, context) => {
      const callback = await context.createCallback<string>("approval");
      return callback.result();
    });
    const handler = withDurableExecution(async (_: unknown, context: DurableContext) => {
      const [answer] = await Promise.all([
        context.invoke<string>("asking", {}),
        context.step("long", () => sleep(60_000)),
      ]);
      return answer;
    });
    const result = await new DurableTestRunner(handler, {
      durableFunctions: { asking },
      callbacks: { approval: respond.success("yes").after({ seconds: 10 }) },
    }).run({});
    expect(result).toMatchObject({ result: "yes", elapsedMs: 60_000 });
  });

  test("what is wrong with a function is told, and nobody goes on", async () => {
    const stuck = withDurableExecution(async () => new Promise(() => {}));
    let ended = false;
    const handler = withDurableExecution(async (_: unknown, context: DurableContext) => {
      await Promise.all([
        context.invoke("stuck", {}),
        context.step("short", () => sleep(1000)),
        context.step("long", async () => {
          await sleep(600_000);
          ended = true;
        }),
      ]);
    });
    const runner = new DurableTestRunner(handler, { durableFunctions: { stuck } });
    const error = await rejectionOf(runner.run({}));
    expect(HandlerStuckError.is(error)).toBe(true);
    expect((error as Error).message).toContain('In "stuck"');
    expect(ended).toBe(true);
  });

  test("a function that runs for longer than Lambda lets it times out alone", async () => {
    const endless = withDurableExecution(async (_: unknown, context) =>
      context.step("endless", () => sleep(10_000_000)),
    );
    const handler = withDurableExecution(async (_: unknown, context: DurableContext) => {
      const [outcome] = await Promise.all([
        context.invoke("endless", {}).catch((error: Error) => error.name),
        context.step("long", () => sleep(800_000)),
      ]);
      return outcome;
    });
    const result = await new DurableTestRunner(handler, {
      durableFunctions: { endless: { handler: endless, timeout: { minutes: 10 } } },
    }).run({});
    expect(result).toMatchObject({ result: "InvokeError", elapsedMs: 800_000 });
  });
});
