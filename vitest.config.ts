import { defineConfig } from "vitest/config";

/**
 * The private condition comes first, so that tests run from source, without a build. No "module": workers
 * hand these to Node, which cannot load what some packages mean for bundlers only.
 */
const conditions = ["@durabletest/source", "node", "import", "default"];

/** `extends: true` everywhere: a project does not inherit `resolve` otherwise. */
const packageProject = (name: string) => ({
  extends: true as const,
  test: {
    name,
    root: `./packages/${name}`,
    include: ["test/**/*.test.ts"],
    // Per project: set at the root, it silently runs none.
    typecheck: {
      // Types do not depend on the Node that runs.
      enabled: process.env["TYPECHECK"] !== "false",
      include: ["test/**/*.test-d.ts"],
      tsconfig: "./tsconfig.json",
    },
  },
});

/** What runs Jest needs a build: `pnpm test:jest`. Here only the types are tested. */
const typesProject = (name: string) => {
  const project = packageProject(name);
  return { ...project, test: { ...project.test, include: [] } };
};

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    // So long that only what hangs fails: how fast something is, the benchmarks say.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // One for every core. Vitest keeps one free, which on two is half of the machine, and many tests wait.
    maxWorkers: "100%",
    coverage: {
      enabled: process.env["COVERAGE"] === "true",
      provider: "v8",
      include: ["packages/*/src/**/*.ts"],
      // Run inside of Jest, in a browser (`pnpm test:browser`), or in processes and threads of their own, only.
      exclude: [
        "packages/jest-plugin/src/**",
        "packages/testing/src/node-test/{durable-test,failure-of-test}.ts",
        "packages/vitest-plugin/src/setup-outcomes.ts",
        "packages/testing/src/report/viewer/**",
        "packages/cli/src/{bin,explore/worker,dev/session-worker}.ts",
        "packages/cli/src/dev/page/**",
      ],
      reporter: ["text"],
      thresholds: { branches: 95 },
    },
    projects: [
      packageProject("runtime"),
      packageProject("testing"),
      packageProject("vitest-plugin"),
      packageProject("cli"),
      typesProject("jest-plugin"),
      {
        extends: true,
        test: { name: "examples", root: "./examples", include: ["*/*.test.ts"] },
      },
      {
        extends: true,
        test: { name: "conformance", root: "./conformance", include: ["test/**/*.test.ts"] },
      },
      {
        extends: true,
        test: { name: "faults", root: "./faults", include: ["test/**/*.test.ts"] },
      },
    ],
  },
});
