import { join } from "node:path";
import { describe, expect, test } from "vitest";
import durable from "../src/config.ts";
import { conditions, createProject, imports } from "./project.ts";

const withoutImport = `
import { expect, test } from "vitest";
import { DurableTestRunner } from "@durabletest/testing";
import { orderHandler } from "../order.ts";
test("waits", async () => {
  const runner = new DurableTestRunner(orderHandler);
  expect(await runner.run({ id: "o-1" })).toBeWaitingFor("approval");
  expect(runner).toMatchInlineSnapshot(\`
    PENDING after 0s, 1 invocation
    input: {"id": "o-1"}

                +0s  callback "approval" STARTED, times out at +2d 00h 00m 00s
                         timeout 2d 00h 00m 00s
  \`);
});
`;

describe("a project with the plugin in its configuration", () => {
  test("has the matchers and the serializer without an import", async () => {
    using project = createProject({ "waiting.case.ts": withoutImport });
    expect((await project.run()).failures["waits"]).toContain(
      "toBeWaitingFor is a matcher of durabletest that has not been registered here",
    );
    const { failures, output } = await project.run({ plugins: [durable()] });
    expect(failures).toEqual({ waits: "" });
    expect(output).toContain("Durable  1 execution, 1 invocation\n");
  });

  test("ends with what was executed", async () => {
    using project = createProject({
      "summary.case.ts": `${imports}
        test("ships", async ({ runner }) => {
          await runner.run({ id: "o-1" });
          await runner.callback("approval").succeed({ by: "kim" });
        });
        test("expires", async ({ runner }) => {
          await runner.run({ id: "o-1" });
          await runner.runToCompletion();
        });
        test("does nothing", async ({ runner }) => {});
      `,
      "own-runners.case.ts": `
        import { DurableTestRunner } from "@durabletest/testing";
        import { beforeAll, describe, test } from "vitest";
        import { orderHandler } from "../order.ts";
        const run = async () => {
          const runner = new DurableTestRunner(orderHandler);
          await runner.run({ id: "o-1" });
          await runner.advance({ hours: 12 });
        };
        describe("a runner of one's own", () => {
          beforeAll(run);
          test("in a test", run);
          test.concurrent("at the same time", run);
          test.concurrent("as another", run);
        });
      `,
    });
    const { output } = await project.run({ plugins: [durable()] });
    expect(output).toContain("Durable  6 executions, 9 invocations, 4 days of virtual time");
    const quiet = await project.run({ plugins: [durable({ summary: false })] });
    expect(quiet.output).not.toContain("Durable  ");
    const forMachines = await project.run({ plugins: [durable()], reporters: ["dot"] });
    expect(forMachines.output).not.toContain("Durable  ");
  });

  test("leaves what a file's process has compiled to those after it", async () => {
    using project = createProject({
      "cache.case.ts": `
        import { expect, test } from "vitest";
        test("is told where", () => {
          expect(process.env["NODE_COMPILE_CACHE"]).toMatch(/durabletest$/);
        });
      `,
    });
    const { failures } = await project.run({ plugins: [durable()] });
    expect(failures).toEqual({ "is told where": "" });
  });

  test("may have it in each of several projects", async () => {
    const executing = `${imports}
      test("waits", async ({ runner }) => {
        await runner.run({ id: "o-1" });
        await runner.advance({ minutes: 90 });
      });
    `;
    using project = createProject({
      "a/a.case.ts": executing.replace("../order.ts", "../../order.ts"),
      "b/b.case.ts": executing.replace("../order.ts", "../../order.ts"),
    });
    const { output } = await project.run({
      test: {
        projects: ["a", "b"].map((name) => ({
          plugins: [durable(), durable()],
          resolve: { conditions },
          ssr: { resolve: { conditions } },
          test: { name, root: join(project.root, name), include: ["*.case.ts"] },
        })),
      },
    });
    expect(output).toContain("2 passed");
    expect(output.match(/Durable {2}.*/g)).toEqual([
      "Durable  2 executions, 2 invocations, 3 hours of virtual time",
    ]);
  });
});
