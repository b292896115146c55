import { withDurableExecution } from "@durabletest/runtime";
import { describe, expect, expectTypeOf, type TestAPI, test as plain } from "vitest";
import {
  durableTest,
  type DurableFixtures,
  type DurableResult,
  DurableTestRunner,
  type RunnerOptions,
  type VirtualClock,
} from "../src/index.ts";
import { type Order, orderHandler, type Outcome } from "./order.ts";

const test = durableTest(orderHandler);

/** As AWS's SDK types what it makes. */
declare const awsHandler: (
  event: { readonly DurableExecutionArn: string },
  context: { readonly awsRequestId: string },
) => Promise<{ readonly Status: "PENDING" }>;

describe("durableTest", () => {
  plain("infers input and output from the handler, in types that can be read", () => {
    expectTypeOf(test).toEqualTypeOf<TestAPI<DurableFixtures<Order, Outcome>>>();
  });

  test("gives them to the fixtures", async ({ runner, clock, runnerOptions }) => {
    expectTypeOf(runner).toEqualTypeOf<DurableTestRunner<Order, Outcome>>();
    expectTypeOf(clock).toEqualTypeOf<VirtualClock<Outcome>>();
    expectTypeOf(clock.now).toEqualTypeOf<Date>();
    expectTypeOf(runnerOptions).toEqualTypeOf<RunnerOptions>();
    expectTypeOf(clock.advance({ hours: 1 })).resolves.toEqualTypeOf<DurableResult<Outcome>>();
    // @ts-expect-error -- the input is missing
    await runner.run();
    // @ts-expect-error -- an order has a text as its id
    await runner.run({ id: 1 });
  });

  test("leaves the context of Vitest as it is", ({ expect: own, task, signal }) => {
    expectTypeOf(own).toEqualTypeOf(expect);
    expectTypeOf(task.name).toEqualTypeOf<string>();
    expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
  });

  test.for([{ by: "kim" }])("for", ({ by }, { runner }) => {
    expectTypeOf(by).toEqualTypeOf<string>();
    expectTypeOf(runner).toEqualTypeOf<DurableTestRunner<Order, Outcome>>();
  });

  test.concurrent("concurrent", ({ runner }) => {
    expectTypeOf(runner).toEqualTypeOf<DurableTestRunner<Order, Outcome>>();
  });

  test.beforeEach(({ runner }) => {
    expectTypeOf(runner).toEqualTypeOf<DurableTestRunner<Order, Outcome>>();
  });

  const extended = test.extend("waiting", async ({ runner }) => runner.run({ id: "o-1" }));
  extended("extend", ({ waiting, runner }) => {
    expectTypeOf(waiting).toEqualTypeOf<DurableResult<Outcome>>();
    expectTypeOf(runner).toEqualTypeOf<DurableTestRunner<Order, Outcome>>();
  });

  plain("takes settings that can be right", () => {
    test.override({ runnerOptions: { seed: 7 } });
    test.override("runnerOptions", { timeSkipping: "manual" });
    // @ts-expect-error -- there is no such setting
    durableTest(orderHandler, { sead: 7 });
    // @ts-expect-error -- nor such a mode
    test.override("runnerOptions", { timeSkipping: "sometimes" });
  });

  plain("lets the input be left out where the handler can do without", () => {
    const handler = withDurableExecution(async (id: number | undefined) => id ?? 0);
    durableTest(handler)("no input", async ({ runner }) => {
      expectTypeOf(await runner.run()).toEqualTypeOf<DurableResult<number>>();
    });
  });

  plain("takes handlers of another SDK, and types for them", () => {
    durableTest<Order, string>(awsHandler)("of AWS", ({ runner }) => {
      expectTypeOf(runner).toEqualTypeOf<DurableTestRunner<Order, string>>();
    });
    durableTest(awsHandler)("of AWS", ({ runner }) => {
      expectTypeOf(runner).toEqualTypeOf<DurableTestRunner>();
    });
  });

  plain("checks names and payloads, if it is told them", () => {
    const typed = durableTest.typed<{
      handler: typeof orderHandler;
      callbacks: { approval: { by: string } };
    }>(orderHandler);
    typed("typed", async ({ runner, clock }) => {
      expectTypeOf(await runner.run({ id: "o-1" })).toEqualTypeOf<DurableResult<Outcome>>();
      expectTypeOf(clock).toEqualTypeOf<VirtualClock<Outcome>>();
      await runner.callback("approval").succeed({ by: "kim" });
      // @ts-expect-error -- an order has a text as its id
      await runner.run({ id: 1 });
      // @ts-expect-error -- there is no such callback
      runner.callback("aproval");
      // @ts-expect-error -- nor such an answer
      await runner.callback("approval").succeed({ name: "kim" });
    });
    // @ts-expect-error -- there is no such callback
    typed.override({ runnerOptions: { callbacks: { aproval: undefined } } });
    durableTest.typed<{ callbacks: { approval: string } }>(orderHandler, {
      // @ts-expect-error -- there is no such callback
      callbacks: { aproval: undefined },
    });
  });

  plain("takes nothing that is no handler", () => {
    // @ts-expect-error -- a text
    durableTest("handler");
    // @ts-expect-error -- answers at once
    durableTest(() => 1);
  });
});

