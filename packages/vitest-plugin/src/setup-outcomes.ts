/**
 * Collects, in each test file, what executions come to. The plugin of `@durabletest/vitest-plugin/config` adds it where
 * outcomes are wanted; without them, nothing of it is loaded.
 */
import { type LoadedModule, OutcomeCollector } from "@durabletest/testing/outcomes";
import { listenToOutcomes } from "@durabletest/testing/plugin/setup";
import { afterAll, afterEach, expect, type RunnerTestFile } from "vitest";
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

/** As much of what Vitest keeps of a module as is read here. */
interface EvaluatedModule {
  readonly file?: unknown;
  readonly exports?: unknown;
  readonly importers?: ReadonlySet<string>;
}

/** What this test file has loaded, as far as Vitest has it: it keeps no promise to do so. */
function loadedModules(): readonly LoadedModule[] {
  const worker: unknown = Reflect.get(globalThis, "__vitest_worker__");
  const { evaluatedModules } = (worker ?? {}) as {
    readonly evaluatedModules?: { readonly idToModuleMap?: ReadonlyMap<string, EvaluatedModule> };
  };
  const modules = evaluatedModules?.idToModuleMap;
  return [...(modules?.values() ?? [])].flatMap(({ file, exports, importers }) => {
    if (typeof file !== "string") return [];
    const isImportedBy = (other: string): boolean =>
      [...(importers ?? [])].some((id) => modules?.get(id)?.file === other);
    return [{ file, exports, isImportedBy }];
  });
}
