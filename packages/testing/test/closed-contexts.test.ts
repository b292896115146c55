import { type DurableContext, withDurableExecution } from "@durabletest/runtime";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { DurableTestRunner } from "../src/index.ts";
import { eventLines } from "./support/history.ts";

const handlerOf = <Output>(body: (context: DurableContext) => Promise<Output>) =>
  withDurableExecution(async (_: unknown, context) => body(context));

/** A context that returns as soon as its first branch has, and leaves the other one behind. */
const leaving = <T>(context: DurableContext, left: (child: DurableContext) => Promise<T>) =>
  context.runInChildContext("group", async (child) => {
    void left(child).catch(() => {});
    return child.step("first", () => "first");
  });

describe("what goes on in a context that has ended", () => {
  test("records nothing more, and begins nothing", async () => {
    const ran: string[] = [];
    const handler = handlerOf(async (context) => {
      await leaving(context, async (child) => {
        await child.step("slow", async () => {
          await sleep(1000);
          ran.push("slow");
        });
        ran.push("after slow");
        await child.step("next", () => ran.push("next"));
      });
      await context.step("busy", () => sleep(5000));
      await context.wait({ hours: 1 });
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.status).toBe("SUCCEEDED");
    expect(ran).toEqual(["slow"]);
    expect(eventLines(result)).toEqual([
      "ExecutionStarted",
      "ContextStarted group",
      "StepStarted slow",
      "StepStarted first",
      "StepSucceeded first",
      "ContextSucceeded group",
      "StepStarted busy",
      "StepSucceeded busy",
      "WaitStarted",
      "InvocationCompleted",
      "WaitSucceeded",
      "InvocationCompleted",
      "ExecutionSucceeded",
    ]);
  });

  test.for<{ what: string; left: (child: DurableContext) => Promise<unknown> }>([
    { what: "a wait", left: (child) => child.wait({ hours: 1 }) },
    {
      what: "a step that is to be retried",
      left: (child) =>
        child.step(() => {
          throw new Error("again");
        }),
    },
    {
      what: "a step that waits for a callback",
      left: (child) => child.step(async (step) => (await step.createCallback()).result()),
    },
    {
      what: "a context that waits in a context",
      left: (child) => child.runInChildContext((inner) => inner.wait({ hours: 1 })),
    },
  ])("suspends nothing: $what", async ({ left }) => {
    const handler = handlerOf(async (context) => {
      await context.runInChildContext("group", async (child) => {
        void left(child).catch(() => {});
        return child.step("first", () => sleep(10));
      });
      await sleep(1000); // no durable operation is waited for
      return "done";
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.result).toBe("done");
    expect(result.invocations).toHaveLength(1);
  });

  test("holds nothing up when a step in there gives up a wait", async () => {
    const handler = handlerOf(async (context) => {
      await context.runInChildContext("group", async (child) => {
        void child.step("left", async (step) => {
          const callback = await step.createCallback();
          return step.waitForCallback(callback, { timeout: { seconds: 1 } });
        });
        return child.step("first", () => sleep(500));
      });
      await context.step("busy", () => sleep(5000));
      await context.wait({ hours: 1 });
      return "done";
    });
    const runner = new DurableTestRunner(handler);
    await runner.run();
    expect((await runner.runToCompletion()).result).toBe("done");
  });

  test("holds no step up that asks for a callback too late", async () => {
    const handler = handlerOf(async (context) => {
      await leaving(context, (child) =>
        child.step("late", async (step) => {
          await sleep(1000);
          return step.createCallback("never");
        }),
      );
      await context.step("busy", () => sleep(5000));
      await context.wait({ hours: 1 });
      return "done";
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.result).toBe("done");
    expect(result.operations.map(({ name }) => name)).not.toContain("never");
  });

  test("does not run again when its result is made anew", async () => {
    const ran: string[] = [];
    const handler = handlerOf(async (context) => {
      const length = (
        await context.runInChildContext("group", async (child) => {
          void child.step("slow", async () => {
            ran.push("slow");
            await sleep(1000);
          });
          await child.step("first", () => 1);
          ran.push("body");
          return "x".repeat(300_000);
        })
      ).length;
      await context.wait({ hours: 1 });
      await context.wait({ hours: 1 });
      return length;
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.result).toBe(300_000);
    expect(ran).toEqual(["slow", "body", "body", "body"]);
  });

  test("keeps the callbacks that were made in it known", async () => {
    const handler = handlerOf(async (context) => {
      const id = await context.runInChildContext("group", async (child) => {
        const callback = await child.createCallback<string>("kept");
        void child.wait({ hours: 1 }).then(() => child.createCallback("too late"));
        return callback.callbackId;
      });
      await context.wait({ hours: 2 });
      return context.waitForCallback(id);
    });
    const runner = new DurableTestRunner(handler);
    const waiting = await runner.run();
    expect(waiting.pendingCallbacks.map(({ name }) => name)).toEqual(["kept"]);
    const result = await runner.callback("kept").succeed("answer");
    expect(result.result).toBe("answer");
  });
});
