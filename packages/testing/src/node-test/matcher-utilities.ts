import { AssertionError } from "node:assert";
import { inspect } from "node:util";
import { equals, iterableEquality, subsetEquality } from "@jest/expect-utils";
import type { MatcherContext } from "../matchers/framework.ts";

/** What matchers get from their framework: equality as Jest has it, texts as Node prints them. */
export const matcherUtilities: Pick<MatcherContext, "equals" | "utils"> = {
  equals,
  utils: {
    iterableEquality,
    subsetEquality,
    matcherHint(name, received = "received", expected = "expected", options = {}) {
      const { isNot = false, promise = "", secondArgument = "" } = options;
      const path = [`expect(${received})`, promise, isNot ? "not" : "", name].filter(isThere);
      return `${path.join(".")}(${[expected, secondArgument].filter(isThere).join(", ")})`;
    },
    printExpected: print,
    printReceived: print,
    diff(expected, actual) {
      const { message } = new AssertionError({ actual, expected, operator: "deepStrictEqual" });
      // Without its first line, which says that they should be equal.
      return message.slice(message.indexOf("\n") + 1);
    },
  },
};

function print(value: unknown): string {
  return inspect(value, { depth: 10, breakLength: 100, sorted: true });
}

function isThere(text: string): boolean {
  return text !== "";
}
