import { createRequire } from "node:module";
import type { LoadedModule, OutcomeCollector } from "@durabletest/testing/outcomes";
import { listenToOutcomes } from "@durabletest/testing/plugin/setup";
import { beforeAll, expect } from "@jest/globals";
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
  let loadedAtFirst: readonly LoadedModule[] = [];
  let isOver = false;
  const leave = (): void =>
    leaveOutcomes(wanted, expect.getState().testPath, collector?.take() ?? []);
  listenToOutcomes((runner) => {
    // What is loaded now comes last: it counts.
    collector ??= newCollector(wanted.root, () => [...loadedAtFirst, ...loadedModules()]);
    collector.executed(runner);
    if (isOver) leave();
  });
  // Before the first hook or test of the file: they may have Jest forget modules.
  beforeAll(() => {
    loadedAtFirst = loadedModules();
  });
  return () => {
    // The hooks of the file at its end come after ours.
    isOver = true;
    leave();
  };
}

function newCollector(root: string, modules: () => readonly LoadedModule[]): OutcomeCollector {
  const outcomes = load(
    "@durabletest/testing/outcomes",
  ) as typeof import("@durabletest/testing/outcomes");
  return new outcomes.OutcomeCollector({
    root,
    testFile: () => expect.getState().testPath,
    modules,
  });
}

/** What this test file has loaded: Jest's own registry, as `require.cache` shows it. */
function loadedModules(): readonly LoadedModule[] {
  const files = Object.keys(load.cache ?? {}).filter(
    (file) => !/[/\\]node_modules[/\\]/.test(file),
  );
  const loaded = files.flatMap((file) => load.cache[file] ?? []);
  // Jest says so from 30.5 on. Looked up at once, for it may forget modules.
  const imported = new Map(
    loaded.map(({ filename, children }) => [
      filename,
      new Set(children.map((child) => child.filename)),
    ]),
  );
  return loaded.map(({ filename, exports }) => ({
    file: filename,
    exports: exports as unknown,
    isImportedBy: (other) => imported.get(other)?.has(filename) === true,
  }));
}
