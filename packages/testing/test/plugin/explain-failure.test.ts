/** What the plugins for Jest and node:test, and those of others, have failures say. */
import assert from "node:assert";
import { withDurableExecution } from "@durabletest/runtime";
import { describe, expect, test } from "vitest";
import { type DurableResult, DurableTestRunner } from "../../src/index.ts";
import { explainFailure, openCallOf } from "../../src/plugin/index.ts";

const approval = withDurableExecution(async (_: undefined, context) =>
  context.waitForCallback("approval", () => {}),
);

const waiting = async (): Promise<DurableResult<unknown>> => new DurableTestRunner(approval).run();

const thrownBy = (action: () => void): unknown => {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
};

describe("a failure that is explained", () => {
  test("ends with the timeline, in its message and in its stack, once", async () => {
    const result = await waiting();
    const error = new TypeError("no such order");
    expect(explainFailure(error, result)).toBe(error);
    explainFailure(error, result);
    for (const text of [error.message, error.stack ?? ""]) {
      expect(text).toContain("no such order");
      expect(text.match(/^Timeline$/gm)).toHaveLength(1);
      expect(text).toContain('"approval"');
    }
  });

  test("says so also where the stack had been written before the message", async () => {
    const error = new Error("first");
    error.stack = "Error\n    at somewhere (file.ts:1:1)";
    explainFailure(error, await waiting());
    expect(error.stack).toMatch(
      /^Error: first\n\nTimeline[^]*\n {4}at somewhere \(file\.ts:1:1\)$/,
    );
  });

  test("names the call that was going on when a test ran into its timeout, and only then", async () => {
    const result = await waiting();
    const open = "runner.run() has not finished.";
    const timeouts = ["Exceeded timeout of 5000 ms for a test.", "Test timed out in 5000ms."];
    for (const message of timeouts) {
      const error = explainFailure(new Error(message), result, open);
      expect(error.message).toMatch(/has not finished\.\n\nTimeline/);
    }
    expect(explainFailure(new Error("other"), result, open).message).not.toContain(open);
    expect(explainFailure(new Error(timeouts[0]), result).message).not.toContain(open);
  });

  test("is printed although Node has made its message", async () => {
    const error = thrownBy(() => assert.deepStrictEqual([1], [2]));
    explainFailure(error, await waiting());
    expect(error).toMatchObject({ generatedMessage: false });
    expect(String(error)).toContain("Timeline");
  });
});

describe("is left as it is", () => {
  test("what is no error", async () => {
    const result = await waiting();
    for (const thrown of ["a text", undefined, null, 12, {}, { message: 7 }]) {
      expect(explainFailure(thrown, result)).toBe(thrown);
    }
  });

  test("a failure before anything was started", () => {
    const { result } = new DurableTestRunner(approval);
    expect(explainFailure(new Error("early"), result).message).toBe("early");
  });

  test("an error that somebody has frozen", async () => {
    const error = Object.freeze(new Error("cold"));
    expect(explainFailure(error, await waiting()).message).toBe("cold");
  });
});

test("of a runner that nobody has called, no call is going on", () => {
  expect(openCallOf(new DurableTestRunner(approval))).toBeUndefined();
  expect(openCallOf({})).toBeUndefined();
});
