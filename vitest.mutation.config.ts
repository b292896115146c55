import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import workspace from "./vitest.config.ts";

/** Those that find most in the shortest time come first: a mutant's run ends with the first failure. */
const files = [
  "test/service/history.test.ts",
  "test/service/invocation.test.ts",
  "test/service/replayable.test.ts",
  "test/service/validate.test.ts",
  "test/service/state.test.ts",
  "test/service/text-rules.test.ts",
  "test/service/function-name.test.ts",
  "test/service/payload.test.ts",
];

class InOrder extends BaseSequencer {
  override async sort(specifications: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number =>
      files.findIndex((file) => moduleId.endsWith(file));
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
    env: { DURABLETEST_RUNS: "800", DURABLETEST_SEED: "20250101", DURABLETEST_SHRINK: "no" },
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
