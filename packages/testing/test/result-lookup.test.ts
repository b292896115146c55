import {
  type DurableContext,
  InvalidArgumentError,
  withDurableExecution,
} from "@durabletest/runtime";
import { describe, expect, test } from "vitest";
import {
  CallbackNotFoundError,
  type DurableResult,
  DurableTestRunner,
  OperationNotFoundError,
} from "../src/index.ts";

const resultOf = async (
  handler: (input: undefined, context: DurableContext) => Promise<unknown>,
): Promise<DurableResult<unknown>> => new DurableTestRunner(withDurableExecution(handler)).run();

const order = async () =>
  resultOf(async (_, context) => {
    await context.step("charge", () => "outer");
    await context.runInChildContext("fulfil", async (child) => {
      await child.step("charge", () => "inner");
      await child.map("items", ["a", "b", "c"], async (item, value) =>
        item.step("charge", () => value),
      );
    });
    await context.parallel("checks", [
      { name: "fraud", func: async (branch) => branch.step("score", () => 1) },
      async (branch) => branch.step("score", () => 2),
    ]);
    await context.waitForCallback("approval", () => {});
  });

const thrownBy = (act: () => unknown): Error => {
  try {
    act();
  } catch (error) {
    return error as Error;
  }
  throw new Error("It threw nothing.");
};

describe("an operation of a result", () => {
  test("is found by its name: the last of them, or the one with an index", async () => {
    const result = await order();
    expect(result.step("charge").result).toBe("c");
    expect(result.step("charge", 0).result).toBe("outer");
    expect(result.step("charge", 1).result).toBe("inner");
    expect(result.operation("fulfil").type).toBe("CONTEXT");
  });

  test("is found by its path, from the root or from anywhere", async () => {
    const result = await order();
    expect(result.step("fulfil/charge").result).toBe("inner");
    expect(result.step("fulfil/items[1]/charge").result).toBe("b");
    expect(result.step("items[2]/charge").result).toBe("c");
    expect(result.operation("items[0]")).toMatchObject({ name: "map-item-0", result: "a" });
    expect(result.step("checks/fraud/score").result).toBe(1);
    expect(result.step("checks[0]/score").result).toBe(1);
    expect(result.step("checks[1]/score").result).toBe(2);
    expect(result.step("approval/submitter").subType).toBe("Step");
  });

  test("is typed by what it is", async () => {
    const result = await order();
    expect(result.step("charge").attempt).toBe(1);
    expect(result.callback("approval").callbackId).toBe(result.pendingCallbacks[0]?.callbackId);
  });

  test("that has not started is refused, with near misses of names and paths", async () => {
    const result = await order();
    const misspelt = thrownBy(() => result.step("chrage"));
    expect(OperationNotFoundError.is(misspelt)).toBe(true);
    expect(misspelt).toMatchObject({ code: "OPERATION_NOT_FOUND" });
    expect(misspelt.message).toBe('No step "chrage" has started. Did you mean "charge"?');
    expect(thrownBy(() => result.step("items[3]/charge")).message).toContain(
      'Did you mean "items[0]/charge" or "items[1]/charge" or "items[2]/charge"?',
    );
    expect(thrownBy(() => result.step("fulfil")).message).toMatch(
      /^No step "fulfil" has started\./,
    );
    const none = thrownBy(() => result.callback("aproval"));
    expect(CallbackNotFoundError.is(none)).toBe(true);
    expect(none.message).toContain('Did you mean "approval"?');
  });

  test("of an index beyond the last is refused by how many there are", async () => {
    const result = await order();
    expect(thrownBy(() => result.step("charge", 9)).message).toBe(
      'There is no step "charge" number 9: 5 of that name have started, and they count from 0.',
    );
  });

  test("of a name that several open ones have must be said by its index", async () => {
    const result = await resultOf(async (_, context) => {
      const [first, second] = [
        await context.createCallback("x"),
        await context.createCallback("x"),
      ];
      await Promise.all([first.result(), second.result()]);
    });
    expect(thrownBy(() => result.callback("x")).message).toBe(
      '2 open callbacks are called "x". Say which, in order of start: callback("x", 0) to callback("x", 1).',
    );
    expect(result.callback("x", 1)).toBe(result.operations[1]);
  });

  test.for([undefined, "", 7])("is refused when %j is to be its name", async (name) => {
    const result = await order();
    const error = thrownBy(() => result.operation(name as never));
    expect(InvalidArgumentError.is(error)).toBe(true);
    expect(error.message).toMatch(/^operation: .* is no name\.$/);
  });
});
