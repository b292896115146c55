import { defineConfig } from "vitest/config";

const conditions = ["@durabletest/source", "node", "import", "default"];

/** `pnpm test:browser`: what needs a browser, and so is no part of `pnpm test`. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    name: "browser",
    root: import.meta.dirname,
    include: ["*.browser.ts"],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
