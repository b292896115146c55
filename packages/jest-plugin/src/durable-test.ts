import {
  type AnyDurableLambdaHandler,
  type DurableHandler,
  DurableTestRunner,
  type RunnerOptions,
} from "@durabletest/testing";
import { checkDurableTest, mergeOptions } from "@durabletest/testing/plugin";
import { test } from "@jest/globals";
import { withFixtures } from "./fixtures.ts";
import { defineTests } from "./define-tests.ts";
import type { DurableFixtures, DurableTest } from "./test-api.ts";

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
export function durableTest<Input = unknown, Output = unknown>(
  handler: DurableHandler<Input, Output> | AnyDurableLambdaHandler,
  options: RunnerOptions = {},
): DurableTest<Input, Output> {
  checkDurableTest(handler, options);
  const makeRunner = (): DurableTestRunner<Input, Output> =>
    new DurableTestRunner<Input, Output>(handler, mergeOptions(options));
  return Object.assign(
    defineTests<DurableFixtures<Input, Output>>(test, (body) => withFixtures(makeRunner, body)),
    {
      with: (more: RunnerOptions) =>
        durableTest<Input, Output>(handler, mergeOptions(options, more)),
    },
  );
}
