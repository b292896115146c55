import { defineConfig } from "vitest/config";
import workspace from "./vitest.config.ts";

export default defineConfig({
  resolve: workspace.resolve,
  ssr: workspace.ssr,
  test: {
    root: "./packages/testing",
    include: [
      "test/service-*.test.ts",
      "test/service/**/*.test.ts",
      "test/property/service.test.ts",
      "test/callbacks*.test.ts",
      "test/steps*.test.ts",
      "test/answers-as-text.test.ts",
      "test/bad-input.test.ts",
      "test/child-context-options.test.ts",
      "test/operations/invoke.test.ts",
    ],
    isolate: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
