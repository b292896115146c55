import type { OutcomeReport } from "@durabletest/testing/outcomes";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import durable, { type OutcomeOptions } from "../src/config.ts";
import { conditions, createProject, imports } from "./project.ts";

const approved = `${imports}
test("ships", async ({ runner }) => {
  await runner.run({ id: "o-1" });
  await runner.callback("approval").succeed({ by: "kim" });
});
`;
const expired = `${imports}
test("expires", async ({ runner }) => {
  await runner.run({ id: "o-1" });
  await runner.runToCompletion();
});
`;
const fails = `
import { withDurableExecution } from "@durabletest/runtime";
import { DurableTestRunner } from "@durabletest/testing";
import { test } from "vitest";
const handler = withDurableExecution(async (_, context) => {
  await context.step("charge", () => { throw new Error("declined"); });
});
test("gives up", async () => {
  await new DurableTestRunner(handler).run({});
  await new DurableTestRunner(handler, { functionName: "payment" }).run({});
});
`;

const textOf = (output: string): string => /^Outcomes: [^]*/m.exec(output)?.[0] ?? "";

describe("outcome coverage", () => {
  test("merges what test files have seen, without isolation, too", async () => {
    using project = createProject({
      "a.case.ts": approved,
      "b.case.ts": expired,
      "c.case.ts": fails,
    });
    const { output, exitCode } = await project.run({
      plugins: [durable({ outcomes: { threshold: 50 } })],
      test: { isolate: false },
    });
    expect(exitCode).toBe(0);
    expect(textOf(output)).toMatchInlineSnapshot(`
      "Outcomes: 10 of 19, 52.6 %

      orderHandler (../order.ts): 4 of 7, 57.1 %
        execution                success
          not seen: failure  callbacks: { approval: respond.failure(new Error("failed")) }
        createCallback approval  success, timeout
          not seen: failure      callbacks: { approval: respond.failure(new Error("failed")) }
          not seen: late answer  callbacks: { approval: respond.success().after({ seconds: 172801 }) }
        wait packing             success

      c.case.ts: 3 of 6, 50 %
        execution    failure
          not seen: success  steps: { charge: respond.success() }
        step charge  retried, given up
          not seen: success      steps: { charge: respond.success() }
          not seen: interrupted  steps: { charge: [respond.crash("after")] }

      payment: 3 of 6, 50 %
        execution    failure
          not seen: success  steps: { charge: respond.success() }
        step charge  retried, given up
          not seen: success      steps: { charge: respond.success() }
          not seen: interrupted  steps: { charge: [respond.crash("after")] }

      "
    `);
  });

  test("is one of several projects and of merged shards, with a threshold", async () => {
    const own = (text: string) => text.replace("../order.ts", "../../order.ts");
    using project = createProject({ "a/a.case.ts": own(approved), "b/b.case.ts": own(expired) });
    const outcomes = {
      threshold: 60,
      reporter: ["json", "html"],
      ignore: ["late answer"],
    } as const;
    const settings = {
      projects: ["a", "b"].map((name) => ({
        plugins: [durable({ outcomes })],
        resolve: { conditions },
        ssr: { resolve: { conditions } },
        test: { name, root: join(project.root, name), include: ["*.case.ts"] },
      })),
    };
    for (const index of [1, 2]) {
      const { output, exitCode } = await project.run({
        test: settings,
        reporters: ["blob"],
        cli: { shard: `${index}/2`, outputFile: join(project.root, `blobs/${index}.json`) },
      });
      expect(textOf(output)).toBe("");
      expect(exitCode).toBe(0);
    }
    const merging = await project.run({
      test: settings,
      cli: { mergeReports: join(project.root, "blobs") },
    });
    expect(merging.exitCode).toBe(0);
    const read = (file: string): OutcomeReport =>
      JSON.parse(project.read(`outcomes/${file}`)) as OutcomeReport;
    const merged = read("outcomes.json");
    expect(merged).toMatchObject({ possible: 6, seen: 4, percent: 66.6 });
    expect(project.read("outcomes/outcomes.html")).toContain("Outcomes: 4 of 6, 66.6 %");

    const shard = await project.run({ test: settings, cli: { shard: "1/2" } });
    expect(shard.exitCode).toBe(0);
    expect(read("outcomes.1-2.json")).toMatchObject({ seen: 3 });

    const alone = await project.run({ test: settings, cli: { project: "a" } });
    expect(alone.exitCode).toBe(1);
    expect(alone.output).toContain(
      "Outcome coverage: tests have seen 3 of 6 possible outcomes, 50 %, which is below the threshold of 60 %.",
    );
  });

  test.each(["stack", "list", "parallel"] as const)(
    "has what hooks execute, whatever they do, in the order %s",
    async (hooks) => {
      const using = `${imports}
import { afterAll, beforeAll } from "vitest";
import { DurableTestRunner, respond } from "@durabletest/testing";
const run = async (answer) => {
  await new DurableTestRunner(orderHandler, { callbacks: { approval: answer } }).run({ id: "o-1" });
};
`;
      using project = createProject({
        "after.case.ts": `${using}
afterAll(() => run(respond.failure(new Error("no"))));
test("none", () => {});
`,
        "before.case.ts": `${using}
beforeAll(async () => {
  await run(respond.never());
  throw new Error("not ready");
});
test("is skipped", () => {});
`,
      });
      const { output } = await project.run({
        plugins: [durable({ outcomes: {} })],
        test: { sequence: { hooks } },
      });
      expect(textOf(output)).toContain("createCallback approval  failure, timeout\n");
    },
  );

  test("knows a function though its module is loaded anew, or stands in for itself", async () => {
    const run = "await new DurableTestRunner(orderHandler).run({ id: 'o-1' });";
    const begin = `
import { beforeEach, test, vi } from "vitest";
import { DurableTestRunner } from "@durabletest/testing";
beforeEach(() => { vi.resetModules(); });
`;
    using project = createProject({
      "reset.case.ts": `${begin}
import { orderHandler } from "../order.ts";
test("first", async () => { ${run} });
test("anew", async () => { const { orderHandler } = await import("../order.ts"); ${run} });
`,
      "mock.case.ts": `${begin}
import { orderHandler } from "../order.ts";
vi.mock("../order.ts", async (original) => ({ ...(await original()) }));
test("stands in", async () => { ${run} });
`,
    });
    const { output } = await project.run({ plugins: [durable({ outcomes: {} })] });
    expect(textOf(output).match(/^\S.*\(.*\): .*/gm)).toEqual([
      "orderHandler (../order.ts): 0 of 6, 0 %",
    ]);
  });

  test("is reported beside a blob of all tests, and left to it where that is of a shard", async () => {
    using project = createProject({ "a.case.ts": approved });
    const run = async (shard: object) =>
      project.run({
        plugins: [durable({ outcomes: { threshold: 90 } })],
        reporters: ["default", "blob"],
        cli: { ...shard, outputFile: join(project.root, "blob.json") },
      });
    const all = await run({});
    expect(textOf(all.output)).toContain("Outcomes: 3 of 7, 42.8 %");
    expect(all.exitCode).toBe(1);
    const part = await run({ shard: "1/1" });
    expect(textOf(part.output)).toBe("");
    expect(part.exitCode).toBe(0);
  });

  test("fails with a threshold where there are no tests", async () => {
    using project = createProject({});
    const { output, exitCode } = await project.run({
      plugins: [durable({ outcomes: { threshold: 90 } })],
      test: { passWithNoTests: true },
    });
    expect(output).toContain(
      "Outcome coverage: there is a threshold of 90 %, and nothing to count.",
    );
    expect(exitCode).toBe(1);
  });

  test("refuses settings that it does not have", async () => {
    using project = createProject({ "a.case.ts": approved });
    const plugin = durable({ outcomes: { treshold: 80 } as OutcomeOptions });
    await expect(project.run({ plugins: [plugin] })).rejects.toThrow(
      'outcomes: There is no setting "treshold". Did you mean "threshold"?',
    );
  });
});
