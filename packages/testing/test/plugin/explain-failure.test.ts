/** What the plugins for Jest and node:test, and those of others, have failures say. */
import assert from "node:assert";
import { inspect, types } from "node:util";
import { runInNewContext } from "node:vm";
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

// oxlint-disable-next-line typescript/no-deprecated -- `Error.isError` is not in Node 22
const isNative = (error: unknown): boolean => types.isNativeError(error);

describe("a failure that is explained", () => {
  test("ends with the timeline, in its message and in its stack, once", async () => {
    const result = await waiting();
    const thrown = new TypeError("no such order");
    const error = explainFailure(explainFailure(thrown, result), result);
    for (const text of [error.message, error.stack ?? ""]) {
      expect(text).toContain("no such order");
      expect(text.match(/^Timeline$/gm)).toHaveLength(1);
      expect(text).toContain('"approval"');
    }
  });

  test("says so also where the stack had been written before the message", async () => {
    const error = new Error("first");
    error.stack = "Error\n    at somewhere (file.ts:1:1)";
    expect(explainFailure(error, await waiting()).stack).toMatch(
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
    const thrown = thrownBy(() => assert.deepStrictEqual([1], [2]));
    const error = explainFailure(thrown, await waiting());
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

  test("the error that was thrown, which another test may throw as well", async () => {
    const errors = [new Error("shared"), Object.freeze(new Error("cold")), { message: "plain" }];
    for (const error of errors) {
      const before = { ...error, message: error.message };
      expect(explainFailure(error, await waiting()).message).toMatch(/^\w+\n\nTimeline\n/);
      expect({ ...error, message: error.message }).toEqual(before);
    }
  });
});

describe("what is explained is shown as what was thrown", () => {
  class Refused extends RangeError {
    override readonly name = "Refused";
    readonly #because = "late";
    readonly order: string;
    constructor(order: string) {
      super("no", { cause: "closed" });
      this.order = order;
    }
    get code(): string {
      return this.#because;
    }
  }

  const thrown: readonly Error[] = [
    new Refused("o-1"),
    new AggregateError([new Error("one"), new Error("two")], "both"),
    new DOMException("given up", "AbortError"),
    thrownBy(() => assert.deepStrictEqual([1], [2])) as Error,
    Object.assign(new Error("of a matcher"), { matcherResult: { pass: false, actual: 1 } }),
    Object.defineProperty(new Error("lost"), "message", { get: () => "made when it is read" }),
    runInNewContext("new TypeError('of another realm')") as Error,
    Object.assign(new Error("without a stack"), { stack: undefined }),
    new Error(),
  ];

  test.for(thrown)("%s", async (error) => {
    const explained = explainFailure(error, await waiting());
    expect(explained).not.toBe(error);
    expect(isNative(explained)).toBe(isNative(error));
    expect(Object.getPrototypeOf(explained)).toBe(Object.getPrototypeOf(error));
    for (const key of ["name", "cause", "code"]) {
      expect(Reflect.get(explained, key)).toBe(Reflect.get(error, key));
    }
    const others = Object.keys(error).filter((key) => !["stack", "generatedMessage"].includes(key));
    expect(Object.keys(explained)).toEqual(expect.arrayContaining(others));
    for (const key of others) expect(Reflect.get(explained, key)).toBe(Reflect.get(error, key));
    expect(explained.message.startsWith(`${error.message}\n\nTimeline\n`)).toBe(true);
    const frames = error.stack?.match(/^ +at .*$/gm);
    expect(explained.stack?.match(/^ +at .*$/gm)).toEqual(frames);
    expect(inspect(explained)).toContain("Timeline");
  });
});

test("of a runner that nobody has called, no call is going on", () => {
  expect(openCallOf(new DurableTestRunner(approval))).toBeUndefined();
  expect(openCallOf({})).toBeUndefined();
});
