import { createRequire } from "node:module";
import type { LoadedModule, OutcomeCollector } from "@durabletest/testing/outcomes";
import { listenToOutcomes } from "@durabletest/testing/plugin/setup";
import { expect } from "@jest/globals";
import { leaveOutcomes, outcomesWanted } from "./outcome-files.ts";

const load = createRequire(import.meta.url);

/**
 * Collects what the executions of this test file come to, if the reporter wants to know; what that takes is loaded with
 * the first of them.
 *
 * @returns what leaves it to the reporter, at the end of the file.
 */
export function collectOutcomes(): () => void {
  const wanted = outcomesWanted();
  if (wanted === undefined) return () => {};
  let collector: OutcomeCollector | undefined;
  listenToOutcomes((runner) => {
    collector ??= newCollector(wanted.root);
    collector.executed(runner);
  });
  return () => leaveOutcomes(wanted, collector?.take() ?? []);
}

function newCollector(root: string): OutcomeCollector {
  const outcomes = load(
    "@durabletest/testing/outcomes",
  ) as typeof import("@durabletest/testing/outcomes");
  return new outcomes.OutcomeCollector({
    root,
    testFile: () => expect.getState().testPath,
    modules: loadedModules,
  });
}

/** What this test file has loaded: Jest's own registry, as `require.cache` shows it. */
function loadedModules(): readonly LoadedModule[] {
  return Object.keys(load.cache ?? {}).flatMap((file) => {
    const loaded = load.cache[file];
    return loaded === undefined || file.includes("/node_modules/")
      ? []
      : [{ file, exports: loaded.exports as unknown }];
  });
}
