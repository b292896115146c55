import {
  type AnyDurableLambdaHandler,
  type DurableHandler,
  DurableTestRunner,
  type DurableTypes,
  type InputOf,
  type OutputOf,
  type RunnerOptions,
  type TypedRunnerOptions,
} from "@durabletest/testing";
import { checkDurableTest, mergeOptions } from "@durabletest/testing/plugin";
import { test } from "@jest/globals";
import { withFixtures } from "./fixtures.ts";
import { defineTests } from "./define-tests.ts";
import type { DurableFixtures, DurableTest, TypedDurableTest } from "./test-api.ts";

/** {@link durableTest} */
export interface DurableTestFactory {
  /**
   * Jest's `test` for one durable handler: every test has a `runner` of its own and its `clock`.
   *
   * Everything `test` can do it can do as well: `.concurrent`, `.each`, `.failing`, `.only`, `.skip`, `.todo`. When a
   * test fails, its message ends with the timeline of what the execution did.
   *
   * @param options - settings of every runner; `test.with(options)` adds to them.
   * @throws InvalidHandlerError, InvalidArgumentError at once, not in every test.
   *
   * @example
   * ```ts
   * const test = durableTest(handler, {
   *   callbacks: { payment: respond.success({ paid: true }).after({ minutes: 2 }) },
   * });
   *
   * test("ships what was approved", async ({ runner, clock }) => {
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
  ): DurableTest<Input, Output>;
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
  ): TypedDurableTest<Types>;
}

/** Jest's `test` for one durable handler: see {@link DurableTestFactory}. */
export const durableTest: DurableTestFactory = Object.assign(testsOf, {
  typed: <Types extends DurableTypes>(
    handler: DurableHandler<InputOf<Types>, OutputOf<Types>> | AnyDurableLambdaHandler,
    options?: TypedRunnerOptions<Types>,
  ) => {
    // The compiler alone knows more.
    const same: unknown = testsOf(handler, options as RunnerOptions);
    return same as TypedDurableTest<Types>;
  },
});

function testsOf<Input = unknown, Output = unknown>(
  handler: DurableHandler<Input, Output> | AnyDurableLambdaHandler,
  options: RunnerOptions = {},
): DurableTest<Input, Output> {
  checkDurableTest(handler, options);
  const makeRunner = (): DurableTestRunner<Input, Output> =>
    new DurableTestRunner<Input, Output>(handler, mergeOptions(options));
  return Object.assign(
    defineTests<DurableFixtures<Input, Output>>(test, (body) => withFixtures(makeRunner, body)),
    {
      with: (more: RunnerOptions) => testsOf<Input, Output>(handler, mergeOptions(options, more)),
    },
  );
}
