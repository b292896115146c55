import { describe, expect, test } from "vitest";
import { order } from "./order.ts";
import { createProject } from "./project.ts";

const preset = "@durabletest/jest-plugin";

/** Uses the matchers without importing what registers them. */
const handMade = `
const { DurableTestRunner } = require("@durabletest/testing");
const { handler } = require("./order.js");
test("matchers are there", async () => {
  const runner = new DurableTestRunner(handler);
  expect(await runner.run({ id: "o-1" })).toBeWaitingFor("approval");
  expect({ result: runner.result }).toEqual({ result: expect.not.toHaveSucceeded() });
  expect(runner.result).toMatchSnapshot();
  expect(await runner.runToCompletion()).toHaveTimedOut("approval");
});
`;

const summary = "Durable:     1 execution, 2 invocations, 2 days of virtual time\n";

describe("a configuration", () => {
  test.each([preset, `${preset}/preset`])(
    "with the preset %s registers and sums up",
    async (name) => {
      using project = createProject({ "order.js": order, "made.test.js": handMade });
      const { tests, output } = await project.run({ config: { preset: name } });
      expect(tests).toEqual({ "matchers are there": "" });
      expect(output).toContain(summary);
      expect(project.read("__snapshots__/made.test.js.snap")).toContain(
        `callback "approval" STARTED`,
      );
    },
  );

  test("may have the preset and setup files of its own", async () => {
    using project = createProject({
      "order.js": order,
      "made.test.js": `${handMade}
        test("its own setup ran", () => expect([globalThis.first, globalThis.second]).toEqual([1, 2]));
      `,
      "first.js": "globalThis.first = 1;",
      "second.js": "globalThis.second = typeof expect.extend === 'function' ? 2 : 0;",
    });
    const { tests, output } = await project.run({
      config: {
        preset,
        setupFiles: ["<rootDir>/first.js"],
        setupFilesAfterEnv: ["<rootDir>/second.js"],
      },
    });
    expect(tests).toEqual({ "matchers are there": "", "its own setup ran": "" });
    expect(output).toContain(summary);
  });

  test("may have the parts of the preset beside another one", async () => {
    using project = createProject({
      "order.js": order,
      "made.test.js": handMade,
      "other/jest-preset.js": "module.exports = { testMatch: ['**/made.test.js'], transform: {} };",
      "jest.config.mjs": `
        import * as durable from "@durabletest/jest-plugin/preset";
        export default { preset: "./other/jest-preset.js", ...durable };
      `,
      "jest.config.cjs": `
        const durable = require("@durabletest/jest-plugin/preset");
        module.exports = { preset: "./other/jest-preset.js", ...durable };
      `,
    });
    for (const config of ["jest.config.mjs", "jest.config.cjs"]) {
      const { tests, output } = await project.run({ config });
      expect(tests).toEqual({ "matchers are there": "" });
      expect(output).toContain(summary);
    }
  });

  test("may name the parts", async () => {
    using project = createProject({ "order.js": order, "made.test.js": handMade });
    const { tests, output } = await project.run({
      config: {
        setupFilesAfterEnv: [`${preset}/setup`],
        testEnvironment: `${preset}/environment`,
        reporters: ["default", `${preset}/reporter`],
      },
    });
    expect(tests).toEqual({ "matchers are there": "" });
    expect(output).toContain(summary);
  });

  test("may register twice", async () => {
    using project = createProject({
      "order.js": order,
      "made.test.js": handMade,
      "reset.test.js": `
        test("a registry of modules of its own", async () => {
          await jest.isolateModulesAsync(async () => {
            const { DurableTestRunner } = require("@durabletest/jest-plugin");
            const runner = new DurableTestRunner(require("./order.js").handler);
            expect(await runner.run({ id: "o-1" })).toBePending();
          });
        });
      `,
    });
    const { tests, output } = await project.run({
      config: { preset, setupFilesAfterEnv: [`${preset}/setup`, preset], resetModules: true },
    });
    expect(tests).toEqual({ "matchers are there": "", "a registry of modules of its own": "" });
    expect(output).toContain("2 executions, 3 invocations");
  });

  test("may be several projects, with workers", async () => {
    using project = createProject({
      "one/order.js": order,
      "one/made.test.js": handMade,
      "two/order.js": order,
      "two/made.test.js": handMade.replace("matchers are there", "also here"),
    });
    const { tests, output } = await project.run({
      config: {
        reporters: ["default", `${preset}/reporter`],
        projects: ["one", "two"].map((name) => ({
          preset,
          displayName: name,
          roots: [`<rootDir>/${name}`],
          transform: {},
        })),
      },
      args: ["--runInBand=false", "--maxWorkers=2"],
    });
    expect(tests).toEqual({ "matchers are there": "", "also here": "" });
    expect(output).toContain("Durable:     2 executions, 4 invocations, 4 days of virtual time\n");
  });

  test("may keep the globals out", async () => {
    using project = createProject({
      "order.js": order,
      "imported.test.js": `
        const { durableTest } = require("@durabletest/jest-plugin");
        const test = durableTest(require("./order.js").handler);
        test("without globals", async ({ runner, expect }) => {
          expect(await runner.run({ id: "o-1" })).toBePending();
        });
      `,
    });
    const { tests } = await project.run({ config: { preset, injectGlobals: false } });
    expect(tests).toEqual({ "without globals": "" });
  });

  test("may run silently, stop at the first failure, and report as JSON", async () => {
    const file = `
      const { durableTest } = require("@durabletest/jest-plugin");
      const test = durableTest(require("./order.js").handler);
      test("fails", async ({ runner }) => {
        console.log(["a", "word"].join(" "));
        expect(await runner.run({ id: "o-1" })).toHaveSucceeded();
      });
    `;
    using project = createProject({ "order.js": order, "a.test.js": file, "b.test.js": file });
    const all = await project.run({ config: { preset }, args: ["--silent"] });
    expect(all.output).not.toContain("a word");
    expect(all.output).toContain("Test Suites: 2 failed, 2 total");
    expect(all.tests["fails"]).toMatch(/^Timeline$/m);
    // Jest ends at once then, and writes no report.
    const { output } = await project.run({ config: { preset }, args: ["--bail"] });
    expect(output).toContain("Test Suites: 1 failed, 1 of 2 total");
    expect(output).toMatch(/^ +Timeline$/m);
  });

  test("ends what a test that has timed out was doing", async () => {
    using project = createProject({
      "endless.test.js": `
        const { durableTest } = require("@durabletest/jest-plugin");
        const { withDurableExecution } = require("@durabletest/runtime");
        let running = 0;
        const test = durableTest(withDurableExecution((_, context) => context.step(async () => {
          // Longer than an invocation may take: it is tried again and again.
          running += 1;
          await new Promise((resolve) => setTimeout(resolve, 3_600_000));
        })), { maxInvocations: 1_000_000 });
        test("never ends", async ({ runner }) => { await runner.run({}); }, 200);
        test("after it", async () => {
          const before = running;
          for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
          expect(running).toBe(before);
        });
      `,
    });
    for (const config of [{}, { preset }]) {
      const { tests } = await project.run({ config });
      expect(tests["after it"]).toBe("");
      expect(tests["never ends"]).toContain("Exceeded timeout of 200 ms");
      // The environment is what sees a timeout.
      expect((tests["never ends"] ?? "").includes("has not finished")).toBe("preset" in config);
    }
  });

  test("leaves nothing open, and no realm alive", async () => {
    using project = createProject({
      "order.js": order,
      "made.test.js": handMade,
      "hanging.test.js": `
        const { durableTest } = require("@durabletest/jest-plugin");
        const { withDurableExecution } = require("@durabletest/runtime");
        const test = durableTest(withDurableExecution((_, context) => context.step(async () => {
          setInterval(() => {}, 1000);
          await new Promise((resolve) => setTimeout(resolve, 60_000));
          return "done";
        })));
        test("timers of a handler", async ({ runner }) => {
          expect(await runner.run({})).toHaveSucceededWith("done");
        });
      `,
    });
    const { tests, output, exitCode } = await project.run({
      config: { preset },
      args: ["--detectOpenHandles", "--detectLeaks"],
    });
    expect(tests).toEqual({ "matchers are there": "", "timers of a handler": "" });
    expect(output).not.toMatch(/open handle|leaking/);
    expect(exitCode).toBe(0);
  });
});
