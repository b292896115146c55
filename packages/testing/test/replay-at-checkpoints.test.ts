import { type DurableContext, withDurableExecution } from "@durabletest/runtime";
import { withDurableExecution as withAwsDurableExecution } from "@aws/durable-execution-sdk-js";
import { expect, test } from "vitest";
import { DurableTestRunner, recordEffect, respond } from "../src/index.ts";

const packing = withDurableExecution(async (_: undefined, context: DurableContext) => {
  let inVariable = 0;
  await context.step("pack", () => {
    inVariable += 1;
    recordEffect("pack");
  });
  const labels = await context.map("labels", ["a", "b"], async (child, label) =>
    child.step("print", () => label),
  );
  await context.step("seal", () => recordEffect("seal"));
  return { inVariable, labels: labels.getResults() };
});

test("a handler that never waits is replayed after every checkpoint that has ended something", async () => {
  const runner = new DurableTestRunner(packing, { replay: "checkpoint" });
  const result = await runner.run();
  expect(result.invocations.length).toBeGreaterThan(3);
  expect(result.invocations.slice(0, -1).every(({ status }) => status === "PENDING")).toBe(true);
  expect(result.effects.map(({ name }) => name)).toEqual(["pack", "seal"]);
  expect(result.step("pack").runs).toBe(1);
  // What a step leaves in a variable is lost, as it would be in production after a wait.
  expect(result.result).toEqual({ inVariable: 0, labels: ["a", "b"] });

  const usual = await new DurableTestRunner(packing).run();
  expect(usual.invocations).toHaveLength(1);
  expect(usual.result).toEqual({ inVariable: 1, labels: ["a", "b"] });
});

test("a step that is at work beside it is not called again", async () => {
  const handler = withDurableExecution(async (_: undefined, context: DurableContext) =>
    Promise.all([
      context.step("slow", async () => {
        await new Promise((resolve) => setTimeout(resolve, 1000));
        recordEffect("slow");
        return "slow";
      }),
      context.step("quick", () => "quick"),
    ]),
  );
  const result = await new DurableTestRunner(handler, { replay: "checkpoint" }).run();
  expect(result.result).toEqual(["slow", "quick"]);
  expect(result.step("slow").runs).toBe(1);
  expect(result.invocations.length).toBeGreaterThan(1);
});

test("waits, retries and answers come as they would", async () => {
  const handler = withDurableExecution(async (_: undefined, context: DurableContext) => {
    const answer = await context.waitForCallback<string>("approval", () => recordEffect("ask"));
    await context.wait("cooldown", { hours: 1 });
    const attempt = await context.step("flaky", (step) => {
      if (step.attempt < 3) throw new Error("not yet");
      return step.attempt;
    });
    return [answer, attempt];
  });
  const outcome = async (replay: "suspension" | "checkpoint") => {
    const runner = new DurableTestRunner(handler, {
      replay,
      callbacks: { approval: respond.success("yes").after({ minutes: 5 }) },
    });
    const { result, effects, elapsedMs } = await runner.run();
    return { result, effects: effects.map(({ name, at }) => [name, at]), elapsedMs };
  };
  expect(await outcome("checkpoint")).toEqual(await outcome("suspension"));
});

test("a handler of AWS's SDK is replayed as well", async () => {
  const handler = withAwsDurableExecution(async (_: unknown, context) => {
    const first = await context.step("first", async () => 1);
    const second = await context.step("second", async () => first + 1);
    return second;
  });
  const result = await new DurableTestRunner(handler, { replay: "checkpoint" }).run({});
  expect(result.result).toBe(2);
  expect(result.invocations.length).toBeGreaterThan(2);
});

test("another way than these is refused", () => {
  expect(() => new DurableTestRunner(packing, { replay: "always" as never })).toThrow(
    'replay: "always" is not "suspension" or "checkpoint"',
  );
});
