import { createRequire } from "node:module";
import { join } from "node:path";
import * as durable from "@durabletest/jest-plugin/preset";

const { resolve } = createRequire(import.meta.url);

/**
 * One behaviour, two frameworks: tests that are written for Vitest run under Jest as they are. What they import of
 * Vitest is Jest's, and `durableTest` is the one for Jest; nothing else differs. Jest's snapshots are in a folder here,
 * since names of tests are joined differently. Needs a build.
 */
const { reporters, ...each } = durable;
const rootDir = join(import.meta.dirname, "../../../..");
const setup = (name) => join(import.meta.dirname, name);

const compiled = (syntax) => ({
  jsc: { parser: { syntax }, target: "es2022" },
  module: { type: "commonjs" },
});

const framework = {
  ...each,
  rootDir,
  snapshotResolver: setup("snapshots.cjs"),
  moduleNameMapper: {
    "^@durabletest/vitest-plugin$": resolve("@durabletest/jest-plugin"),
    "^\\.\\./src/index\\.ts$": resolve("@durabletest/jest-plugin"),
    "^vitest$": join(import.meta.dirname, "vitest.cjs"),
  },
  transform: {
    "\\.ts$": [setup("vitest-to-jest.cjs"), compiled("typescript")],
    "/node_modules/.*\\.m?js$": [resolve("@swc/jest"), compiled("ecmascript")],
  },
  // msw and what it is made of are ES modules only.
  transformIgnorePatterns: [
    "/node_modules/(?!(?:\\.pnpm|msw|@msw|@mswjs|@open-draft|cookie|headers-polyfill|rettime|until-async)/)",
  ],
};

export default {
  // So long that only what hangs fails.
  testTimeout: 60_000,
  rootDir,
  reporters,
  projects: [
    {
      ...framework,
      displayName: "examples",
      testMatch: ["<rootDir>/examples/*/*.test.ts"],
      setupFilesAfterEnv: [...each.setupFilesAfterEnv, setup("matchers-of-vitest.cjs")],
    },
    {
      ...framework,
      displayName: "matchers",
      testMatch: ["<rootDir>/packages/vitest-plugin/test/matchers.test.ts"],
      setupFilesAfterEnv: [...each.setupFilesAfterEnv, setup("inline-messages.cjs")],
    },
  ],
};
