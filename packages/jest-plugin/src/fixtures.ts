import type { DurableTestRunner } from "@durabletest/testing";
import {
  explainFailure,
  isOfFixture,
  openCallOf,
  unawaitedCallsOf,
  virtualClock,
} from "@durabletest/testing/plugin";
import { expect } from "@jest/globals";
import { loadedParts } from "./loaded-parts.ts";
import { keepUntilDisposed } from "./open-runners.ts";
import { withoutOwnFrames } from "./own-frames.ts";
import { type Parts, partsOr } from "./parts.ts";
import { reportRunningTest, resultAtEnd, tellEnvironment } from "./running-test.ts";
import type { DurableFixtures } from "./test-api.ts";

const parts = (): Parts => partsOr(() => loadedParts);

/** Runs what a test does with a runner of its own. What it throws says what its execution did. */
export async function withFixtures<Input, Output>(
  makeRunner: () => DurableTestRunner<Input, Output>,
  body: (fixtures: DurableFixtures<Input, Output>) => unknown,
): Promise<void> {
  const runner = makeRunner();
  const dispose = keepUntilDisposed(runner, () => openCallOf(runner));
  const isToldByEnvironment = tellEnvironment(runner, parts, { isOfFixture: true });
  isOfFixture(runner);
  try {
    await body({ runner, clock: virtualClock(runner), expect });
    const notAwaited = unawaitedCallsOf(runner);
    if (notAwaited !== undefined) throw notAwaited;
    await dispose();
  } catch (error) {
    const explained = explainFailure(error, resultAtEnd(runner));
    // What has failed already fails for the first reason.
    await dispose().catch(() => {});
    // A report is of use where the failure can say where it is.
    const isReported = !isToldByEnvironment && explained !== error;
    throw withoutOwnFrames(
      isReported
        ? await reportRunningTest(parts(), runner, { identity: body, error: explained })
        : explained,
    );
  }
}
