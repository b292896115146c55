/**
 * Collects, in each test file, what executions come to. The plugin of `@durabletest/vitest-plugin/config` adds it where
 * outcomes are wanted; without them, nothing of it is loaded.
 */
import { OutcomeCollector } from "@durabletest/testing/outcomes";
import { listenToOutcomes } from "@durabletest/testing/plugin/setup";
import { afterAll, afterEach, expect, type RunnerTestFile } from "vitest";
import { loadedModules } from "./loaded-modules.ts";
import { OUTCOMES_ROOT } from "./outcomes-meta.ts";

const collector = new OutcomeCollector({
  root: process.env[OUTCOMES_ROOT] ?? process.cwd(),
  testFile: () => expect.getState().testPath,
  modules: loadedModules,
});
listenToOutcomes((runner) => collector.executed(runner));

let file: RunnerTestFile | undefined;
afterEach(({ task }) => {
  file = task.file;
});
// What was seen travels once, with what came of the file.
afterAll(() => {
  const observed = collector.take();
  if (file !== undefined && observed.length > 0) file.meta.durableOutcomes = observed;
});
