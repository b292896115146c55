import { type DurableContext, withDurableExecution } from "@durabletest/runtime";
import { describe, expect, test } from "vitest";
import { type DurableResult, DurableTestRunner } from "../../src/index.ts";
import { durableMatchers } from "../../src/matchers/index.ts";
import { messageOf } from "./message-of.ts";

const resultOf = async (
  handler: (input: undefined, context: DurableContext) => Promise<unknown>,
): Promise<DurableResult<unknown>> => new DurableTestRunner(withDurableExecution(handler)).run();

const operation = (result: DurableResult<unknown>, name: string, partial: object): string =>
  messageOf((context) => durableMatchers.toHaveOperation.call(context, result, name, partial));

const succeededWith = (result: DurableResult<unknown>, expected: unknown): string =>
  messageOf((context) => durableMatchers.toHaveSucceededWith.call(context, result, expected));

/** Two screens. */
const SCREENS = 100;

const expectReadable = (text: string): void => {
  const lines = text.split("\n");
  expect(lines.length).toBeLessThan(SCREENS);
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(400);
};

describe("a message about an operation that is not as expected", () => {
  const charged = async () =>
    resultOf(async (_, context) => {
      for (const approved of [false, true, true]) {
        await context.step("charge", () => ({ approved, amount: approved ? 5 : 7 }));
      }
    });

  test("names the properties, and those that were probably meant", async () => {
    const text = operation(await charged(), "charge", {
      reslt: 1,
      status: "FAILED",
      result: { aproved: true, amount: 5 },
    });
    expect(text).toContain("Number 1 differs in reslt, status, result.aproved:");
    expect(text).toContain('There is no reslt. Did you mean "result"?');
    expect(text).toContain('There is no result.aproved. Did you mean "approved"?');
    expect(text).toContain("\nTimeline\n");
  });

  test("begins with the candidate that comes closest", async () => {
    const text = operation(await charged(), "charge", {
      status: "SUCCEEDED",
      attempt: 2,
      result: { approved: false, amount: 7 },
    });
    expect(text).toContain('3 of the name "charge" have started, and none is as expected.');
    expect(text.indexOf("Number 0, which comes closest, differs in attempt:")).toBeGreaterThan(0);
    expect(text.indexOf("Number 1 differs in")).toBeGreaterThan(text.indexOf("Number 0,"));
  });
});

describe("a message about a callback", () => {
  test("says that the name is one of something else", async () => {
    const result = await resultOf(async (_, context) => context.step("charge", () => 1));
    const text = messageOf((context) =>
      durableMatchers.toHaveCallback.call(context, result, "charge"),
    );
    expect(text).toContain(
      'No callback "charge" has started. No named callback has. The step "charge" is no callback.',
    );
  });
});

describe("a message stays within two screens", () => {
  test("for thousands of operations", async () => {
    const result = await resultOf(async (_, context) => {
      for (let index = 0; index < 2000; index += 1)
        await context.step(`turn ${index}`, () => index);
    });
    const text = operation(result, "turn", {});
    expectReadable(text);
    expect(text).toContain("… 1998 more like the row above");
    expect(text).toContain("All of it: console.log(formatTimeline(runner.result))");
  });

  test("for thousands of operations that should not be there", async () => {
    const result = await resultOf(async (_, context) => {
      for (let index = 0; index < 2000; index += 1) await context.step("turn", () => index);
    });
    const text = operation(result, "turn", { type: "STEP" });
    expectReadable(text);
    expect(text).toContain("and 1990 more");
  });

  test("for a result of 200 kB, of which it shows what differs", async () => {
    const items = Array.from({ length: 4000 }, (_, id) => ({ id, name: `item ${id}`, price: id }));
    const result = await resultOf(async () => ({ items, total: 1 }));
    const expected = {
      items: items.map((item) => (item.id === 2500 ? { ...item, price: 0 } : item)),
      total: 1,
    };
    const text = succeededWith(result, expected);
    expectReadable(text);
    expect(text).toMatch(/- +"price": 0,\n\+ +"price": 2500,/);
    expect(text).toContain('"…": "3999 equal"');
  });

  test("for lists in which everything differs", async () => {
    const result = await resultOf(async () => Array.from({ length: 5000 }, (_, id) => ({ id })));
    const text = succeededWith(
      result,
      Array.from({ length: 5000 }, (_, id) => ({ id: -id - 1 })),
    );
    expectReadable(text);
    expect(text).toContain("4995 more differ");
  });

  test("for long texts, of which it shows where they part", async () => {
    const before = "a".repeat(100_000);
    const result = await resultOf(async () => `${before}received${before}`);
    const text = succeededWith(result, `${before}expected${before}`);
    expectReadable(text);
    expect(text).toContain("(99960 characters) …");
    expect(text).toContain("received");
    expect(text).toContain("expected");
  });

  test("for a result of many lines that was not wanted", async () => {
    const result = await resultOf(async () => Array.from({ length: 10_000 }, (_, id) => id));
    const text = messageOf((context) => durableMatchers.toBePending.call(context, result));
    expectReadable(text);
    expect(text).toContain("All of it: console.log(runner.result.result)");
  });

  test("for an error with a message of many lines", async () => {
    const result = await resultOf(async () => {
      throw new Error(Array.from({ length: 500 }, (_, line) => `line ${line}`).join("\n"));
    });
    const text = messageOf((context) => durableMatchers.toHaveSucceeded.call(context, result));
    expectReadable(text);
    expect(text).toContain("… 490 more lines. All of it: console.log(runner.result.error)");
  });
});
