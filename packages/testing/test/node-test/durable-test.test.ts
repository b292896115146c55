import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

/** The workspace's own, whichever runs this: it takes the sources as they are. */
const node = join(import.meta.dirname, "../../../../node_modules/node/bin/node");

interface TestRun {
  readonly status: number | null;
  readonly output: string;
  /** The reports of what has failed, by the names of their files. */
  readonly reports: Readonly<Record<string, string>>;
}

/** Runs a file with the test runner of Node, from source. It lies here, to find the packages. */
function runNodeTest(text: string): TestRun {
  const directory = mkdtempSync(join(import.meta.dirname, ".project-"));
  try {
    const file = join(directory, "case.ts");
    writeFileSync(file, text);
    const { status, stdout, stderr } = spawnSync(
      node,
      ["--conditions=@durabletest/source", "--test", "--test-reporter=tap", file],
      // Vitest's own settings for its workers are none of its business, nor that it is run by a test runner.
      { cwd: directory, encoding: "utf8", env: { PATH: process.env["PATH"] } },
    );
    const folder = join(directory, ".durabletest");
    const files = existsSync(folder) ? readdirSync(folder) : [];
    const reports = files
      .filter((name) => name.endsWith(".html"))
      .map((name) => [name, readFileSync(join(folder, name), "utf8")] as const);
    return { status, output: `${stdout}${stderr}`, reports: Object.fromEntries(reports) };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const imports = `
import assert from "node:assert";
import { mock } from "node:test";
import { withDurableExecution } from "@durabletest/runtime";
import { respond } from "@durabletest/testing";
import { durableTest } from "@durabletest/testing/node-test";
const handler = withDurableExecution(async (order: { id: string }, context) => {
  const approval = await context.createCallback<string>("approval", { timeout: { hours: 48 } });
  return { order: order.id, by: await approval.result() };
});
const test = durableTest(handler);
`;

describe("durableTest of node-test", () => {
  test("gives every test a runner, its clock, and the matchers", () => {
    const { status, output } = runNodeTest(`${imports}
      const runners = new Set();
      for (const by of ["kim", "lee"]) {
        test("by " + by, { concurrency: true }, async ({ runner, clock, expect, t }) => {
          assert(!runners.has(runner));
          runners.add(runner);
          assert.equal(t.name, "by " + by);
          expect(await runner.run({ id: "o-1" })).toBeWaitingFor("approval");
          await clock.advance({ hours: 3 });
          assert.deepEqual(clock.now, new Date("2025-01-01T03:00:00Z"));
          expect(await runner.callback("approval").succeed(by)).toHaveSucceededWith({ order: "o-1", by });
        });
      }
      test("disposes of them", async () => {
        for (const runner of runners) await assert.rejects(runner.advance({ hours: 1 }), /disposed of/);
      });
      test.with({ callbacks: { approval: respond.never() } })("with more settings", async ({ runner, expect }) => {
        expect(await runner.run({ id: "o-1" })).toHaveTimedOut("approval");
      });
      test("beside mocked timers", async ({ runner, clock, expect }) => {
        mock.timers.enable({ now: 5 });
        await runner.run({ id: "o-1" });
        await clock.advance({ hours: 48 });
        expect(runner).toHaveTimedOut("approval");
        assert.equal(Date.now(), 5);
        mock.timers.reset();
      });
      test.skip("skipped", () => { throw new Error("This test does not run."); });
      test.todo("to do", () => {});
      test("refuses what cannot be right where it is written", () => {
        assert.throws(() => durableTest(handler, { seed: 0.5 }), /0.5 is not a whole number/);
      });
    `);
    expect(output).toContain("# pass 6");
    expect(output).toContain("# fail 0");
    expect(output).toContain("# skipped 1");
    expect(status).toBe(0);
  });

  test("shows the timeline of what fails, once, and where its report is", () => {
    const { status, output, reports } = runNodeTest(`${imports}
      test("a matcher", async ({ runner, expect }) => {
        expect(await runner.run({ id: "matcher" })).toHaveSucceeded();
      });
      test("an assertion", async ({ runner }) => {
        assert.equal((await runner.run({ id: "assertion" })).status, "SUCCEEDED");
      });
      test("hangs", { timeout: 200 }, async ({ runner }) => {
        await runner.run({ id: "hangs" });
        await new Promise((resolve) => setTimeout(resolve, 2000));
      });
    `);
    expect(status).toBe(1);
    expect(output).toContain("# fail 2");
    for (const id of ["matcher", "assertion", "hangs"]) {
      expect(output.split(`input {"id":"${id}"}`)).toHaveLength(2);
      const [name = "none"] =
        Object.entries(reports).find(([, text]) => text.includes(`"${id}"`)) ?? [];
      // A diagnostic has its lines escaped.
      expect(output).toMatch(new RegExp(`Report[^]{1,9} {2}\\.durabletest/${name}`));
    }
    expect(Object.keys(reports)).toHaveLength(3);
  });

  test("says so as a diagnostic where the failure cannot, and nothing of tests that pass", () => {
    const { output, reports } = runNodeTest(`${imports}
      test("a text", async ({ runner }) => {
        await runner.run({ id: "text" });
        throw "a text";
      });
      test("a subtest", async ({ runner, t }) => {
        await runner.run({ id: "subtest" });
        await t.test("around", (t) => t.test("fails", () => { throw new Error("in a subtest"); }));
      });
      test("a plan", async ({ runner, t }) => {
        t.plan(2);
        await runner.run({ id: "plan" });
        t.assert.ok(true);
      });
      test("a failure that does not come", { expectFailure: true }, async ({ runner }) => {
        await runner.run({ id: "unexpected" });
      });
      test("another failure", { expectFailure: /^wanted$/ }, async ({ runner }) => {
        await runner.run({ id: "another" });
        throw new Error("unwanted");
      });
      test("the failure", { expectFailure: { message: "wanted" } }, async ({ runner }) => {
        await runner.run({ id: "passes" });
        throw new Error("wanted");
      });
      test("subtests that pass", async ({ runner, t }) => {
        await runner.run({ id: "passes" });
        await t.test("passes", () => {});
      });
      test("nothing executed", ({ t }) => { t.plan(1); });
    `);
    const failing = ["text", "subtest", "plan", "unexpected", "another"];
    // Two, and a subtest.
    expect(output).toContain("# pass 3");
    expect(output).not.toContain('input {"id":"passes"}');
    expect(Object.keys(reports)).toHaveLength(failing.length);
    for (const id of failing) {
      expect(output.split(`input {"id":"${id}"}`)).toHaveLength(2);
      const [name = "none"] =
        Object.entries(reports).find(([, text]) => text.includes(`"${id}"`)) ?? [];
      expect(output).toMatch(new RegExp(`Report[^]{1,9} {2}\\.durabletest/${name}`));
    }
  });

  test("says nothing of the failures of other tests", () => {
    const { output, reports } = runNodeTest(`${imports}
      import { test as plain } from "node:test";
      const boom = new Error("boom");
      test("first", async ({ runner }) => {
        await runner.run({ id: "first" });
        throw boom;
      });
      test("second", async ({ runner }) => {
        await runner.run({ id: "second" });
        throw boom;
      });
      plain("third, not durable", () => { throw boom; });
    `);
    const texts = output.split(/^not ok \d - /m).slice(1);
    expect(texts.map((text) => text.match(/(?<=input \{"id":")\w+/g))).toEqual([
      ["first"],
      ["second"],
      null,
    ]);
    expect(texts.map((text) => text.match(/^ +Report$/gm)?.length)).toEqual([1, 1, undefined]);
    expect(Object.keys(reports)).toHaveLength(2);
  });

  test("fails the test that has not awaited a call of a runner of its own, and no other", () => {
    const { status, output } = runNodeTest(`${imports}
      import { test as plain } from "node:test";
      import { DurableTestRunner } from "@durabletest/testing";
      plain("not awaited", () => { new DurableTestRunner(handler).run({ id: "o-1" }); });
      plain("awaited", async () => { await new DurableTestRunner(handler).run({ id: "o-2" }); });
      test.with({ seed: 1 })("a fixture", async ({ runner, expect }) => {
        expect(await runner.run({ id: "o-3" })).toBePending();
      });
    `);
    expect(status).toBe(1);
    expect(output).toMatch(/^not ok \d+ - not awaited$/m);
    expect(output).toMatch(/runner\.run\(…\), called at .*case\.ts:\d+:\d+, was not awaited/);
    expect(output).toContain("# fail 1\n");
    expect(output).toContain("# pass 2\n");
  });

  test("does so wherever durableTest was first called", () => {
    const { output } = runNodeTest(`
      import { describe, test as plain } from "node:test";
      ${imports.replace("const test = durableTest(handler);", "")}
      import { DurableTestRunner } from "@durabletest/testing";
      const notAwaited = () => { new DurableTestRunner(handler).run({ id: "o-1" }); };
      describe("first", () => {
        durableTest(handler)("a fixture", async ({ runner }) => { await runner.run({ id: "o-1" }); });
        plain("wrong in the first", notAwaited);
      });
      describe("second", () => {
        durableTest(handler)("a fixture", async ({ runner }) => { await runner.run({ id: "o-1" }); });
        plain("wrong in the second", notAwaited);
      });
      describe("third", () => { plain("wrong in the third", notAwaited); });
      plain("wrong outside", notAwaited);
    `);
    expect(output.match(/(?<=not ok \d - )wrong.*/g)).toEqual([
      "wrong in the first",
      "wrong in the second",
      "wrong in the third",
      "wrong outside",
    ]);
    expect(output).toContain("# pass 2\n");
  });

  test("tells calls of a test from those of its subtests", () => {
    const { output } = runNodeTest(`${imports}
      import { test as plain } from "node:test";
      import { DurableTestRunner } from "@durabletest/testing";
      const make = () => new DurableTestRunner(handler);
      plain("wrong, with a subtest", async (t) => {
        make().run({ id: "o-1" });
        await t.test("a subtest", () => {});
      });
      plain("around", async (t) => {
        await t.test("wrong subtest", () => { make().run({ id: "o-1" }); });
      });
      plain("awaited after a subtest", async (t) => {
        const runner = make();
        const call = runner.run({ id: "o-1" });
        await t.test("that calls it, too", async () => { await call; await runner.advance({ hours: 1 }); });
        const next = runner.advance({ hours: 1 });
        await t.test("that does not", () => {});
        await next;
      });
      test("a fixture", async ({ runner, t }) => {
        const call = runner.run({ id: "o-1" });
        await t.test("a subtest", () => {});
        await call;
      });
      plain("at the same time", async (t) => {
        await Promise.all(["one", "two"].map((id) => t.test(id, { concurrency: true }, async () => {
          await make().run({ id });
        })));
      });
    `);
    expect(output.match(/(?<=not ok \d - ).*/g)).toEqual([
      "wrong, with a subtest",
      "wrong subtest",
      "around",
    ]);
  });

  test("has the compiler check names, and is the same otherwise", () => {
    const { status } = runNodeTest(`${imports}
      const typed = durableTest.typed<{ handler: typeof handler; callbacks: { approval: string } }>(handler);
      typed("typed", async ({ runner, expect }) => {
        await runner.run({ id: "o-1" });
        expect(await runner.callback("approval").succeed("kim")).toHaveSucceededWith({ order: "o-1", by: "kim" });
      });
    `);
    expect(status).toBe(0);
  });
});
