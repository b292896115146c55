import { defineConfig, type ViteUserConfig } from "vitest/config";

const conditions = ["@durabletest/source", "node", "import", "default"];

/** The page in a real browser: `pnpm test:browser`. Skipped, and said so, where there is none. */
const config: ViteUserConfig = defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    name: "cli-browser",
    root: import.meta.dirname,
    include: ["*.browser.ts"],
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});

export default config;
