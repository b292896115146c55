import type { Reporter, TestModule, Vitest } from "vitest/node";
import { summaryLine } from "@durabletest/testing/plugin/setup";

/** A line at the end of a run: how much was executed, and how much time nobody waited for. */
export function summaryReporter({ logger }: Pick<Vitest, "logger">): Reporter {
  return {
    onTestRunEnd(testModules: readonly TestModule[]): void {
      const tests = testModules.flatMap(({ children }) => [...children.allTests()]);
      const line = summaryLine(tests.flatMap((test) => test.meta().durable ?? []));
      // In the columns of Vitest's own summary.
      if (line !== undefined) logger.log(`    Durable  ${line}\n`);
    },
  };
}
