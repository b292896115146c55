import { type DurableHandler, withDurableExecution } from "@durabletest/runtime";
import type { JestExpect } from "@jest/expect";
import { expect } from "@jest/globals";
import { describe, expectTypeOf, test as plain } from "vitest";
import {
  type DurableFixtures,
  type DurableResult,
  type DurableTest,
  durableTest,
  DurableTestRunner,
  type VirtualClock,
} from "../src/index.ts";

interface Order {
  readonly id: string;
}
interface Outcome {
  readonly status: string;
}

declare const orderHandler: DurableHandler<Order, Outcome>;
declare const test: DurableTest<Order, Outcome>;
declare const result: DurableResult<Outcome>;

/** As AWS's SDK types what it makes. */
declare const awsHandler: (
  event: { readonly DurableExecutionArn: string },
  context: { readonly awsRequestId: string },
) => Promise<{ readonly Status: "PENDING" }>;

type Fixtures = DurableFixtures<Order, Outcome>;

describe("durableTest", () => {
  plain("infers input and output from the handler, in types that can be read", () => {
    expectTypeOf(durableTest(orderHandler)).toEqualTypeOf<DurableTest<Order, Outcome>>();
    expectTypeOf(test.with({ seed: 7 })).toEqualTypeOf<DurableTest<Order, Outcome>>();
  });

  plain("gives them to the fixtures", () => {
    test("fixtures", async ({ runner, clock, expect: own }) => {
      expectTypeOf(runner).toEqualTypeOf<DurableTestRunner<Order, Outcome>>();
      expectTypeOf(clock).toEqualTypeOf<VirtualClock<Outcome>>();
      expectTypeOf(own).toEqualTypeOf<JestExpect>();
      expectTypeOf(own).toEqualTypeOf(expect);
      // @ts-expect-error -- the input is missing
      await runner.run();
      // @ts-expect-error -- an order has a text as its id
      await runner.run({ id: 1 });
    });
  });

  plain("gives cases first, fixtures last", () => {
    test.each([["kim", 1]])("lists", (by, count, fixtures) => {
      expectTypeOf([by, count]).toEqualTypeOf<(string | number)[]>();
      expectTypeOf(fixtures).toEqualTypeOf<Fixtures>();
    });
    test.each([
      ["kim", 1],
      ["lee", 2],
    ] as const)("constant lists", (by, count, fixtures) => {
      expectTypeOf(by).toEqualTypeOf<"kim" | "lee">();
      expectTypeOf(count).toEqualTypeOf<1 | 2>();
      expectTypeOf(fixtures).toEqualTypeOf<Fixtures>();
    });
    test.each([{ by: "kim" }])("objects", ({ by }, fixtures) => {
      expectTypeOf(by).toEqualTypeOf<string>();
      expectTypeOf(fixtures).toEqualTypeOf<Fixtures>();
    });
    test.each(["kim"])("values", (by, fixtures) => {
      expectTypeOf(by).toEqualTypeOf<string>();
      expectTypeOf(fixtures).toEqualTypeOf<Fixtures>();
    });
    test.each`
      by       | times
      ${"kim"} | ${1}
    `("a table", ({ by }, fixtures) => {
      expectTypeOf(by).toEqualTypeOf<string | number | undefined>();
      expectTypeOf(fixtures).toEqualTypeOf<Fixtures>();
    });
    test.for([["kim", 1] as const])("lists as they are", ([by, times], fixtures) => {
      expectTypeOf(by).toEqualTypeOf<"kim">();
      expectTypeOf(times).toEqualTypeOf<1>();
      expectTypeOf(fixtures).toEqualTypeOf<Fixtures>();
    });
  });

  plain("can do what Jest's test can", () => {
    const body = ({ runner }: Fixtures): void => void runner;
    for (const define of [
      test,
      test.only,
      test.skip,
      test.failing,
      test.only.failing,
      test.skip.failing,
      test.concurrent,
      test.concurrent.only,
      test.concurrent.skip,
      test.concurrent.failing,
      test.concurrent.only.failing,
    ]) {
      define("a name", body, 1000);
      define.each([1])("a name", (_, fixtures) => body(fixtures));
      define(orderHandler, body);
      define(DurableTestRunner, body);
    }
    test.todo("to do");
    // @ts-expect-error -- there is nothing to do it with
    test.todo("to do", body);
    // @ts-expect-error -- there is no such setting
    test.with({ sead: 7 });
  });

  plain(
    "takes handlers of another SDK, and types for them, and no input where there is none",
    () => {
      expectTypeOf(durableTest<Order, string>(awsHandler)).toEqualTypeOf<
        DurableTest<Order, string>
      >();
      expectTypeOf(durableTest(awsHandler)).toEqualTypeOf<DurableTest>();
      const handler = withDurableExecution(async (id: number | undefined) => id ?? 0);
      durableTest(handler)("no input", async ({ runner }) => {
        expectTypeOf(await runner.run()).toEqualTypeOf<DurableResult<number>>();
      });
      // @ts-expect-error -- a text
      durableTest("handler");
    },
  );
});

describe("matchers of @jest/globals", () => {
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
    expect(result).toHaveFailedWith(RangeError);
    expect(result).toHaveOperation("name", { type: "STEP", attempt: 2 });
    // @ts-expect-error -- a text is no count
    expect.toHaveInvocations("3");
    // @ts-expect-error -- an operation has no such property
    expect(result).toHaveOperation("name", { atempt: 2 });
    // @ts-expect-error -- a number is no error
    expect(result).toHaveFailedWith(1);
  });
});

describe("durableTest.typed", () => {
  const typed = durableTest.typed<{
    handler: typeof orderHandler;
    callbacks: { approval: { approved: boolean } };
    steps: { charge: string };
  }>(orderHandler);

  plain("checks names and payloads", () => {
    typed("names", async ({ runner }) => {
      expectTypeOf(await runner.run({ id: "o-1" })).toEqualTypeOf<DurableResult<Outcome>>();
      void runner.callback("approval").succeed({ approved: true });
      // @ts-expect-error -- no such callback
      void runner.callback("aproval");
      // @ts-expect-error -- not what it is answered with
      void runner.callback("approval").succeed({ approved: "yes" });
    });
  });

  plain("is what other settings and cases are given, too", () => {
    typed.with({}).concurrent.each([1])("%s", async (_case, { runner }) => {
      // @ts-expect-error -- no such step
      void runner.step("charg");
    });
  });
});
