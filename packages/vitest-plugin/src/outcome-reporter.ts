import type { OutcomeSettings } from "@durabletest/testing/outcomes";
import type { Reporter, Vitest } from "vitest/node";
import "./outcomes-meta.ts";

/**
 * Reports at the end of a run what its executions have come to: of all workers, projects and merged shards, for what
 * was seen travels with the results of tests. In watch mode, what was seen of files that were not run again counts.
 */
export function outcomeReporter(vitest: Vitest, settings: OutcomeSettings): Reporter {
  return {
    async onTestRunEnd(): Promise<void> {
      const { config, logger, state } = vitest;
      const { shard } = config;
      const isBlob = config.reporters.some((each) => Array.isArray(each) && each[0] === "blob");
      // The blob has its part, for --merge-reports.
      if (isBlob && shard !== undefined) return;
      const { writeOutcomes } = await import("@durabletest/testing/outcomes");
      const observed = state
        .getTestModules()
        .flatMap((module) => module.meta().durableOutcomes ?? []);
      const { failure } = writeOutcomes(observed, settings, {
        root: config.root,
        print: (text) => logger.log(text),
        shard,
      });
      if (failure === undefined) return;
      logger.error(failure);
      process.exitCode = 1;
    },
  };
}