declare const result: DurableResult<Outcome>;

describe("matchers", () => {
  plain("return nothing, or a promise after resolves", () => {
    expectTypeOf(() => expect(result).toHaveSucceeded()).returns.toEqualTypeOf<void>();
    expectTypeOf(() => expect(result).not.toHaveInvocations(1)).returns.toEqualTypeOf<void>();
    expectTypeOf(async () =>
      expect(Promise.resolve(result)).resolves.toBePending(),
    ).returns.toEqualTypeOf<Promise<void>>();
  });

  plain("stand inside other values, too", () => {
    expect({ result }).toEqual({ result: expect.toHaveSucceeded() });
    expect({ result }).toEqual({ result: expect.not.toHaveTimedOut("approval") });
    // @ts-expect-error -- a text is no count
    expect.toHaveInvocations("3");
  });

  plain("know what they compare with", () => {
    expect(result).toHaveSucceededWith({ order: "o-1" });
    expect(result).toHaveFailedWith("text");
    expect(result).toHaveFailedWith(/text/);
    expect(result).toHaveFailedWith(RangeError);
    expect(result).toHaveFailedWith(new RangeError("text"));
    expect(result).toHaveFailedWith({ ErrorType: "RangeError" });
    expect(result).toHaveOperation("name", { type: "STEP", attempt: 2 });
    expect(result).toHaveOperation("name", { status: "TIMED_OUT", error: { ErrorType: "x" } });
    expect(result).toHaveCallback("name", { timeoutAt: new Date(0), result: 1 });
    expect(result).toHaveRun("charge");
    expect(result).toHaveRun("charge", 2);
    expect(result).toHaveLogged("warn", "declined");
    expect(result).toHaveLogged("warn", /declined/);
    expect(result).toHaveLogged("warn", { asymmetricMatch: () => true });
    // @ts-expect-error -- there is no such level
    expect(result).toHaveLogged("warning", "declined");
    expectTypeOf(async () => expect(orderHandler).toReplay(result.history)).returns.toEqualTypeOf<
      Promise<void>
    >();
    void expect(orderHandler).not.toReplay([{ Events: [] }], { truncated: "report" });
    // @ts-expect-error -- a number is no history
    void expect(orderHandler).toReplay(7);
    // @ts-expect-error -- a number is no error
    expect(result).toHaveFailedWith(1);
    // @ts-expect-error -- an ErrorObject has no such field
    expect(result).toHaveFailedWith({ message: "text" });
    // @ts-expect-error -- an operation has no such property
    expect(result).toHaveOperation("name", { atempt: 2 });
    // @ts-expect-error -- there is no such status
    expect(result).toHaveOperation("name", { status: "DONE" });
    // @ts-expect-error -- a callback has no attempts
    expect(result).toHaveCallback("name", { attempt: 2 });
    // @ts-expect-error -- the name is missing
    expect(result).toBeWaitingFor();
    // @ts-expect-error -- a text is no count
    expect(result).toHaveInvocations("3");
  });
});
