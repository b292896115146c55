import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { imports, order } from "./order.ts";
import { createProject } from "./project.ts";

/** What a failure says of its report. */
const reportOf = (failure = ""): string | undefined =>
  /^Report\n {2}(\.durabletest\/\S+\.html)$/m.exec(failure)?.[1];

describe("a failing test", () => {
  test("ends with the timeline, once, without any configuration", async () => {
    using project = createProject({
      "order.js": order,
      "failing.test.js": `${imports}
        test("a plain expectation", async ({ runner }) => {
          const { status } = await runner.run({ id: "o-1" });
          expect(status).toBe("SUCCEEDED");
        });
        test("a matcher", async ({ runner }) => {
          expect(await runner.run({ id: "o-1" })).toHaveSucceeded();
        });
        test("an error", async ({ runner }) => {
          await runner.run({ id: "o-1" });
          throw new Error("oh no");
        });
        test("an error without a message", async ({ runner }) => {
          await runner.run({ id: "o-1" });
          throw new Error();
        });
        test("an error that is frozen", async ({ runner }) => {
          await runner.run({ id: "o-1" });
          throw Object.freeze(new Error("cold"));
        });
        test("an error of another realm", async ({ runner }) => {
          await runner.run({ id: "o-1" });
          require("node:fs").readFileSync("/not-there");
        });
        test("no run", async ({ runner }) => {
          throw new Error("before " + runner.now.toISOString());
        });
        test("an assertion of Node", async ({ runner }) => {
          const { status } = await runner.run({ id: "o-1" });
          require("node:assert").equal(status, "SUCCEEDED");
        });
        test("an error of the runner", async ({ runner }) => {
          await runner.run({ id: "o-1" });
          await runner.run({ id: "o-2" });
        });
      `,
    });
    const { tests, output } = await project.run();
    await expect(output).toMatchFileSnapshot("expected/failures.txt");
    const count = (name: string): number => tests[name]?.match(/^Timeline$/gm)?.length ?? 0;
    expect(Object.fromEntries(Object.keys(tests).map((name) => [name, count(name)]))).toEqual({
      "a plain expectation": 1,
      "a matcher": 1,
      "an error": 1,
      "an error without a message": 1,
      "an error that is frozen": 1,
      "an error of another realm": 1,
      "no run": 0,
      "an assertion of Node": 1,
      "an error of the runner": 1,
    });
    const reported = Object.keys(tests).filter((name) => reportOf(tests[name]) !== undefined);
    expect(reported).toEqual(Object.keys(tests).filter((name) => count(name) === 1));
    for (const name of reported) {
      expect(project.read(reportOf(tests[name]) ?? "")).toContain("<!doctype html>");
    }
  });

  test("says how matchers are registered, where nobody has done so", async () => {
    using project = createProject({
      "order.js": order,
      "bare.test.js": `
        const { DurableTestRunner } = require("@durabletest/testing");
        const { handler } = require("./order.js");
        test("a matcher", async () => {
          expect(await new DurableTestRunner(handler).run({ id: "o-1" })).toBePending();
        });
        test("its contrary", async () => {
          expect(await new DurableTestRunner(handler).run({ id: "o-1" })).not.toBePending();
        });
      `,
    });
    const { output } = await project.run();
    await expect(output).toMatchFileSnapshot("expected/unregistered.txt");
  });

  test("also does where no code of its own sees the failure, in the environment of the preset", async () => {
    using project = createProject({
      "order.js": order,
      "failing.test.js": `${imports}
        test("a hanging test", async ({ runner }) => {
          await runner.run({ id: "o-1" });
          await new Promise(() => {});
        }, 100);
        test("a text", async ({ runner }) => {
          await runner.run({ id: "o-1" });
          throw "oh no";
        });
        describe("a hook before it", () => {
          beforeEach(() => { throw new Error("beforehand"); });
          test("that throws", () => { throw new Error("This test does not run."); });
        });
        describe("a hook", () => {
          afterEach(() => { throw new Error("afterwards"); });
          test("that throws", async ({ runner }) => {
            await runner.run({ id: "o-1" });
          });
        });
        globalThis.test("a runner of its own", async () => {
          const { DurableTestRunner } = require("@durabletest/testing");
          const runner = new DurableTestRunner(handler);
          const { status } = await runner.run({ id: "o-1" });
          expect(status).toBe("SUCCEEDED");
        });
        test.concurrent("one of several", async ({ runner }) => {
          await runner.run({ id: "one" });
          await new Promise(() => {});
        }, 100);
        test.concurrent("another of several", async ({ runner }) => {
          await runner.run({ id: "another" });
          await new Promise(() => {});
        }, 100);
        globalThis.test("no execution", () => { throw new Error("none"); });
      `,
    });
    const { tests, output } = await project.run({ config: { preset: "@durabletest/jest-plugin" } });
    await expect(output).toMatchFileSnapshot("expected/failures-in-environment.txt");
    expect(tests["a hanging test"]).toMatch(/^Timeline$/m);
    expect(project.read(reportOf(tests["one of several"]) ?? "")).toContain('"one"');
    expect(reportOf(tests["no execution"])).toBeUndefined();
  });

  test.for([
    { where: "in the environment of the preset", config: { preset: "@durabletest/jest-plugin" } },
    { where: "without any configuration", config: {} },
  ])("says nothing of the failures of other tests, $where", async ({ config }) => {
    using project = createProject({
      "order.js": order,
      "shared.test.js": `${imports}
        const shared = new Error("shared");
        const frozen = Object.freeze(new RangeError("frozen"));
        for (const [name, error] of Object.entries({ shared, frozen })) {
          test(name + ", first", async ({ runner }) => {
            await runner.run({ id: name + "-1" });
            throw error;
          });
          test(name + ", second", async ({ runner }) => {
            await runner.run({ id: name + "-2" });
            throw error;
          });
          globalThis.test(name + ", not durable", () => { throw error; });
        }
      `,
    });
    const { tests } = await project.run({ config });
    for (const name of ["shared", "frozen"]) {
      for (const [index, which] of ["first", "second"].entries()) {
        const text = tests[`${name}, ${which}`] ?? "";
        expect(text.match(/input \{.*$/gm)).toEqual([`input {"id":"${name}-${index + 1}"}`]);
        expect(text.match(/^(?:Timeline|Report)$/gm)).toEqual(["Timeline", "Report"]);
        expect(project.read(reportOf(text) ?? "")).toContain(`"${name}-${index + 1}"`);
      }
      expect(tests[`${name}, not durable`]).not.toMatch(/Timeline|Report/);
    }
  });

  test("keeps its own where hooks, or attempts, fail with what has no stack", async () => {
    using project = createProject({
      "order.js": order,
      "hooks.test.js": `${imports}
        describe("a text", () => {
          afterEach(() => { throw "cleanup of " + expect.getState().currentTestName + " failed"; });
          for (const id of ["1st", "2nd"]) test(id, async ({ runner }) => { await runner.run({ id }); });
        });
        describe("a number", () => {
          afterEach(() => { throw 404; });
          for (const id of ["3rd", "4th"]) test(id, async ({ runner }) => { await runner.run({ id }); });
        });
        describe("a timeout", () => {
          afterEach(() => new Promise(() => {}), 60);
          for (const id of ["5th", "6th"]) test(id, async ({ runner }) => { await runner.run({ id }); });
        });
      `,
      "retries.test.js": `${imports}
        jest.retryTimes(2, { logErrorsBeforeRetry: true });
        let attempt = 0;
        test("hangs", async ({ runner }) => {
          attempt += 1;
          await runner.run({ id: "attempt-" + attempt });
          await new Promise(() => {});
        }, 60);
      `,
    });
    const { tests, output } = await project.run({ config: { preset: "@durabletest/jest-plugin" } });
    const said = {
      "a text": "cleanup of a text ",
      "a number": "thrown: 404",
      "a timeout": "Exceeded",
    };
    const names = Object.keys(tests).filter((name) => name.startsWith("a "));
    expect(names).toHaveLength(6);
    for (const name of names) {
      const id = name.slice(-3);
      const text = tests[name] ?? "";
      const [, start = ""] = Object.entries(said).find(([kind]) => name.startsWith(kind)) ?? [];
      expect(text).toContain(`Error: ${start}`);
      if (name.startsWith("a text")) expect(text).toContain(`cleanup of a text ${id} failed`);
      expect(text.match(/input \{.*$/gm)).toEqual([`input {"id":"${id}"}`]);
      expect(text).toContain("hooks.test.js:");
      expect(project.read(reportOf(text) ?? "")).toContain(`"${id}"`);
    }
    // Those before the last are logged, each with what it did.
    expect(output.match(/"attempt-\d"/g)).toEqual(['"attempt-1"', '"attempt-2"', '"attempt-3"']);
  });

  test("is about its own execution, and its report about all of them", async () => {
    using project = createProject({
      "order.js": order,
      "several.test.js": `${imports}
        const { DurableTestRunner } = require("@durabletest/testing");
        const another = async (id) => void (await new DurableTestRunner(handler).run({ id }));
        test("a helper", async ({ runner }) => {
          await runner.run({ id: "mine" });
          await another("helper");
          throw new Error("oh no");
        });
        describe("a hook", () => {
          afterEach(() => another("hook"));
          test("after it", async ({ runner }) => {
            await runner.run({ id: "mine" });
            await new Promise(() => {});
          }, 60);
        });
        test("others alone", async () => {
          await another("first");
          await another("second");
          throw new Error("oh no");
        });
        test.concurrent.each([1, 2])("same", async (n, { runner }) => {
          await runner.run({ id: "same-" + n });
          await new Promise((resolve) => setTimeout(resolve, 20));
          throw new Error("case " + n);
        });
      `,
    });
    const { output } = await project.run({
      config: { preset: "@durabletest/jest-plugin" },
    });
    const failures = output.split(/^ {2}● /m).slice(1);
    const about = failures.map((text) => {
      const report = /^ +(\.durabletest\/\S+\.html)$/m.exec(text)?.[1] ?? "";
      const reported = project.read(report);
      return {
        name: text.split("\n", 1)[0],
        timeline: text.match(/(?<=input \{"id":")[\w-]+/g),
        report: ["mine", "helper", "hook", "first", "second", "same-1", "same-2"].filter((id) =>
          reported.includes(`"${id}"`),
        ),
      };
    });
    expect(about).toEqual([
      { name: "a helper", timeline: ["mine"], report: ["mine", "helper"] },
      { name: "a hook › after it", timeline: ["mine"], report: ["mine", "hook"] },
      { name: "others alone", timeline: ["second"], report: ["first", "second"] },
      { name: "same", timeline: ["same-1"], report: ["same-1"] },
      { name: "same", timeline: ["same-2"], report: ["same-2"] },
    ]);
  });

  test("shows what was so when its time was over, and which call was going on", async () => {
    using project = createProject({
      "hangs.test.js": `
        const { durableTest, DurableTestRunner } = require("@durabletest/jest-plugin");
        const { withDurableExecution } = require("@durabletest/runtime");
        const handler = withDurableExecution((_, context) => context.step("hang", () => new Promise(() => {})));
        const test = durableTest(handler);
        const run = ({ runner }) => runner.run();
        test("alone", run, 80);
        test.concurrent("at the same time", run, 80);
        test("not awaited", async ({ runner }) => { runner.run(); });
      `,
    });
    const { tests } = await project.run({ config: { preset: "@durabletest/jest-plugin" } });
    const { "not awaited": notAwaited = "", ...timeouts } = tests;
    expect(Object.keys(timeouts)).toHaveLength(2);
    for (const text of Object.values(timeouts)) {
      expect(text).toMatch(
        /^runner\.run\(…\), called at .*, has not finished\. Pending: step "hang"/m,
      );
      expect(text).toContain('step "hang" starts');
    }
    expect(notAwaited).toContain("was not awaited");
    for (const text of Object.values(tests)) expect(text).not.toMatch(/died|disposed/);
    for (const text of Object.values(tests)) expect(reportOf(text)).toBeDefined();
  });

  test("has a report of its own, whatever it is called, is retried or mocks", async () => {
    const equal = `
      test("equal", async ({ runner }) => {
        await runner.run({ id: "o-1" });
        throw new Error("oh no");
      });
    `;
    using project = createProject({
      "order.js": order,
      "a.test.js": `${imports}
        jest.mock("node:fs");
        jest.useFakeTimers();
        jest.retryTimes(1);
        ${equal}
        ${equal}
        test("../a\\\\b/🦊 " + "long ".repeat(200), async ({ runner }) => {
          await runner.run({ id: "o-1" });
          throw new Error("oh no");
        });
        test.failing("is meant to", async ({ runner }) => {
          await runner.run({ id: "o-1" });
          throw new Error("oh no");
        });
      `,
      "below/a.test.js": `${imports.replace("./order", "../order")}${equal}`,
    });
    const { output, exitCode } = await project.run({
      config: { preset: "@durabletest/jest-plugin" },
    });
    expect(exitCode).toBe(1);
    const told = new Set(output.match(/\.durabletest\/\S+\.html/g));
    expect(told.size).toBe(4);
    expect([...told].every((path) => existsSync(join(project.root, path)))).toBe(true);
    expect(readdirSync(join(project.root, ".durabletest"))).toHaveLength(5);
    expect(project.read(".durabletest/.gitignore")).toBe("*\n");
  });

  test("leaves its report where the settings say, and fails for its own reason where that cannot be", async () => {
    const failing = `${imports}
      test("fails", async ({ runner }) => {
        await runner.run({ id: "o-1" });
        throw new Error("oh no");
      });
    `;
    using project = createProject({
      "order.js": order,
      "fails.test.js": failing,
      "jest.config.mjs": `
        import durable from "@durabletest/jest-plugin/config";
        export default { ...durable({ reports: { folder: "jest.config.mjs/below" } }) };
      `,
    });
    const inTheWay = await project.run({ config: join(project.root, "jest.config.mjs") });
    expect(inTheWay.tests["fails"]).toContain("oh no");
    expect(inTheWay.tests["fails"]).toMatch(/^No report: ENOTDIR: .*$/m);
    project.write(
      "jest.config.mjs",
      `
        import durable from "@durabletest/jest-plugin/config";
        export default { ...durable({ reports: false }) };
      `,
    );
    const unwanted = await project.run({ config: join(project.root, "jest.config.mjs") });
    expect(unwanted.tests["fails"]).toContain("oh no");
    expect(unwanted.tests["fails"]).not.toMatch(/report/i);
    expect(existsSync(join(project.root, ".durabletest"))).toBe(false);
  });
});
