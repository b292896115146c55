import type { ObservedFunction } from "@durabletest/testing/outcomes";

/** The variable that tells workers what names of files are relative to. */
export const OUTCOMES_ROOT = "DURABLETEST_OUTCOMES_ROOT";

declare module "vitest" {
  interface TaskMeta {
    /** Of a test file: what its executions have come to. */
    durableOutcomes?: readonly ObservedFunction[];
  }
}
