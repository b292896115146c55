import { stripVTControlCharacters } from "node:util";
import { expect } from "vitest";
import type { MatcherContext } from "../../src/matchers/index.ts";

/** What a matcher says of a result, with the utilities of this framework. */
export function messageOf(
  judge: (context: MatcherContext) => { readonly message: () => string },
): string {
  let text = "";
  expect.extend({
    toBeJudged(this: MatcherContext) {
      text = judge(this).message();
      return { pass: true, message: () => text };
    },
  });
  // Inside toEqual, a matcher is one of its own accord.
  const toBeJudged = Reflect.get(expect, "toBeJudged") as () => unknown;
  expect(undefined).toEqual(toBeJudged());
  return stripVTControlCharacters(text);
}
