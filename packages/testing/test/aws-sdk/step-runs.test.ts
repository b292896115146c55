import type { DurableContext } from "@aws/durable-execution-sdk-js";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { DurableTestRunner } from "../../src/index.ts";
import { sdks, VERSIONS } from "./support/sdks.ts";

const again = { retryStrategy: () => ({ shouldRetry: true, delay: { seconds: 5 } }) };

describe.each(VERSIONS)("a step of SDK %s tells how often its function was called", (version) => {
  const sdk = sdks[version];
  const runnerOf = (
    handler: (input: unknown, context: DurableContext) => Promise<unknown>,
  ): DurableTestRunner => new DurableTestRunner(sdk.withDurableExecution(handler));

  test("once, however often the handler is replayed", async () => {
    const result = await runnerOf(async (_, context) => {
      await context.step("charge", async () => 1);
      await context.wait({ hours: 1 });
    }).run({});
    expect(result.invocations).toHaveLength(2);
    expect(result.step("charge")).toMatchObject({ runs: 1, completedRuns: 1 });
  });

  test("once an attempt", async () => {
    let calls = 0;
    const result = await runnerOf(async (_, context) =>
      context.step(
        "charge",
        async () => {
          calls += 1;
          if (calls < 3) throw new Error("declined");
        },
        again,
      ),
    ).run({});
    expect(result.step("charge")).toMatchObject({ attempt: 3, runs: 3, completedRuns: 3 });
  });

  test("again in an invocation after one that died in its middle", async () => {
    let calls = 0;
    const result = await runnerOf(async (_, context) =>
      context.step("charge", async () => {
        calls += 1;
        await sleep(1000);
        if (calls === 1) process.exit(1);
      }),
    ).run({});
    expect(calls).toBe(2);
    expect(result.step("charge")).toMatchObject({ attempt: 1, runs: 2, completedRuns: 1 });
  });

  test("not again where it is at-most-once", async () => {
    let calls = 0;
    const result = await runnerOf(async (_, context) => {
      await context
        .step(
          "charge",
          async () => {
            calls += 1;
            await sleep(1000);
            process.exit(1);
          },
          {
            semantics: sdk.StepSemantics.AtMostOncePerRetry,
            retryStrategy: () => ({ shouldRetry: false }),
          },
        )
        .catch(() => {});
    }).run({});
    expect(calls).toBe(1);
    expect(result.step("charge")).toMatchObject({ runs: 1, completedRuns: 0 });
  });

  test("not at all where it may have been called before anybody could hear of it", async () => {
    let calls = 0;
    const result = await runnerOf(async (_, context) => {
      await context.step("before", async () => 1);
      await context.step("charge", async () => {
        calls += 1;
        // Sooner than the SDK has said that it has begun.
        if (calls === 1) process.exit(1);
      });
      await context.step("after", async () => 1);
    }).run({});
    expect(calls).toBe(2);
    expect(result.step("before").runs).toBe(1);
    expect(result.step("charge")).toMatchObject({ runs: undefined, completedRuns: undefined });
  });
});
