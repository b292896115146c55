import { defineConfig, type ViteUserConfig } from "vitest/config";

/** What needs the packages as built: `pnpm test:jest`. Not part of `pnpm test`, which needs no build. */
const config: ViteUserConfig = defineConfig({
  test: {
    name: "cli-built",
    root: import.meta.dirname,
    include: ["*.built.ts"],
    globalSetup: ["../../../jest-plugin/test/projects/install.ts"],
    testTimeout: 120_000,
  },
});

export default config;
