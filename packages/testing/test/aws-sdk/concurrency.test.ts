import type { DurableContext } from "@aws/durable-execution-sdk-js";
import { withDurableExecution as withOurs } from "@durabletest/runtime";
import { describe, expect, test } from "vitest";
import { DurableTestRunner } from "../../src/index.ts";
import { outcomeOf } from "./support/outcome.ts";
import { type Sdk, sdks, type Version, VERSIONS } from "./support/sdks.ts";

/** Fails until its fifth attempt, with delays that are drawn. */
const jittery = (sdk: Sdk) => {
  let attempts = 0;
  return sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
    await context.step(
      "flaky",
      async () => {
        attempts += 1;
        if (attempts < 5) throw new Error("again");
      },
      {
        retryStrategy: sdk.createRetryStrategy({
          maxAttempts: 5,
          initialDelay: { seconds: 60 },
          jitter: sdk.JitterStrategy.FULL,
        }),
      },
    );
    return Math.random();
  });
};

describe.each(VERSIONS)("SDK %s", (version) => {
  const sdk = sdks[version];
  const run = async (seed: number) =>
    outcomeOf(await new DurableTestRunner(jittery(sdk), { seed }).run({}));

  test("the same seed makes the same history", async () => {
    expect(await run(1)).toEqual(await run(1));
  });

  test("another seed makes other delays", async () => {
    const outcomes = await Promise.all([1, 2, 3, 4].map(run));
    expect(new Set(outcomes.map(({ elapsedMs }) => elapsedMs)).size).toBe(4);
    expect(new Set(outcomes.map(({ result }) => result)).size).toBe(4);
  });

  test("the jitter of all presets stays within its bounds", async () => {
    const runner = new DurableTestRunner(
      sdk.withDurableExecution(async (_: unknown, context: DurableContext) =>
        context.step(async () => {
          throw new Error("always");
        }),
      ),
    );
    const { invocations, elapsedMs } = await runner.run({});
    // 5 s, 10 s, 20 s, 40 s and 60 s, each of them down to a second.
    expect(invocations).toHaveLength(6);
    expect(elapsedMs).toBeGreaterThanOrEqual(5000);
    expect(elapsedMs).toBeLessThanOrEqual(135_000);
  });
});

/** Waits for so many hours, between two steps; says what time it was. */
const waiting = (sdk: Sdk, hours: number) =>
  sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
    const begun = await context.step("begin", async () => Date.now());
    await context.wait({ hours });
    const ended = await context.step("end", async () => {
      await new Promise((resolve) => {
        setTimeout(resolve, 1000);
      });
      return Date.now();
    });
    return (ended - begun) / 1000;
  });

test("executions of all versions at once, each with a clock of its own", async () => {
  const runs = VERSIONS.flatMap((version: Version) =>
    [1, 2, 3, 4, 5].map((hours) => ({ version, hours })),
  );
  const results = await Promise.all(
    runs.map(async ({ version, hours }) => {
      const runner = new DurableTestRunner(waiting(sdks[version], hours));
      const { result, invocations } = await runner.run({});
      return [result, invocations.length];
    }),
  );
  expect(results).toEqual(runs.map(({ hours }) => [hours * 3600 + 1, 2]));
});

test("one handler in many runners at once", async () => {
  const handler = waiting(sdks["2.4.0"], 1);
  const results = await Promise.all(
    Array.from({ length: 50 }, async () => (await new DurableTestRunner(handler).run({})).result),
  );
  expect(new Set(results)).toEqual(new Set([3601]));
});

describe("two versions in one test", () => {
  const asking = (sdk: Sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      const [answer] = await context.createCallback("approval", { timeout: { hours: 1 } });
      return answer;
    });

  test("one after the other, and in turns", async () => {
    const older = new DurableTestRunner(asking(sdks["1.1.7"]));
    const newer = new DurableTestRunner(asking(sdks["2.4.0"]));
    await older.run({});
    await newer.run({});
    await older.advance({ minutes: 59 });
    expect((await newer.callback("approval").succeed(2)).result).toBe("2");
    expect((await older.callback("approval").succeed(1)).result).toBe("1");
    expect(older.now.getTime() - newer.now.getTime()).toBe(59 * 60_000);
  });

  test.each(VERSIONS.flatMap((caller) => VERSIONS.map((target) => ({ caller, target }))))(
    "in one runner: $caller invokes $target",
    async ({ caller, target }) => {
      const calling = sdks[caller].withDurableExecution(
        async (input: number, context: DurableContext) =>
          context.invoke<number, number>("call", "target", input),
      );
      const doubling = sdks[target].withDurableExecution(
        async (input: number, context: DurableContext) => {
          await context.wait({ hours: 1 });
          return context.step("double", async () => input * 2);
        },
      );
      const runner = new DurableTestRunner(calling, { durableFunctions: { target: doubling } });
      const { result, elapsedMs, invocations } = await runner.run(21);
      expect({ result, invocations: invocations.length }).toEqual({ result: 42, invocations: 2 });
      expect(Math.round(elapsedMs / 1000)).toBe(3600);
    },
  );

  test.each(VERSIONS)(
    "in one runner: our runtime and SDK %s invoke each other",
    async (version) => {
      const { withDurableExecution } = sdks[version];
      const ours = (target: string) =>
        withOurs(async (input: number, context) => {
          await context.wait({ hours: 1 });
          return target === "" ? input * 2 : context.invoke<number>(target, input);
        });
      const theirs = (target: string) =>
        withDurableExecution(async (input: number, context: DurableContext) => {
          await context.wait({ hours: 1 });
          return target === "" ? input * 2 : context.invoke<number, number>(target, input);
        });
      const durableFunctions = { theirs: theirs("last"), last: ours("") };
      const first = await new DurableTestRunner(ours("theirs"), { durableFunctions }).run(21);
      expect({ result: first.result, hours: Math.floor(first.elapsedMs / 3_600_000) }).toEqual({
        result: 42,
        hours: 3,
      });
      const second = await new DurableTestRunner(theirs("middle"), {
        durableFunctions: { middle: ours("end"), end: theirs("") },
      }).run(21);
      expect(second.result).toBe(42);
    },
  );
});
