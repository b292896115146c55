import { test, type TestContext, type TestOptions } from "node:test";
import type { DurableHandler } from "@durabletest/runtime";
import type { AnyDurableLambdaHandler } from "../handlers.ts";
import type { RunnerOptions } from "../options.ts";
import { checkDurableTest } from "../plugin/check-durable-test.ts";
import { isOfFixture } from "../engine/call-listener.ts";
import { unawaitedCallsOf } from "../engine/test-calls.ts";
import { mergeOptions } from "../plugin/merge-options.ts";
import { virtualClock } from "../plugin/virtual-clock.ts";
import type { DurableTypes, InputOf, OutputOf, TypedRunnerOptions } from "../typed.ts";
import { DurableTestRunner } from "../runner.ts";
import { expect } from "./expect.ts";
import { FailureOfTest } from "./failure-of-test.ts";
import { tellUnawaitedCalls } from "./unawaited-calls.ts";
import type {
  DurableBody,
  DurableTest,
  DurableTestFunction,
  TypedDurableTest,
} from "./test-api.ts";

/** {@link durableTest} */
export interface DurableTestFactory {
  /**
   * The `test` of `node:test` for one durable handler: every test has a `runner` of its own and its `clock`.
   *
   * When a test fails, its message ends with the timeline of what the execution did.
   *
   * @param options - settings of every runner; `test.with(options)` adds to them.
   * @throws InvalidHandlerError, InvalidArgumentError at once, not in every test.
   *
   * @example
   * ```ts
   * import { durableTest } from "@durabletest/testing/node-test";
   *
   * const test = durableTest(handler);
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

/** The `test` of `node:test` for one durable handler: see {@link DurableTestFactory}. */
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
  tellUnawaitedCalls();
  const makeRunner = (): DurableTestRunner<Input, Output> =>
    new DurableTestRunner<Input, Output>(handler, mergeOptions(options));
  const defined =
    (define: NodeTest): DurableTestFunction<Input, Output> =>
    (
      name: string,
      ...rest:
        | readonly [body: DurableBody<Input, Output>]
        | readonly [TestOptions, DurableBody<Input, Output>]
    ) => {
      const [testOptions, body] = rest.length === 1 ? [{}, rest[0]] : rest;
      return define(name, testOptions, (t) => withFixtures(makeRunner(), body, t, testOptions));
    };
  return Object.assign(defined(test), {
    only: defined(test.only),
    skip: defined(test.skip),
    todo: defined(test.todo),
    with: (more: RunnerOptions) => testsOf<Input, Output>(handler, mergeOptions(options, more)),
  });
}

type NodeTest = (
  name: string,
  options: TestOptions,
  body: (t: TestContext) => Promise<void>,
) => Promise<void>;

async function withFixtures<Input, Output>(
  runner: DurableTestRunner<Input, Output>,
  body: DurableBody<Input, Output>,
  t: TestContext,
  { expectFailure }: TestOptions,
): Promise<void> {
  // Also of a test that never comes to its end: one that runs into its timeout, or is given up.
  isOfFixture(runner);
  const failure = new FailureOfTest(t, runner, body);
  t.after(async () => {
    await failure.tellRest();
    await runner[Symbol.asyncDispose]();
  });
  try {
    await body({ runner, clock: virtualClock(runner), expect, t });
    const notAwaited = unawaitedCallsOf(runner);
    if (notAwaited !== undefined) throw notAwaited;
  } catch (error) {
    // Whether it is the failure that is expected, Node decides by what was thrown.
    throw isExpected(expectFailure) ? error : await failure.explained(error);
  } finally {
    failure.bodyEnds();
  }
}

/** Node takes a label, a pattern or a class as well. */
function isExpected(expectFailure: unknown): boolean {
  return expectFailure !== undefined && expectFailure !== false;
}
