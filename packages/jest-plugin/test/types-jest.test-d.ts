/// <reference types="jest" />
import { describe as group, expectTypeOf, test as plain } from "vitest";
import type { DurableResult } from "../src/index.ts";

declare const result: DurableResult<unknown>;

group("matchers of @types/jest", () => {
  plain("return nothing, or a promise after resolves", () => {
    expectTypeOf(() => expect(result).toHaveSucceeded()).returns.toEqualTypeOf<void>();
    expectTypeOf(() => expect(result).not.toHaveInvocations(1)).returns.toEqualTypeOf<void>();
    expectTypeOf(() =>
      expect(Promise.resolve(result)).resolves.toBePending(),
    ).returns.toEqualTypeOf<Promise<void>>();
  });

  plain("stand inside other values, too, and know what they compare with", () => {
    expect({ result }).toEqual({ result: expect.toHaveSucceeded() });
    expect({ result }).toEqual({ result: expect.not.toHaveTimedOut("approval") });
    expect(result).toHaveOperation("name", { type: "STEP", attempt: 2 });
    // @ts-expect-error -- a text is no count
    expect.toHaveInvocations("3");
    // @ts-expect-error -- an operation has no such property
    expect(result).toHaveOperation("name", { atempt: 2 });
  });
});
