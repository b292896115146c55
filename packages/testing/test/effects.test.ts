import { type DurableContext, withDurableExecution } from "@durabletest/runtime";
import { withDurableExecution as withAwsDurableExecution } from "@aws/durable-execution-sdk-js";
import { expect, test } from "vitest";
import {
  DurableTestRunner,
  EffectOutsideExecutionError,
  formatTimeline,
  recordEffect,
  respond,
} from "../src/index.ts";
import { thrownBy } from "./support/thrown-by.ts";

interface Order {
  readonly id: string;
}

const bank = {
  charge: async ({ id }: Order): Promise<string> => {
    recordEffect("charge", id, { amount: 40 });
    return `r-${id}`;
  },
};

const order = withDurableExecution(async (input: Order, context: DurableContext) => {
  await context.wait("cooldown", { minutes: 5 });
  return context.step("charge", () => bank.charge(input));
});

const start = new Date("2025-01-01T00:05:00.000Z");

test("an effect knows when, in which invocation, and by which step and attempt it was made", async () => {
  const result = await new DurableTestRunner(order).run({ id: "o-1" });
  expect(result.effects).toEqual([
    {
      name: "charge",
      key: "o-1",
      data: { amount: 40 },
      at: start,
      invocation: 2,
      operation: "charge",
      attempt: 1,
    },
  ]);
});

test("an effect whose outcome was lost in a crash is seen twice", async () => {
  const runner = new DurableTestRunner(order, { steps: { charge: [respond.crash("after")] } });
  const result = await runner.run({ id: "o-1" });
  expect(result.effects.map(({ invocation, attempt }) => [invocation, attempt])).toEqual([
    [2, 1],
    [3, 1],
  ]);
  expect(formatTimeline(result)).toContain('effect "charge" "o-1", in charge');
});

test("what a sandbox does that is dead reaches nobody", async () => {
  let release = (): void => {};
  const dies = withDurableExecution(async (_: undefined, context: DurableContext) =>
    context.step("charge", async () => {
      const dead = new Promise<void>((resolve) => {
        release = resolve;
      });
      await Promise.race([dead, new Promise((resolve) => setTimeout(resolve, 3_600_000))]);
      recordEffect("charge");
    }),
  );
  const runner = new DurableTestRunner(dies, {
    invocationTimeout: { minutes: 1 },
    maxInvocations: 2,
  });
  await runner.run(undefined).catch(() => {});
  release();
  expect(runner.result.effects).toEqual([]);
});

test("effects of invoked functions: of a plain one they are its invoker's, of a durable one its own", async () => {
  const handler = withDurableExecution(async (input: Order, context: DurableContext) => {
    await context.invoke("notify", input);
    return context.invoke("pay", input);
  });
  const runner = new DurableTestRunner(handler, {
    functions: { notify: ({ id }: Order) => recordEffect("mail", id) },
    durableFunctions: { pay: order },
  });
  const result = await runner.run({ id: "o-1" });
  expect(result.effects).toMatchObject([{ name: "mail", key: "o-1", operation: "invoke" }]);
  const arns = result.operations.flatMap((operation) =>
    operation.type === "CHAINED_INVOKE" ? (operation.executionArn ?? []) : [],
  );
  expect(arns).toHaveLength(1);
  expect(runner.execution(arns[0] ?? "").effects).toMatchObject([{ name: "charge" }]);
});

test("a handler of AWS's SDK has effects, too; its step is known when it is the only one", async () => {
  const handler = withAwsDurableExecution(async (input: Order, context) => {
    await context.step("charge", async () => {
      // The SDK does not wait until its START has been taken.
      await new Promise((resolve) => setTimeout(resolve, 10));
      return bank.charge(input);
    });
    recordEffect("done");
  });
  const result = await new DurableTestRunner<Order>(handler).run({ id: "o-1" });
  expect(result.effects).toMatchObject([
    { name: "charge", operation: "charge", attempt: 1 },
    { name: "done", invocation: 1 },
  ]);
  expect(result.effects[1]).not.toHaveProperty("operation");
});

test("a fork has the effects of its original, and then its own", async () => {
  const handler = withDurableExecution(async (input: Order, context: DurableContext) => {
    await context.step("charge", () => bank.charge(input));
    await context.waitForCallback("approval", () => {});
    await context.step("ship", () => recordEffect("ship"));
  });
  const runner = new DurableTestRunner(handler);
  await runner.run({ id: "o-1" });
  const fork = runner.fork();
  const result = await runner.callback("approval").succeed();
  expect(result.effects.map(({ name }) => name)).toEqual(["charge", "ship"]);
  expect(fork.result.effects.map(({ name }) => name)).toEqual(["charge"]);
});

test("outside of an execution an effect is an error, and so is one without a name", () => {
  const error = thrownBy(() => recordEffect("charge"));
  expect(error).toBeInstanceOf(EffectOutsideExecutionError);
  expect(error).toMatchObject({ code: "EFFECT_OUTSIDE_EXECUTION" });
  expect(() => recordEffect("")).toThrow('"" is no name of an effect');
  expect(() => recordEffect("charge", 5 as never)).toThrow("the key 5 is no text");
});

test("what an invocation has left behind goes on in the next one, and has effects there", async () => {
  const handler = withDurableExecution(async (_: undefined, context: DurableContext) => {
    await context.step("begin", () => {
      setTimeout(() => recordEffect("late"), 60_000);
    });
    await context.wait("an hour", { hours: 1 });
    await context.step("end", () => recordEffect("end"));
  });
  const result = await new DurableTestRunner(handler).run();
  expect(result.effects.map(({ name, invocation }) => [name, invocation])).toEqual([
    ["late", 2],
    ["end", 2],
  ]);
});
