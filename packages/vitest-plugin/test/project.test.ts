import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createProject, fromSource, imports } from "./project.ts";

/** What a failure ends with, where it has a report. */
const reportOf = (failure = ""): string | undefined =>
  /\n\nReport\n {2}(\.durabletest\/\S+\.html)$/.exec(failure)?.[1];

describe("a project that imports durableTest alone", () => {
  test("passes, and keeps its snapshots as they are", async () => {
    using project = createProject({
      "passing.case.ts": `${imports}
        test("ships", async ({ runner }) => {
          await runner.run({ id: "o-1" });
          const result = await runner.callback("approval").succeed({ by: "kim" });
          expect(result).toHaveSucceededWith({ order: "o-1", status: "shipped", by: "kim" });
          expect(result).toMatchSnapshot();
        });
        test.concurrent("at the same time", async ({ runner, expect }) => {
          await runner.run({ id: "o-2" });
          expect(await runner.runToCompletion()).toMatchSnapshot();
        });
      `,
    });
    const first = await project.run();
    expect(first.failures).toEqual({ ships: "", "at the same time": "" });
    expect(first.output).toContain("2 written");
    const snapshot = project.read("__snapshots__/passing.case.ts.snap");
    expect(snapshot).toMatchInlineSnapshot(`
      "// Vitest Snapshot v1, https://vitest.dev/guide/snapshot.html

      exports[\`at the same time 1\`] = \`
      SUCCEEDED after 2d 00h 00m 00s, 2 invocations
      input: {"id": "o-2"}

                  +0s  callback "approval" TIMED_OUT at +2d 00h 00m 00s
                           timeout 2d 00h 00m 00s
                           error: Callback.Timeout: Callback timed out

      result: {"order": "o-2", "status": "expired"}
      \`;

      exports[\`ships 1\`] = \`
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

    const second = await project.run({ test: { update: "none" } });
    expect(second.failures).toEqual(first.failures);
    expect(second.output).not.toMatch(/written|updated|obsolete/);
    expect(project.read("__snapshots__/passing.case.ts.snap")).toBe(snapshot);
  });

  test("says the same where Node loads the modules, and Vitest numbers them", async () => {
    using project = createProject({
      "native.case.ts": `
        import { withDurableExecution } from "@durabletest/runtime";
        import { durableTest } from "@durabletest/vitest-plugin";
        let calls = 0;
        const diverging = withDurableExecution(async (_, context) => {
          await context.step("call " + calls++, async () => {
            throw new Error("declined");
          }).catch(() => {});
          await context.wait("pause", { hours: 1 });
        });
        const test = durableTest(diverging);
        test("goes another way", async ({ runner, expect }) => {
          calls = 0;
          const result = await runner.run();
          expect(result).toMatchSnapshot();
          expect(result).toHaveSucceeded();
        });
      `,
    });
    const native = {
      experimental: { viteModuleRunner: false },
      execArgv: fromSource,
    };
    const first = await project.run({ test: native });
    const snapshot = project.read("__snapshots__/native.case.ts.snap");
    expect(snapshot).toMatch(/asks for STEP "call 1", at native\.case\.ts\. Code/);
    const second = await project.run({ test: { ...native, update: "none" } });
    const { "goes another way": message = "" } = second.failures;
    expect(message).toMatch(/asks for STEP "call 1", at native\.case\.ts:6:\d+\. Code/);
    expect(message).toMatch(/failed at native\.case\.ts:7: Error: declined/);
    expect({ ...second, output: "" }).toEqual({ ...first, output: "" });
  });

  test("shows the timeline of what failed, once", async () => {
    using project = createProject({
      "failing.case.ts": `${imports}
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
        test("no run", async ({ runner }) => {
          throw new Error("before " + runner.now.toISOString());
        });
        test("a hanging test", { timeout: 100 }, async ({ runner }) => {
          await runner.run({ id: "o-1" });
          await new Promise(() => {});
        });
        test("a retried test", { retry: 1 }, async ({ runner, task }) => {
          await runner.run({ id: "attempt " + task.result.retryCount });
          expect(runner).toHaveInvocations(7);
        });
      `,
    });
    const { failures, output } = await project.run();
    const timelines = (name: string) => failures[name]?.match(/^Timeline$/gm)?.length ?? 0;
    expect(failures["a plain expectation"]).toMatchInlineSnapshot(`
      "expected 'PENDING' to be 'SUCCEEDED' // Object.is equality
      Expected: "SUCCEEDED"
      Received: "PENDING"

      Timeline
        PENDING after 0s, 1 invocation
                    +0s   input {"id":"o-1"}
                        ┌ invocation 1
                        │ callback "approval" opens, timeout 2d 00h 00m 00s
                        └ suspended

      Report
        .durabletest/failing-case-a-plain-expectation-4af703dd.html"
    `);
    expect(failures["an error"]).toMatchInlineSnapshot(`
      "oh no

      Timeline
        PENDING after 0s, 1 invocation
                    +0s   input {"id":"o-1"}
                        ┌ invocation 1
                        │ callback "approval" opens, timeout 2d 00h 00m 00s
                        └ suspended

      Report
        .durabletest/failing-case-an-error-ca834345.html"
    `);
    expect(timelines("a matcher")).toBe(1);
    expect(failures["no run"]).toBe("before 2025-01-01T00:00:00.000Z");
    expect(failures["a hanging test"]).toContain("timed out in 100ms");
    expect(timelines("a hanging test")).toBe(1);
    expect(timelines("a retried test")).toBe(2);
    expect(failures["a retried test"]).toContain('input {"id":"attempt 1"}');
    const reported = Object.keys(failures).filter((name) => name !== "no run");
    for (const name of reported) {
      expect(project.read(reportOf(failures[name]) ?? name)).toContain("<!doctype html>");
    }
    expect(reportOf(failures["no run"])).toBeUndefined();
    expect(project.read(reportOf(failures["a retried test"]) ?? "")).toContain("attempt 1");
    expect(readdirSync(join(project.root, ".durabletest"))).toHaveLength(reported.length + 1);
    expect(project.read(".durabletest/.gitignore")).toBe("*\n");
    expect(output).toContain("6 failed");
    expect(output).toContain('callback "approval" opens, timeout 2d 00h 00m 00s');
  });

  test("gives every attempt and every concurrent test a runner of its own", async () => {
    using project = createProject({
      "timers.case.ts": `${imports}
        import { afterEach, beforeEach, vi } from "vitest";
        beforeEach(() => vi.useFakeTimers({ toFake: ["Date", "setTimeout", "setImmediate", "queueMicrotask", "performance"] }));
        afterEach(() => vi.useRealTimers());
        test("under fake timers", async ({ runner, clock }) => {
          await runner.run({ id: "o-1" });
          await clock.advance({ hours: 5 });
          expect(await runner.callback("approval").succeed({ by: "kim" })).toHaveSucceeded();
        });
      `,
      "only.case.ts": `${imports}
        test.only("only", async ({ runner }) => {
          expect(await runner.run({ id: "o-1" })).toBePending();
        });
        test("not chosen", () => { throw new Error("This test does not run."); });
      `,
      "skip.case.ts": `${imports}
        const never = () => { throw new Error("This test does not run."); };
        test.skip("skipped", never);
        test.skipIf(true)("skipped on a condition", never);
        test.todo("to do");
      `,
      "isolated.case.ts": `${imports}
        let attempts = 0;
        test("retried", { retry: 2 }, async ({ runner }) => {
          attempts += 1;
          await runner.run({ id: "o-" + attempts });
          expect(runner.result.operations).toHaveLength(1);
          expect(attempts).toBe(3);
        });
        test("repeated", { repeats: 2 }, async ({ runner }) => {
          await runner.run({ id: "o-1" });
        });
        for (const by of ["kim", "lee", "max"]) {
          test.concurrent(by, async ({ runner, clock, expect }) => {
            await runner.run({ id: by });
            await clock.advance({ hours: by.codePointAt(0) });
            await runner.runToCompletion();
            expect(runner).toHaveSucceededWith({ order: by, status: "expired" });
          });
        }
      `,
    });
    const { failures } = await project.run();
    expect({ ...failures, retried: "" }).toEqual({
      only: "",
      skipped: "",
      "skipped on a condition": "",
      "to do": "",
      "not chosen": "",
      retried: "",
      repeated: "",
      kim: "",
      lee: "",
      max: "",
      "under fake timers": "",
    });
    // The two attempts before the one that passed.
    expect(failures["retried"]).toContain("expected 1 to be 3");
  });
});
