import {
  type AnyDurableLambdaHandler,
  type DurableHandler,
  type DurableResult,
  DurableTestRunner,
  type DurableTypes,
  type InputOf,
  type OutputOf,
  type RunnerOptions,
  type TypedDurableTestRunner,
  type TypedRunnerOptions,
} from "@durabletest/testing";
import {
  checkDurableTest,
  isOfFixture,
  mergeOptions,
  openCallOf,
  unawaitedCallsOf,
  type VirtualClock,
  virtualClock,
} from "@durabletest/testing/plugin";
import { type TestAPI, type TestContext, test } from "vitest";
import { beginAttempt, explainFailure } from "./explain-failure.ts";
import { recordsItself } from "./other-runners.ts";
import { recordExecution } from "./recorded-executions.ts";
import { NO_TIMEOUT, reportFailure } from "./report-failure.ts";

/** What {@link durableTest} gives to tests. */
export interface DurableFixtures<Input, Output> {
  /** A runner of this test alone, also when it is retried or repeated. Disposed of after the test. */
  readonly runner: DurableTestRunner<Input, Output>;
  /** The time of that runner. */
  readonly clock: VirtualClock<Output>;
  /**
   * Settings on top of those that were given to {@link durableTest}; scripts are added by name.
   *
   * @example
   * ```ts
   * describe("without an answer", () => {
   *   test.override({ runnerOptions: { callbacks: { approval: respond.never() } } });
   *   test("expires", async ({ runner, expect }) => {
   *     expect(await runner.run(order)).toHaveTimedOut("approval");
   *   });
   * });
   * ```
   */
  readonly runnerOptions: RunnerOptions;
}

/** {@link durableTest} */
export interface DurableTest {
  /**
   * Vitest's `test` for one durable handler: every test has a `runner` of its own and its `clock`.
   *
   * Everything `test` can do it can do as well: `.concurrent`, `.each`, `.for`, `.only`, `.skip`, hooks,
   * `.extend`. When a test fails, its message ends with the timeline of what the execution did.
   *
   * @param options - settings of every runner; `test.override({ runnerOptions })` adds to them. A script that
   * no callback has asked for when the execution has ended is an error, unless `unusedScripts` says otherwise.
   * @throws InvalidHandlerError, InvalidArgumentError at once, not in every test.
   *
   * @example
   * ```ts
   * const test = durableTest(handler, {
   *   callbacks: { payment: respond.success({ paid: true }).after({ minutes: 2 }) },
   * });
   *
   * test("ships what was approved", async ({ runner, clock, expect }) => {
   *   expect(await runner.run({ orderId: "o-1" })).toBeWaitingFor("approval");
   *   await clock.advance({ hours: 3 });
   *   const result = await runner.callback("approval").succeed({ approved: true });
   *   expect(result).toHaveSucceededWith({ status: "shipped" });
   * });
   * ```
   */
  <Input = unknown, Output = unknown>(
    handler: DurableHandler<Input, Output> | AnyDurableLambdaHandler,
    options?: RunnerOptions,
  ): TestAPI<DurableFixtures<Input, Output>>;
  /**
   * The same, and the compiler checks the names of callbacks and steps, and what callbacks are answered with.
   *
   * @example
   * ```ts
   * const test = durableTest.typed<{
   *   handler: typeof handler;
   *   callbacks: { approval: { approved: boolean } };
   * }>(handler);
   *
   * test("ships what was approved", async ({ runner }) => {
   *   await runner.run({ orderId: "o-1" });
   *   await runner.callback("approval").succeed({ approved: true });
   * });
   * ```
   */
  typed<Types extends DurableTypes>(
    handler: DurableHandler<InputOf<Types>, OutputOf<Types>> | AnyDurableLambdaHandler,
    options?: TypedRunnerOptions<Types>,
  ): TestAPI<TypedDurableFixtures<Types>>;
}

/** What {@link DurableTest.typed} gives to tests. */
export interface TypedDurableFixtures<Types extends DurableTypes> extends Omit<
  DurableFixtures<InputOf<Types>, OutputOf<Types>>,
  "runner" | "runnerOptions"
> {
  /** {@link DurableFixtures.runner} */
  readonly runner: TypedDurableTestRunner<Types>;
  /** {@link DurableFixtures.runnerOptions} */
  readonly runnerOptions: TypedRunnerOptions<Types>;
}

/** Vitest's `test` for one durable handler: see {@link DurableTest}. */
export const durableTest: DurableTest = Object.assign(extendedTest, {
  typed: <Types extends DurableTypes>(
    handler: DurableHandler<InputOf<Types>, OutputOf<Types>> | AnyDurableLambdaHandler,
    options?: TypedRunnerOptions<Types>,
  ) => {
    // The compiler alone knows more.
    const same: unknown = extendedTest(handler, options as RunnerOptions);
    return same as TestAPI<TypedDurableFixtures<Types>>;
  },
});

function extendedTest<Input = unknown, Output = unknown>(
  handler: DurableHandler<Input, Output> | AnyDurableLambdaHandler,
  options: RunnerOptions = {},
): TestAPI<DurableFixtures<Input, Output>> {
  checkDurableTest(handler, options);
  return test.extend<DurableFixtures<Input, Output>>({
    runnerOptions: {},
    runner: async ({ runnerOptions, task, onTestFailed, onTestFinished }, use) => {
      const merged = mergeOptions(options, runnerOptions);
      const runner = new DurableTestRunner<Input, Output>(handler, merged);
      recordsItself(runner);
      isOfFixture(runner);
      const attempt = beginAttempt(task);
      const atEnd: { result?: DurableResult<Output>; open?: string | undefined } = {};
      const failures = failuresOf(onTestFinished);
      onTestFailed(async () => {
        const result = atEnd.result ?? runner.result;
        explainFailure(attempt, result, atEnd.open);
        await reportFailure(attempt, [result]);
      }, NO_TIMEOUT);
      await use(runner);
      Object.assign(atEnd, { result: runner.result, open: openCallOf(runner) });
      const notAwaited = unawaitedCallsOf(runner);
      recordExecution(task, runner.result);
      await failures.of(async () => {
        await runner[Symbol.asyncDispose]();
        if (notAwaited !== undefined) throw notAwaited;
      });
    },
    clock: async ({ runner }, use) => {
      await use(virtualClock(runner));
    },
  });
}

/**
 * Has what the end of a fixture throws fail the test once it has finished. What a fixture throws itself, Vitest 4 notes
 * twice, the second time when nobody can tell more of it.
 */
function failuresOf(onTestFinished: TestContext["onTestFinished"]): {
  of(end: () => Promise<void>): Promise<void>;
} {
  const thrown: unknown[] = [];
  let hasFinished = false;
  onTestFinished(() => {
    hasFinished = true;
    for (const failure of thrown) throw failure;
  });
  return {
    of: async (end) => {
      try {
        await end();
      } catch (error) {
        // One that `aroundEach` has used ends later.
        if (hasFinished) throw error;
        thrown.push(error);
      }
    },
  };
}
