/**
 * Collects, in each test file, what executions come to. The plugin of `@durabletest/vitest-plugin/config` adds it where
 * outcomes are wanted; without them, nothing of it is loaded.
 */
import { type LoadedModule, OutcomeCollector } from "@durabletest/testing/outcomes";
import { listenToOutcomes } from "@durabletest/testing/plugin/setup";
import { afterAll, beforeAll, expect, type RunnerTestFile, type RunnerTestSuite } from "vitest";
import { loadedModules } from "./loaded-modules.ts";
import { OUTCOMES_ROOT } from "./outcomes-meta.ts";

const collector = new OutcomeCollector({
  root: process.env[OUTCOMES_ROOT] ?? process.cwd(),
  testFile: () => expect.getState().testPath,
  // What is loaded now comes last: it counts.
  modules: () => [...loadedAtFirst, ...loadedModules()],
});
let file: RunnerTestFile | undefined;
/** Before the first hook or test: they may have Vitest forget modules. */
let loadedAtFirst: readonly LoadedModule[] = [];
let isOver = false;

listenToOutcomes((runner) => {
  collector.executed(runner);
  if (isOver) leave();
});
// Vitest 4 gives the suite first, 5 second; and it reads the names of parameters, of which a bound function has none.
beforeAll(begin.bind(undefined));
// Hooks of the test file may come after this one, or at the same time.
afterAll(() => {
  isOver = true;
  leave();
});

function begin(...given: readonly unknown[]): void {
  const suite = given.find(isSuite);
  file = suite?.file;
  loadedAtFirst = loadedModules();
}

function isSuite(given: unknown): given is RunnerTestSuite {
  return typeof given === "object" && given !== null && "file" in given && "tasks" in given;
}

/** What was seen travels with what comes of the file. */
function leave(): void {
  const observed = collector.take();
  if (file === undefined || observed.length === 0) return;
  file.meta.durableOutcomes = [...(file.meta.durableOutcomes ?? []), ...observed];
}
