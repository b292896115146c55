import { type Callback, type DurableContext, withDurableExecution } from "@durabletest/runtime";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { DurableTestRunner } from "../src/index.ts";

type Handles = Callback<string>[];

/** Puts the handle of a callback "late" where code outside the context finds it. */
type Leave = (context: DurableContext, handles: Handles) => Promise<unknown>;

const make = async (context: DurableContext, handles: Handles) => {
  handles.push(await context.createCallback<string>("late"));
};

const places: readonly { readonly where: string; readonly leave: Leave }[] = [
  {
    where: "a child context",
    leave: (context, handles) =>
      context.runInChildContext("child", (child) => make(child, handles)),
  },
  {
    where: "a child of a child",
    leave: (context, handles) =>
      context.runInChildContext("child", (child) =>
        child.runInChildContext("grandchild", (inner) => make(inner, handles)),
      ),
  },
  {
    where: "an item of a map",
    leave: (context, handles) => context.map("items", [1], (child) => make(child, handles)),
  },
  {
    where: "a branch of a parallel that is recorded flat",
    leave: (context, handles) =>
      context.parallel("branches", [(child) => make(child, handles)], { nesting: "FLAT" }),
  },
];

const ways: readonly {
  readonly how: string;
  readonly ask: (context: DurableContext, handle: Callback<string>) => Promise<unknown>;
}[] = [
  { how: "result()", ask: (_, handle) => handle.result() },
  {
    how: "settled()",
    ask: async (_, handle) => {
      const outcome = await handle.settled();
      return outcome.status === "SUCCEEDED" ? outcome.value : outcome.status;
    },
  },
  { how: "waitForCallback", ask: (context, handle) => context.waitForCallback(handle) },
  {
    how: "result() in another child context",
    ask: (context, handle) => context.runInChildContext("other", () => handle.result()),
  },
  {
    how: "result() in a step",
    ask: (context, handle) => context.step("asks", () => handle.result()),
  },
  { how: "then", ask: (_, handle) => handle.result().then((value) => value) },
];

describe("the handle of a callback outlives the context it was made in", () => {
  for (const { where, leave } of places) {
    test.for(ways)(`made in ${where}, asked with $how`, async ({ ask }) => {
      const handler = withDurableExecution(async (_: unknown, context) => {
        const handles: Handles = [];
        await leave(context, handles);
        await context.wait("meanwhile", { seconds: 5 });
        return handles[0] === undefined ? "no handle" : ask(context, handles[0]);
      });
      const runner = new DurableTestRunner(handler);
      expect((await runner.run()).status).toBe("PENDING");
      const result = await runner.callback("late").succeed("here");
      expect(result).toMatchObject({ status: "SUCCEEDED", result: "here" });
    });
  }

  test("asked for inside, awaited outside: before and after the context has ended", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      let asked: Promise<unknown> = Promise.resolve();
      const child = context.runInChildContext("child", async (inner) => {
        const handle = await inner.createCallback("late");
        asked = handle.result();
        await inner.step("then", () => sleep(10));
      });
      await sleep(5);
      const early = asked.then((value) => value);
      await child;
      return [await early, await asked];
    });
    const runner = new DurableTestRunner(handler);
    expect((await runner.run()).status).toBe("PENDING");
    expect((await runner.callback("late").succeed("here")).result).toEqual(["here", "here"]);
  });

  test("a race that was lost in there suspends nothing outside, on replay either", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      await context.runInChildContext("race", async (child) => {
        const handle = await child.createCallback("never");
        await Promise.race([handle.result(), child.wait({ seconds: 1 })]);
      });
      await sleep(1000); // no durable operation is waited for
      await context.wait({ seconds: 1 });
      await sleep(1000);
      return "done";
    });
    const runner = new DurableTestRunner(handler);
    await runner.run();
    const result = await runner.runToCompletion();
    expect(result.result).toBe("done");
    expect(result.invocations).toHaveLength(3);
  });
});
