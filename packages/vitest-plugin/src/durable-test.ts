import {
  type AnyDurableLambdaHandler,
  type DurableHandler,
  DurableTestRunner,
  type RunnerOptions,
} from "@durabletest/testing";
import { mergeOptions, type VirtualClock, virtualClock } from "@durabletest/testing/plugin";
import { type TestAPI, test } from "vitest";
import { explainFailure } from "./explain-failure.ts";
import { recordsItself } from "./other-runners.ts";
import { recordExecution } from "./recorded-executions.ts";

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

/**
 * Vitest's `test` for one durable handler: every test has a `runner` of its own and its `clock`.
 *
 * Everything `test` can do it can do as well: `.concurrent`, `.each`, `.for`, `.only`, `.skip`, hooks,
 * `.extend`. When a test fails, its message ends with the timeline of what the execution did.
 *
 * @param options - settings of every runner; `test.override({ runnerOptions })` adds to them.
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
export function durableTest<Input = unknown, Output = unknown>(
  handler: DurableHandler<Input, Output> | AnyDurableLambdaHandler,
  options: RunnerOptions = {},
): TestAPI<DurableFixtures<Input, Output>> {
  // Made for its checks alone.
  void new DurableTestRunner(handler, options);
  return test.extend<DurableFixtures<Input, Output>>({
    runnerOptions: {},
    runner: async ({ runnerOptions, task, onTestFailed }, use) => {
      const merged = mergeOptions(options, runnerOptions);
      const runner = new DurableTestRunner<Input, Output>(handler, merged);
      recordsItself(runner);
      onTestFailed(() => explainFailure(task, runner.result));
      await use(runner);
      recordExecution(task, runner.result);
      await runner[Symbol.asyncDispose]();
    },
    clock: async ({ runner }, use) => {
      await use(virtualClock(runner));
    },
  });
}
