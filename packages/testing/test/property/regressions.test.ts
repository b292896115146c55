/** What the properties found, each as small as it gets. */
import { withDurableExecution } from "@durabletest/runtime";
import { expect, test } from "vitest";
import { DurableTestRunner, respond } from "../../src/index.ts";

test("a branch goes on as far as it can before the next outcome arrives, also on a replay", async () => {
  const handler = withDurableExecution(async (_: unknown, context) => {
    const callback = await context.createCallback<string>("answer");
    const late = callback.result().then(() => context.step("after the answer", () => 1));
    await context.step("first", () => 1);
    for (let tick = 0; tick < 5; tick += 1) await Promise.resolve();
    await context.step("second", () => 1);
    return late;
  });
  const runner = new DurableTestRunner(handler);
  await runner.run();
  const result = await runner.callback("answer").succeed("here");
  expect(result).toMatchObject({ status: "SUCCEEDED", result: 1 });
});

test("creating a callback takes the same turn among outcomes on a replay as at first", async () => {
  const handler = withDurableExecution(async (_: unknown, context) => {
    const winner = await Promise.race([
      context.wait("a", { seconds: 1 }).then(async () => {
        await context.createCallback("answer");
        return "callback";
      }),
      context.wait("b", { seconds: 1 }).then(() => "wait"),
    ]);
    await context.step(`won by the ${winner}`, () => winner);
    await context.wait({ seconds: 1 });
    return winner;
  });
  const runner = new DurableTestRunner(handler);
  await runner.run();
  expect((await runner.runToCompletion()).status).toBe("SUCCEEDED");
});

test("a callback that has ended is forgotten with its child context, at first as on a replay", async () => {
  const handler = withDurableExecution(async (_: unknown, context) => {
    const id = await context.runInChildContext("child", async (child) => {
      const callback = await child.createCallback<string>("answer");
      await callback.result();
      return callback.callbackId;
    });
    const again = await context.waitForCallback<string>(id).catch((error: Error) => error.name);
    await context.step(`got ${again}`, () => again);
    await context.wait({ seconds: 1 });
    return again;
  });
  const runner = new DurableTestRunner(handler, { callbacks: { answer: respond.success("yes") } });
  expect(await runner.run()).toMatchObject({
    status: "SUCCEEDED",
    result: "UnknownCallbackError",
  });
});

test("a callback that a step made stays known when the context around it closes later", async () => {
  const handler = withDurableExecution(async (_: unknown, context) => {
    const id = await context.runInChildContext("outer", async (outer) => {
      const made = await outer.step("make", async (step) => {
        const callback = await step.createCallback<string>("answer");
        return callback.callbackId;
      });
      await outer.wait({ seconds: 1 });
      return made;
    });
    await context.wait({ seconds: 1 });
    return context.waitForCallback<string>(id);
  });
  const runner = new DurableTestRunner(handler);
  await runner.run();
  const result = await runner.callback("answer").succeed("yes");
  expect(result).toMatchObject({ status: "SUCCEEDED", result: "yes" });
});
