import { join } from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { Plugin } from "vitest/config";
import type { InlineConfig } from "vitest/node";
import durable from "../src/config.ts";
import { conditions, createProject, fromSource, imports } from "./project.ts";

/** As where it is installed: Node loads the plugin, once for all the files of a worker. */
const installed = {
  isolate: false,
  maxWorkers: 1,
  server: {
    deps: { external: [/\/packages\/(?:runtime|testing)\/src\//, /\/vitest-plugin\/src\//] },
  },
  execArgv: fromSource,
};

/** A test file whose tests are called after it. */
const caseOf = (name: string): string => `${imports}
import { afterEach, test as plain } from "vitest";
import { DurableTestRunner } from "@durabletest/vitest-plugin";
plain("${name}: not awaited", () => {
  new DurableTestRunner(orderHandler).run({ id: "o-1" });
});
plain("${name}: fails", async () => {
  const runner = new DurableTestRunner(orderHandler);
  await runner.run({ id: "o-1" });
  expect(1).toBe(2);
});
plain("${name}: passes", async () => {
  expect(await new DurableTestRunner(orderHandler).run({ id: "o-1" })).toBePending();
});
test("${name}: a fixture, not awaited", ({ runner }) => {
  runner.run({ id: "o-1" });
});
`;

/** One that has nothing of ours imported. */
const bare = caseOf("bare")
  .replace(/import \{ durableTest \}.*\n/, "")
  .replace(/const test = .*\n/, "")
  .replace(/^test\([^]*/m, "")
  .replace("@durabletest/vitest-plugin", "@durabletest/testing");

const files = { "a.case.ts": caseOf("a"), "b.case.ts": caseOf("b"), "c.case.ts": caseOf("c") };

describe("without isolation", () => {
  for (const [kind, plugins, native] of [
    ["with the plugin", [durable()], false],
    ["with the plugin, where Node loads all modules", [durable()], true],
    ["with an import alone", [], false],
    ["with an import alone, where Node loads all modules", [], true],
  ] as const) {
    test(`every file of a worker is treated alike, ${kind}`, async () => {
      using project = createProject(plugins.length === 0 ? files : { ...files, "d.case.ts": bare });
      const { failures, output } = await project.run({
        plugins,
        test: native ? { ...installed, experimental: { viteModuleRunner: false } } : installed,
      });
      for (const name of plugins.length === 0 ? ["a", "b", "c"] : ["a", "b", "c", "bare"]) {
        expect(failures[`${name}: not awaited`]).toMatch(
          /^runner\.run\(…\), called at .*was not awaited/,
        );
        expect(failures[`${name}: fails`]).toMatch(/\n\nReport\n {2}\.durabletest\/.*html$/);
        expect(failures[`${name}: passes`]).toBe("");
        if (name !== "bare")
          expect(failures[`${name}: a fixture, not awaited`]).toContain("was not awaited");
      }
      if (plugins.length > 0) expect(output).toContain("Durable  15 executions");
    });
  }

  test("outcomes of every file count", async () => {
    using project = createProject({
      "ships.case.ts": `${imports}
        test("ships", async ({ runner }) => {
          await runner.run({ id: "o-1" });
          await runner.callback("approval").succeed({ by: "kim" });
        });
      `,
      "expires.case.ts": `${imports}
        test("expires", async ({ runner }) => {
          await runner.run({ id: "o-1" });
          await runner.runToCompletion();
        });
      `,
    });
    const { output, exitCode } = await project.run({
      plugins: [durable({ outcomes: { threshold: 50 } })],
      test: installed,
    });
    expect(output).toContain("orderHandler (../order.ts): 4 of 7");
    expect(exitCode).toBe(0);
  });
});

describe("setup files", () => {
  const ours = (name: string): string => join(import.meta.dirname, `../src/${name}.ts`);
  const asks = { "asks.case.ts": `import { test } from "vitest"; test("asks", () => {});` };
  const write = { "own.ts": "", "other.ts": "" };

  const setupFilesOf = async (
    settings: Partial<InlineConfig>,
    plugins: readonly Plugin[],
  ): Promise<readonly string[]> => {
    using project = createProject({ ...asks, ...write });
    let setupFiles: readonly string[] = [];
    await project.run({
      plugins,
      test: settings,
      inspect: ([each]) => {
        setupFiles = each?.project.config.setupFiles ?? [];
      },
    });
    return setupFiles.map((file) => file.replace(`${project.root}/`, ""));
  };

  test("of a project's own stay there, before the plugin's", async () => {
    expect(await setupFilesOf({ setupFiles: "./own.ts" }, [durable()])).toEqual([
      "own.ts",
      ours("setup"),
    ]);
    expect(
      await setupFilesOf({ setupFiles: ["./own.ts", "./other.ts"] }, [durable({ outcomes: {} })]),
    ).toEqual(["own.ts", "other.ts", ours("setup"), ours("setup-outcomes")]);
  });

  test("are the plugin's once, also if it is there twice, or set by hand", async () => {
    const setupFiles = [ours("setup"), "./own.ts"];
    const plugins = [durable(), durable({ outcomes: {} }), durable({ outcomes: {} })];
    expect(await setupFilesOf({ setupFiles }, plugins)).toEqual([
      ours("setup"),
      "own.ts",
      ours("setup-outcomes"),
    ]);
  });

  test("are the plugin's in a project that extends another configuration", async () => {
    const resolving = `
      plugins: [durableOfTest()],
      resolve: { conditions: ${JSON.stringify(conditions)} },
      ssr: { resolve: { conditions: ${JSON.stringify(conditions)} } },
    `;
    using project = createProject({
      ...asks,
      ...write,
      "vitest.config.ts": `
        const test = { setupFiles: "./own.ts", include: ["*.case.ts"] };
        export default { ${resolving} test: { ...test, projects: [
          { extends: true, test: { name: "a", setupFiles: ["./other.ts"] } },
          { extends: "./base.config.ts", test: { name: "b", include: ["*.case.ts"] } },
        ] } };
      `,
      "base.config.ts": `
        export default { ${resolving} test: { setupFiles: ["./own.ts"] } };
      `,
    });
    // Configuration files are loaded here, by a Node that knows nothing of our sources.
    vi.stubGlobal("durableOfTest", durable);
    onTestFinished(() => void vi.unstubAllGlobals());
    let setupFiles: unknown;
    await project.run({
      cli: { config: join(project.root, "vitest.config.ts") },
      inspect: (tests) => {
        setupFiles = tests.map((each) => [
          each.project.name,
          // Each version of Vitest has an order of its own.
          ...each.project.config.setupFiles
            .map((file) => file.replace(`${project.root}/`, ""))
            .toSorted(),
        ]);
      },
    });
    expect(setupFiles).toEqual([
      ["a", ours("setup"), "other.ts", "own.ts"],
      ["b", ours("setup"), "own.ts"],
    ]);
  });
});
