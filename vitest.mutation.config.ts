import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import workspace from "./vitest.config.ts";

/** Those that find most mutants in the shortest time come first: a mutant's run ends with the first failure. */
const files = [
  "test/service/**/*.test.ts",
  "test/property/service.test.ts",
  "test/service-protocol.test.ts",
  "test/service-callbacks.test.ts",
];

class InOrder extends BaseSequencer {
  override async sort(specifications: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number =>
      files.findIndex((file) => moduleId.includes(file.replace(/\*.*/, "")));
    return specifications.toSorted((a, b) => place(a) - place(b));
  }
}

/** What `pnpm mutation` runs for each mutant: the tests that speak to the service, in one worker. */
export default defineConfig({
  ...workspace,
  test: {
    root: "./packages/testing",
    include: files,
    isolate: false,
    sequence: { sequencer: InOrder },
    // Fewer cases, always the same ones; which of them is smallest does not matter here.
    env: { DURABLETEST_RUNS: "800", DURABLETEST_SEED: "20250101" },
    setupFiles: ["test/support/no-shrinking.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
