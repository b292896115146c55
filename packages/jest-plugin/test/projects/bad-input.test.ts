import { cpSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { projectsRoot } from "./install.ts";
import { order } from "./order.ts";
import { createProject, jest } from "./project.ts";
import { runVitest, vitest } from "./vitest.ts";
import { watch } from "./watch.ts";

/** What people call their tests. */
const name = `ships a/b \\\\ c 🚢 <b> & "quoted"`;

const failing = `
  test('${name}', async ({ runner }) => {
    console.log(["said", "aloud"].join(" "));
    expect(await runner.run({ id: "o-1" })).toHaveSucceeded();
  });
`;

/** A second copy of the harness, which the project's own files find; the plugin finds the first. */
const copies = `
  test("a runner of another copy", async () => {
    const runner = new DurableTestRunner(handler);
    expect(await runner.run({ id: "o-1" })).toBeWaitingFor("approval");
    expect(runner).not.toHaveSucceeded();
    expect(await runner.runToCompletion()).toMatchSnapshot();
  });
`;

const inBrowser = `
  test("in a document", async ({ runner }) => {
    document.body.innerHTML = "<p>approved</p>";
    await runner.run({ id: "o-1" });
    const by = document.querySelector("p").textContent;
    expect(await runner.callback("approval").succeed({ by })).toHaveSucceededWith({
      order: "o-1", status: "shipped", by: "approved",
    });
    expect(runner.result.elapsedMs).toBe(3_600_000);
  });
`;

const orderOfVitest = order
  .replace(/const (\{.*?\}) = require\((.*?)\);/, "import $1 from $2;")
  .replace("exports.handler =", "export const handler =");

const vitestFiles = {
  "order.js": orderOfVitest,
  "vitest.config.mjs": `
    import durable from "@durabletest/vitest-plugin/config";
    export default { plugins: [durable(), durable()], test: { include: ["*.test.js"] } };
  `,
};

const importsOfVitest = `
import { afterEach, beforeEach, describe, expect } from "vitest";
import { durableTest } from "@durabletest/vitest-plugin";
import { handler } from "./order.js";
const test = durableTest(handler);
`;

const importsOfJest = `
const { durableTest } = require("@durabletest/jest-plugin");
const { handler } = require("./order.js");
const test = durableTest(handler);
`;

interface JsonReport {
  readonly testResults: readonly {
    readonly assertionResults: readonly {
      readonly title: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/** Messages of what failed, by title; empty for what passed. */
function readReport(text: string): Readonly<Record<string, string>> {
  const { testResults } = JSON.parse(text) as JsonReport;
  const all = testResults.flatMap(({ assertionResults }) => assertionResults);
  return Object.fromEntries(
    all.map(({ title, status, failureMessages }) => [
      title,
      status === "passed" ? "" : failureMessages.join("\n") || status,
    ]),
  );
}

describe("Vitest", () => {
  test("with all of its reporters and environments, silently, without isolation, with coverage", async () => {
    using project = createProject({
      ...vitestFiles,
      "names.test.js": `${importsOfVitest}${failing}`,
      "copies.test.js": `
        import { expect, test } from "vitest";
        import "@durabletest/vitest-plugin";
        import { DurableTestRunner } from "@durabletest/testing";
        import { handler } from "./order.js";
        ${copies}
      `,
      "jsdom.test.js": `// @vitest-environment jsdom\n${importsOfVitest}${inBrowser}`,
      "happy.test.js": `// @vitest-environment happy-dom\n${importsOfVitest}${inBrowser}`,
      "own-expect.test.js": `${importsOfVitest}
        describe("at the same time, as it should be", { concurrent: true }, () => {
          for (const id of ["one", "another"]) {
            test("a snapshot of its own expect: " + id, async ({ runner, expect: own }) => {
              own(await runner.run({ id })).toMatchSnapshot();
            });
          }
        });
      `,
      "fixtures.test.js": `${importsOfVitest}
        describe("hooks", () => {
          beforeEach(async ({ runner }) => { await runner.run({ id: "o-1" }); });
          afterEach(({ runner }) => { expect(runner).toHaveSucceeded(); });
          test("that use the runner", async ({ runner }) => { await runner.callback("approval").succeed({ by: "kim" }); });
          test("whose expectation does not hold", () => {});
        });
        const broken = test.extend({
          customer: async ({ runner }, use) => {
            await runner.run({ id: "o-1" });
            throw new Error("no customer");
          },
        });
        broken("a fixture that throws", ({ customer }) => { throw new Error("This test does not run."); });
        test("the one after it", async ({ runner }) => { expect(await runner.run({ id: "o-2" })).toBePending(); });
        describe("at the same time", { concurrent: true }, () => {
          for (const id of ["one", "another"]) {
            test("a snapshot of the global expect: " + id, async ({ runner }) => {
              expect(await runner.run({ id })).toMatchSnapshot();
            });
          }
        });
      `,
    });
    cpSync(
      join(projectsRoot, "node_modules/@durabletest/testing"),
      join(project.root, "node_modules/@durabletest/testing"),
      { recursive: true },
    );
    const { output, exitCode } = await runVitest(project.root, [
      "--isolate=false",
      "--silent",
      ...["default", "json", "junit", "html", "github-actions"].map((each) => `--reporter=${each}`),
      "--outputFile.json=report.json",
      "--outputFile.junit=report.xml",
      "--coverage.enabled",
      "--coverage.reportOnFailure",
      "--coverage.reporter=text",
    ]);
    const title = name.replaceAll("\\\\", "\\");
    const tests = readReport(project.read("report.json"));
    expect(Object.keys(tests).filter((each) => tests[each] === "")).toEqual(
      expect.arrayContaining([
        "a runner of another copy",
        "in a document",
        "that use the runner",
        "the one after it",
      ]),
    );
    expect(tests[title]).toMatch(/^Timeline$/m);
    expect(tests["whose expectation does not hold"]).toMatch(/It waits for:[^]*^Timeline$/m);
    expect(tests["a fixture that throws"]).toMatch(/no customer[^]*^Timeline$/m);
    // Vitest does not know whose test the global expect is in, and may say so; the one of the test is the right one.
    const globals = ["one", "another"].map((id) => tests[`a snapshot of the global expect: ${id}`]);
    expect(globals.join("")).toContain("cannot be used without test context");
    expect(tests).toMatchObject({
      "a snapshot of its own expect: one": "",
      "a snapshot of its own expect: another": "",
    });
    expect(project.read("__snapshots__/own-expect.test.js.snap")).toMatch(
      /own expect: another 1`\] = `[^`]*"another"[^`]*`[^]*own expect: one 1`\] = `[^`]*"one"[^`]*`/,
    );
    expect(exitCode).toBe(1);
    expect(output).not.toContain("said aloud");
    expect(output).toMatch(/Durable {2}\d+ executions/);
    expect(output).toMatch(/::error file=.*names\.test\.js,.*Timeline/);
    expect(output).toMatch(/order\.js +\| +100 \|/);
    const xml = project.read("report.xml");
    expect(xml).toContain("ships a/b \\ c 🚢 &lt;b&gt; &amp; &quot;quoted&quot;");
    expect(xml).toContain("Timeline");
    expect(project.read(".vitest/index.html")).toContain("<html");
  });

  test("takes a part of the files, and stops at the first failure", async () => {
    using project = createProject({
      ...vitestFiles,
      "a.test.js": `${importsOfVitest}${failing}${failing.replace("ships", "also ships")}`,
      "b.test.js": `${importsOfVitest}${failing}`,
    });
    const { output } = await runVitest(project.root, ["--shard=1/2", "--bail=1"]);
    expect(output).toContain("Test Files  1 failed (1)");
    expect(output).toMatch(/Tests {2}1 failed(?: \| 1 skipped)?/);
    expect(output).toContain("Durable  1 execution, 1 invocation");
  });

  test("runs again what a changed handler is about", async () => {
    using project = createProject({
      ...vitestFiles,
      "watched.test.js": `${importsOfVitest}${failing}`,
    });
    await using watching = watch(project.root, [vitest, "--watch"]);
    expect(await watching.printed("for file changes")).toContain("1 failed");
    project.write(
      "order.js",
      orderOfVitest.replace("{ hours: 48 } });", "{ hours: 48 } }); return;"),
    );
    const again = await watching.printed("for file changes");
    expect(again).toMatch(/RERUN.*order\.js/);
    expect(again).toContain("1 passed");
    expect(again).toContain("Durable  1 execution, 1 invocation");
  });
});

describe("Jest", () => {
  test("with two copies, in jsdom, with coverage, and a part of the files", async () => {
    using project = createProject({
      "order.js": order,
      "names.test.js": `${importsOfJest}${failing}`,
      "copies.test.js": `
        require("@durabletest/jest-plugin");
        const { DurableTestRunner } = require("@durabletest/testing");
        const { handler } = require("./order.js");
        ${copies}
      `,
      "jsdom.test.js": `/** @jest-environment ./jsdom-environment.js */\n${importsOfJest}${inBrowser}${failing.replace("ships", "also ships")}`,
      "jsdom-environment.js": `
        const { TestEnvironment } = require("jest-environment-jsdom");
        const { failureTimelines } = require("@durabletest/jest-plugin/environment");
        module.exports = class extends TestEnvironment {
          handleTestEvent = failureTimelines(this.global);
        };
      `,
    });
    cpSync(
      join(projectsRoot, "node_modules/@durabletest/testing"),
      join(project.root, "node_modules/@durabletest/testing"),
      { recursive: true },
    );
    const config = { preset: "@durabletest/jest-plugin" };
    const { tests, output } = await project.run({
      config,
      args: ["--coverage", "--coverageReporters=text", "--shard=1/1", "--silent"],
    });
    const title = name.replaceAll("\\\\", "\\");
    expect(tests).toMatchObject({ "a runner of another copy": "", "in a document": "" });
    expect(tests[title]).toMatch(/^Timeline$/m);
    expect(tests[title.replace("ships", "also ships")]).toMatch(/^Timeline$/m);
    expect(output).not.toContain("said aloud");
    const part = await project.run({ config, args: ["--shard=2/3"] });
    expect(part.output).toMatch(/Test Suites: .*1 total/);
    expect(part.output).toMatch(/Durable: +\d/);
  });

  test("runs again what a changed handler is about", async () => {
    using project = createProject({
      "order.js": order,
      "watched.test.js": `${importsOfJest}${failing}`,
      "jest.config.json": JSON.stringify({
        preset: "@durabletest/jest-plugin",
        testMatch: ["**/*.test.js"],
        transform: {},
        watchman: false,
      }),
    });
    await using watching = watch(project.root, [jest, "--watchAll", "--runInBand"]);
    expect(await watching.printed("Ran all test suites")).toContain("1 failed");
    project.write("order.js", order.replace("{ hours: 48 } });", "{ hours: 48 } }); return;"));
    const again = await watching.printed("Ran all test suites");
    expect(again).toContain("1 passed");
    expect(again).toMatch(/Durable: +1 execution, 1 invocation/);
  });
});
