import type { DurableTestRunner } from "@durabletest/testing";
import { explainFailure, virtualClock } from "@durabletest/testing/plugin";
import { expect } from "@jest/globals";
import { withoutOwnFrames } from "./own-frames.ts";
import { tellEnvironment } from "./running-test.ts";
import type { DurableFixtures } from "./test-api.ts";

/** Runs what a test does with a runner of its own. What it throws says what its execution did. */
export async function withFixtures<Input, Output>(
  makeRunner: () => DurableTestRunner<Input, Output>,
  body: (fixtures: DurableFixtures<Input, Output>) => unknown,
): Promise<void> {
  const runner = makeRunner();
  tellEnvironment(runner);
  try {
    await body({ runner, clock: virtualClock(runner), expect });
  } catch (error) {
    throw withoutOwnFrames(explainFailure(error, runner.result));
  } finally {
    await runner[Symbol.asyncDispose]();
  }
}
