import { afterAll, beforeAll } from "vitest";
import { keepNativeTicks } from "../../support/native-ticks.ts";
import type { TestingModule } from "./modules.ts";

keepNativeTicks();

/** Sets a module up for the tests of a `describe`. AWS's puts fake timers in place until they are over. */
export function useEnvironment(
  { LocalDurableTestRunner }: TestingModule,
  parameters?: Parameters<TestingModule["LocalDurableTestRunner"]["setupTestEnvironment"]>[0],
): void {
  beforeAll(() => LocalDurableTestRunner.setupTestEnvironment(parameters));
  afterAll(() => LocalDurableTestRunner.teardownTestEnvironment());
}
