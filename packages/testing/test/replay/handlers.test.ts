import { type DurableContext, withDurableExecution } from "@durabletest/runtime";
import { expect, test } from "vitest";
import { DurableTestRunner } from "../../src/index.ts";
import { replayHistory } from "../../src/replay/index.ts";

const handler = withDurableExecution(async (_: undefined, context: DurableContext) => {
  await context.step("charge", () => 1);
  return context.invoke("pay", {});
});

const recorded = async () => {
  const runner = new DurableTestRunner(handler, { functions: { pay: () => "paid" } });
  return (await runner.run()).history;
};

test("a module in the place of its handler is told which of its exports that is", async () => {
  const module = { order: handler, handler: () => {}, other: 1 };
  await expect(replayHistory(module as never, await recorded())).rejects.toThrow(
    "It has one: give .order or .handler.",
  );
  await expect(replayHistory({ other: 1 } as never, await recorded())).rejects.toThrow(
    "is no handler",
  );
  await expect(replayHistory(null as never, await recorded())).rejects.toThrow(
    "null is no handler",
  );
});

test("a handler that does not load says why, whatever it threw", async () => {
  const history = await recorded();
  // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- that is the point
  const loading = Promise.reject("no such module");
  await expect(replayHistory(loading as never, history)).rejects.toThrow(
    "The handler could not be loaded: no such module",
  );
  const throwing = Promise.reject(new TypeError("broken"));
  await expect(replayHistory(throwing as never, history)).rejects.toThrow(
    "The handler could not be loaded: TypeError: broken",
  );
});

test("a handler that fails, or returns, before it asks for what was recorded is told with that", async () => {
  const fails = withDurableExecution(async () => {
    throw new RangeError("too early");
  });
  await expect(replayHistory(fails, await recorded())).rejects.toThrow(
    "The handler fails before it asks for it, with RangeError: too early",
  );
  const returns = withDurableExecution(async () => "done");
  await expect(replayHistory(returns, await recorded())).rejects.toThrow(
    "The handler returns without having asked for it.",
  );
});

test("one that was renamed a little, and one that was exchanged, are told apart", async () => {
  const renamed = withDurableExecution(async (_: undefined, context: DurableContext) => {
    await context.step("charges", () => 1);
    return context.invoke("pay", {});
  });
  await expect(replayHistory(renamed, await recorded())).rejects.toThrow(/Asked for: .*charges/);
  const exchanged = withDurableExecution(async (_: undefined, context: DurableContext) => {
    const paid = await context.invoke("pay", {});
    await context.step("charge", () => 1);
    return paid;
  });
  await expect(replayHistory(exchanged, await recorded())).rejects.toThrow(/Recorded: .*charge/);
});
