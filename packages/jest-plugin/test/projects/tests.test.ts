import { describe, expect, test } from "vitest";
import { imports, order } from "./order.ts";
import { createProject } from "./project.ts";

const never = `const never = () => { throw new Error("This test does not run."); };`;

describe("durableTest", () => {
  test("does what Jest's test does", async () => {
    using project = createProject({
      "order.js": order,
      "each.test.js": `${imports}
        test.each([["kim", 1], ["lee", 2]])("%s waits %i hours", async (by, hours, { runner, clock }) => {
          await runner.run({ id: "o-1" });
          await clock.advance({ hours });
          expect(await runner.callback("approval").succeed({ by })).toHaveSucceededWith({ order: "o-1", status: "shipped", by });
          expect(runner.result.elapsedMs).toBe((hours + 1) * 3_600_000);
        });
        test.each([{ by: "kim" }, { by: "lee" }])("an object: $by", async ({ by }, { runner }) => {
          await runner.run({ id: by });
          expect(runner).toBeWaitingFor("approval");
        });
        test.each\`
          by       | hours
          \${"kim"} | \${1}
          \${"lee"} | \${2}
        \`("a table: $by after $hours", async ({ hours }, { runner, clock }) => {
          await runner.run({ id: "o-1" });
          await clock.advance({ hours });
          expect(runner.now.getUTCHours()).toBe(hours);
        });
        test.each(["kim", "lee"])("a value: %s", async (by, { runner }) => {
          expect(await runner.run({ id: by })).toBePending();
        });
        test.for([["kim", 1], ["lee", 2]])("for: %s %i", async (row, { runner, expect }) => {
          expect(row).toHaveLength(2);
          expect(await runner.run({ id: row[0] })).toBePending();
        });
        test.for([{ by: "kim" }, { by: "lee" }])("for: $by", async ({ by }, { runner }) => {
          expect(await runner.run({ id: by })).toBePending();
        });
        test.for(["kim"])("for: value %s", (by) => { expect(by).toBe("kim"); });
        test.failing.each([[1], [2]])("failing %i", async (count, { runner }) => {
          expect(await runner.run({ id: "o-1" })).toHaveInvocations(count + 1);
        });
        test.concurrent.each([["kim"], ["lee"]])("at once: %s", async (by, { runner }) => {
          expect((await runner.run({ id: by })).history[0].ExecutionStartedDetails.Input.Payload).toContain(by);
        });
      `,
      "modes.test.js": `${imports}${never}
        test.skip("skipped", never);
        test.skip.each([[1]])("skipped: %i", never);
        test.skip.failing("skipped and failing", never);
        test.concurrent.skip("skipped at once", never);
        test.todo("to do");
        test.failing("fails", async ({ runner }) => {
          await runner.run({ id: "o-1" });
          expect(runner).toHaveSucceeded();
        });
        test.failing("passes", async ({ runner }) => { await runner.run({ id: "o-1" }); });
        test.concurrent.failing("fails at once", async ({ runner }) => {
          await runner.run({ id: "o-1" });
          expect(runner).toHaveSucceeded();
        });
        test("does not use a fixture", () => {});
        test("takes a value for nothing", () => 5);
        test(function named() {}, () => {});
        test(class Named {}, () => {});
      `,
      "only.test.js": `${imports}${never}
        test("not chosen", never);
        test.only("only", async ({ runner }) => { expect(await runner.run({ id: "o-1" })).toBePending(); });
        test.only.each([[1]])("only: %i", (one, { runner }) => { expect(runner.result.history).toHaveLength(0); });
        test.only.failing("only failing", () => { throw new Error("expected"); });
        test.concurrent.only("only at once", async () => {});
      `,
    });
    const { tests } = await project.run();
    const { passes = "", ...others } = tests;
    const named = (text: string): string[] =>
      Object.keys(others).filter((name) => others[name] === text);
    expect(named("pending")).toEqual([
      "skipped",
      "skipped: 1",
      "skipped and failing",
      "skipped at once",
      "not chosen",
    ]);
    expect(named("todo")).toEqual(["to do"]);
    expect(named("")).toHaveLength(27);
    expect(Object.keys(others)).toHaveLength(27 + 6);
    expect(passes).toContain("Failing test passed even though it was supposed to fail");
  });

  test("gives every attempt and every concurrent test a runner of its own", async () => {
    using project = createProject({
      "order.js": order,
      "isolated.test.js": `${imports}
        const { jest: framework } = require("@jest/globals");
        jest.retryTimes(2);
        const seen = new Set();
        let attempts = 0;
        test("retried", async ({ runner }) => {
          expect(seen).not.toContain(runner);
          seen.add(runner);
          attempts += 1;
          await runner.run({ id: "attempt " + attempts });
          expect(runner.result.operations).toHaveLength(1);
          expect(attempts).toBe(3);
        });
        test("retried in vain", async ({ runner }) => {
          await runner.run({ id: "in vain" });
          expect(runner).toHaveSucceeded();
        });
        test("earlier runners are disposed of", async () => {
          expect(seen.size).toBe(3);
          for (const runner of seen) await expect(runner.advance({ hours: 1 })).rejects.toThrow("has been disposed of");
        });
        for (const by of ["kim", "lee", "max"]) {
          test.concurrent(by, async ({ runner, clock }) => {
            await runner.run({ id: by });
            await clock.advance({ hours: by.codePointAt(0) });
            await runner.runToCompletion();
            expect(runner).toHaveSucceededWith({ order: by, status: "expired" });
            expect(runner).toMatchSnapshot();
          });
        }
      `,
    });
    const { tests } = await project.run();
    const { "retried in vain": failed = "", ...others } = tests;
    expect(others).toEqual({
      retried: "",
      "earlier runners are disposed of": "",
      kim: "",
      lee: "",
      max: "",
    });
    expect(failed.match(/^Timeline$/gm)).toHaveLength(1);
    expect(project.read("__snapshots__/isolated.test.js.snap")).toContain("exports[`lee 1`]");
  });

  test("ends the runner of a test that has run into its timeout, also where setup and import are copies", async () => {
    using project = createProject({
      "order.js": order,
      "timeout.test.mjs": `
        import { durableTest } from "@durabletest/jest-plugin";
        import { expect } from "@jest/globals";
        import orders from "./order.js";
        const test = durableTest(orders.handler);
        let before;
        test("hangs", async ({ runner }) => {
          before = runner;
          await runner.run({ id: "o-1" });
          await new Promise(() => {});
        }, 60);
        test("the one after it", async () => {
          await expect(before.advance({ hours: 1 })).rejects.toThrow("has been disposed of");
        });
      `,
    });
    const { tests } = await project.run({
      config: { preset: "@durabletest/jest-plugin", moduleFileExtensions: ["mjs", "js"] },
      nodeArgs: ["--experimental-vm-modules", "--no-warnings"],
    });
    expect(tests["hangs"]).toContain("Exceeded timeout");
    expect(tests["the one after it"]).toBe("");
  });

  test("takes settings for all tests, and more for some", async () => {
    using project = createProject({
      "order.js": order,
      "settings.test.js": `
        const { durableTest, respond } = require("@durabletest/jest-plugin");
        const { handler } = require("./order.js");
        const test = durableTest(handler, {
          startTime: "2026-05-01T00:00:00Z",
          callbacks: { approval: respond.success({ by: "kim" }).after({ hours: 3 }) },
        });
        test("hold for all", async ({ runner, clock }) => {
          expect(clock.now).toEqual(new Date("2026-05-01T00:00:00Z"));
          expect(await runner.run({ id: "o-1" })).toHaveSucceeded();
        });
        test.with({ callbacks: { approval: respond.never() } })("come on top", async ({ runner }) => {
          expect(runner.now).toEqual(new Date("2026-05-01T00:00:00Z"));
          expect(await runner.run({ id: "o-1" })).toHaveTimedOut("approval");
        });
        test.with({ startTime: 0 }).each([[1]])("leave scripts: %i", async (one, { runner }) => {
          expect(runner.now).toEqual(new Date(0));
          expect(await runner.run({ id: "o-1" })).toHaveSucceeded();
        });
        test("what cannot be right is refused where it is written", () => {
          expect(() => durableTest(undefined)).toThrow("undefined is no handler");
          expect(() => durableTest(handler, { seed: 0.5 })).toThrow("0.5 is not a whole number");
          expect(() => test.with({ seed: 0.5 })).toThrow("0.5 is not a whole number");
        });
      `,
      "no-function.test.js": `${imports}
        test("no function");
      `,
    });
    const { tests, output } = await project.run();
    expect(tests).toEqual({
      "hold for all": "",
      "come on top": "",
      "leave scripts: 1": "",
      "what cannot be right is refused where it is written": "",
    });
    expect(output).toContain("Missing second argument. It must be a callback function.");
  });

  test("leaves the fake timers of the test alone, modern and legacy, before, during and after", async () => {
    using project = createProject({
      "order.js": order,
      "timers.test.js": `${imports}
        afterEach(() => { jest.useRealTimers(); });
        const ship = async (runner, clock) => {
          await runner.run({ id: "o-1" });
          await clock.advance({ hours: 5 });
          expect(await runner.callback("approval").succeed({ by: "kim" })).toHaveSucceeded();
          expect(clock.now).toEqual(new Date("2025-01-01T06:00:00Z"));
        };
        for (const legacyFakeTimers of [false, true]) {
          const kind = legacyFakeTimers ? "legacy" : "modern";
          test(kind + ", before", async ({ runner, clock }) => {
            jest.useFakeTimers({ legacyFakeTimers });
            const fired = jest.fn();
            setTimeout(fired, 1000);
            await ship(runner, clock);
            expect(fired).not.toHaveBeenCalled();
            jest.advanceTimersByTime(1000);
            expect(fired).toHaveBeenCalledTimes(1);
          });
          test(kind + ", during", async ({ runner, clock }) => {
            await runner.run({ id: "o-1" });
            jest.useFakeTimers({ legacyFakeTimers });
            await clock.advance({ hours: 5 });
            expect(await runner.callback("approval").succeed({ by: "kim" })).toHaveSucceeded();
          });
          test(kind + ", after", async ({ runner, clock }) => {
            jest.useFakeTimers({ legacyFakeTimers });
            jest.useRealTimers();
            await ship(runner, clock);
          });
        }
        test("of the configuration", async ({ runner, clock }) => {
          jest.useFakeTimers({ legacyFakeTimers: false });
          jest.setSystemTime(new Date("1999-12-31T23:59:59Z"));
          await ship(runner, clock);
          expect(new Date().getUTCFullYear()).toBe(1999);
        });
      `,
    });
    for (const fakeTimers of [
      {},
      { enableGlobally: true },
      { enableGlobally: true, legacyFakeTimers: true },
    ]) {
      const { tests } = await project.run({ config: { fakeTimers } });
      expect(Object.values(tests)).toHaveLength(7);
      expect(Object.entries(tests).filter(([, text]) => text !== "")).toEqual([]);
    }
  });

  test("says what is wrong with legacy fake timers, as a clock and in handler code", async () => {
    using project = createProject({
      "order.js": order,
      "legacy.test.js": `
        const { withDurableExecution } = require("@durabletest/runtime");
        const { DurableTestRunner } = require("@durabletest/testing");
        const { handler } = require("./order.js");
        afterEach(() => { jest.useRealTimers(); });
        test("as a clock", () => {
          jest.useFakeTimers({ legacyFakeTimers: true });
          new DurableTestRunner(handler, { clock: "test" });
        });
        test("in handler code", async () => {
          const sleeps = withDurableExecution((_, context) => context.step("sleeps", async () => {
            jest.useFakeTimers({ legacyFakeTimers: true });
            await new Promise((resolve) => { setTimeout(resolve, 100); });
          }));
          await new DurableTestRunner(sleeps).run();
        });
        test("taken off by a function that the handler calls", async () => {
          jest.useFakeTimers();
          const invokes = withDurableExecution((_, context) => context.invoke("notify", 1));
          await new DurableTestRunner(invokes, { functions: { notify: () => { jest.useRealTimers(); } } }).run();
          await new Promise((resolve) => { setTimeout(resolve, 1); });
          jest.useFakeTimers();
        });
      `,
    });
    const { tests } = await project.run();
    expect(tests["as a clock"]).toContain("Call jest.useFakeTimers() without legacyFakeTimers");
    expect(tests["in handler code"]).toContain("setTimeout is a mock");
    expect(tests["taken off by a function that the handler calls"]).toBe("");
  });

  test("may share the clock of the test's fake timers, and fails where a call was not awaited", async () => {
    using project = createProject({
      "order.js": order,
      "clock.test.js": `
        const { durableTest, respond } = require("@durabletest/jest-plugin");
        const { handler } = require("./order.js");
        const test = durableTest(handler, { clock: "test" });
        beforeEach(() => { jest.useFakeTimers(); });
        afterEach(() => { jest.useRealTimers(); });
        test("one clock", async ({ runner, clock }) => {
          await runner.run({ id: "o-1" });
          const fired = jest.fn();
          setTimeout(fired, 3_600_000);
          await clock.advance({ hours: 2 });
          expect(fired).toHaveBeenCalledTimes(1);
          await jest.advanceTimersByTimeAsync(48 * 3_600_000);
          expect(runner).toHaveTimedOut("approval");
        });
        test("not awaited", ({ runner }) => { runner.run({ id: "o-1" }); });
        test("the one after it", async ({ runner }) => { await runner.run({ id: "o-1" }); });
        const { DurableTestRunner } = require("@durabletest/testing");
        it("not awaited, of its own runner", () => { new DurableTestRunner(handler).run({ id: "o-1" }); });
        it("the one after that", async () => { await new DurableTestRunner(handler).run({ id: "o-1" }); });
        const misspelt = test.with({ callbacks: { aproval: respond.never() } });
        misspelt("a script for nothing", async ({ runner }) => { await runner.runToCompletion(await runner.run({ id: "o-1" })); });
      `,
    });
    const { tests } = await project.run();
    expect(tests["one clock"]).toBe("");
    expect(tests["not awaited"]).toContain("CallNotAwaitedError");
    expect(tests["the one after it"]).toBe("");
    expect(tests["not awaited, of its own runner"]).toMatch(/runner\.run\(…\), called at .*clock/);
    expect(tests["the one after that"]).toBe("");
    expect(tests["a script for nothing"]).toContain("aproval");
  });

  test("keeps snapshots as they are", async () => {
    using project = createProject({
      "order.js": order,
      "kept.test.js": `${imports}
        test("ships / 🚢 \\\\ \`quoted\` \${1}", async ({ runner }) => {
          await runner.run({ id: "o-1" });
          expect(await runner.callback("approval").succeed({ by: "kim" })).toMatchSnapshot();
        });
      `,
    });
    const first = await project.run();
    expect(Object.values(first.tests)).toEqual([""]);
    expect(first.output).toContain("1 written");
    const snapshot = project.read("__snapshots__/kept.test.js.snap");
    expect(snapshot).toMatchInlineSnapshot(`
      "// Jest Snapshot v1, https://jestjs.io/docs/snapshot-testing

      exports[\`ships / 🚢 \\\\ \\\`quoted\\\` \\\${1} 1\`] = \`
      SUCCEEDED after 1h 00m 00s, 3 invocations
      input: {"id": "o-1"}

                  +0s  callback "approval" SUCCEEDED
                           timeout 2d 00h 00m 00s
                           +0s success from test
                           result: {"by": "kim"}
                  +0s  wait "packing" 1h 00m 00s SUCCEEDED at +1h 00m 00s

      result: {"by": "kim", "order": "o-1", "status": "shipped"}
      \`;
      "
    `);
    const second = await project.run({ args: ["--ci=true"] });
    expect(second.tests).toEqual(first.tests);
    expect(second.exitCode).toBe(0);
    expect(second.output).not.toMatch(/\d (?:snapshots? )?(?:written|updated|obsolete)/);
    expect(project.read("__snapshots__/kept.test.js.snap")).toBe(snapshot);
  });
});
