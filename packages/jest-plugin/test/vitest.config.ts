import { defineConfig, type ViteUserConfig } from "vitest/config";

/** What runs Jest on projects, with the packages as built: `pnpm test:jest`. Not part of `pnpm test`, which needs no build. */
const config: ViteUserConfig = defineConfig({
  test: {
    name: "jest",
    root: import.meta.dirname,
    include: ["{catalogue,projects}/**/*.test.ts"],
    globalSetup: ["./projects/install.ts"],
    testTimeout: 120_000,
    // Each test is a process of its own, or several.
    maxWorkers: 2,
  },
});

export default config;
