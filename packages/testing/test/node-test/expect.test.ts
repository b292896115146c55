import { AssertionError } from "node:assert";
import { withDurableExecution, type DurableContext } from "@durabletest/runtime";
import { describe, expect as vitest, test } from "vitest";
import { DurableTestRunner } from "../../src/index.ts";
import { expect } from "../../src/node-test/index.ts";

const handler = withDurableExecution(async (order: { id: string }, context: DurableContext) => {
  const approval = await context.createCallback<string>("approval", { timeout: { hours: 48 } });
  return { order: order.id, at: new Date(0), by: await approval.result(), tags: ["a", "b"] };
});

async function approved(): Promise<DurableTestRunner<{ id: string }>> {
  const runner = new DurableTestRunner(handler);
  await runner.run({ id: "o-1" });
  await runner.callback("approval").succeed("kim");
  return runner;
}

function failureOf(assertion: () => void): AssertionError {
  try {
    assertion();
  } catch (error) {
    if (error instanceof AssertionError) return error;
    throw error;
  }
  throw new Error("It did not fail.");
}

describe("expect", () => {
  test("passes where a matcher holds, and with not where it does not", async () => {
    const runner = await approved();
    expect(runner).toHaveSucceeded();
    expect(runner.result).toHaveSucceededWith({
      order: "o-1",
      at: "1970-01-01T00:00:00.000Z",
      by: vitest.any(String) as string,
      tags: ["a", "b"],
    });
    expect(runner).not.toBePending();
    expect(runner).not.toHaveSucceededWith({ order: "o-1" });
    expect(runner).toHaveCallback("approval", { result: "kim", status: "SUCCEEDED" });
    expect(runner).toHaveInvocations(2);
  });

  test("throws an assertion error with the timeline where it does not hold", async () => {
    const runner = await approved();
    const error = failureOf(() => expect(runner).toHaveTimedOut("approval"));
    vitest(error.operator).toBe("toHaveTimedOut");
    vitest(error.message).toMatch(/^expect\(runner\)\.toHaveTimedOut\(callbackName\)$/m);
    vitest(error.message).toMatch(/^Timeline$/m);
    vitest(error.stack).not.toContain("node-test/expect.ts");
    const contrary = failureOf(() => expect(runner.result).not.toHaveSucceeded());
    vitest(contrary.message).toMatch(/^expect\(result\)\.not\.toHaveSucceeded\(\)$/m);
  });

  test("shows what differs", async () => {
    const runner = await approved();
    const expected = { order: "o-2", at: "1970-01-01T00:00:00.000Z", by: "kim", tags: ["a", "b"] };
    const { message } = failureOf(() => expect(runner).toHaveSucceededWith(expected));
    vitest(message).toMatch(/^-.*o-2/m);
    vitest(message).toMatch(/^\+.*o-1/m);
    const pattern = failureOf(() =>
      expect(runner).toHaveOperation("approval", { status: "TIMED_OUT" }),
    );
    vitest(pattern.message).toMatch(/TIMED_OUT/);
  });

  test("awaits what a handler does with a history", async () => {
    const { history } = (await approved()).result;
    const other = withDurableExecution(async (_: unknown, context: DurableContext) =>
      context.wait("elsewhere", { hours: 1 }),
    );
    await expect(handler).toReplay(history);
    await expect(other).not.toReplay(history);
    const failure = expect(other).toReplay(history);
    await vitest(failure).rejects.toBeInstanceOf(AssertionError);
    await vitest(failure).rejects.toMatchObject({ operator: "toReplay" });
    await vitest(expect(other).not.toReplay([])).rejects.toThrow("has no events");
  });

  test("refuses what is neither a result nor a runner, as the matchers do", () => {
    vitest(() => expect(Promise.resolve()).not.toHaveSucceeded()).toThrow(
      "It was called on a promise",
    );
  });
});
