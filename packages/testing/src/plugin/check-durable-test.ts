import type { DurableHandler } from "@durabletest/runtime";
import type { AnyDurableLambdaHandler } from "../handlers.ts";
import type { RunnerOptions } from "../options.ts";
import { DurableTestRunner } from "../runner.ts";

/**
 * Checks what `durableTest` is given where it is written, not in every test.
 *
 * @throws InvalidHandlerError, InvalidArgumentError
 *
 * @example
 * ```ts
 * checkDurableTest(handler, { seed: 7 });
 * ```
 */
export function checkDurableTest<Input, Output>(
  handler: DurableHandler<Input, Output> | AnyDurableLambdaHandler,
  options: RunnerOptions,
): void {
  // The fake timers of a test are on when it runs, not yet where it is defined.
  const { clock, ...others } = options;
  // Made for its checks alone.
  void new DurableTestRunner(handler, clock === "test" ? others : options);
}
