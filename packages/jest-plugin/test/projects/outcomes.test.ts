import { describe, expect, test } from "vitest";
import { order } from "./order.ts";
import { createProject, jest } from "./project.ts";
import { watch } from "./watch.ts";

const testing = (name: string, play: string): string => `
const { durableTest } = require("@durabletest/jest-plugin");
const { handler } = require("./order.js");
durableTest(handler)("${name}", async ({ runner }) => {
  await runner.run({ id: "o-1" });
  ${play}
});
`;
const files = {
  "order.js": order,
  "a.test.js": testing("is answered", `await runner.callback("approval").succeed({ by: "kim" });`),
  "b.test.js": testing("expires", "await runner.runToCompletion();"),
};
const configured = (outcomes: string): string => `
  import durable from "@durabletest/jest-plugin/config";
  export default { ...durable({ outcomes: ${outcomes} }), transform: {}, testMatch: ["**/*.test.js"], watchman: false };
`;
const textOf = (output: string): string => /^Outcomes: [^]*?\n\n[^]*?\n\n/m.exec(output)?.[0] ?? "";

describe("outcome coverage", () => {
  test("merges what workers have seen, and fails below a threshold", async () => {
    using project = createProject({
      ...files,
      "jest.config.mjs": configured(`{ threshold: 80, reporter: ["text", "json"] }`),
    });
    const { output, exitCode } = await project.run({
      config: "jest.config.mjs",
      args: ["--runInBand=false", "--maxWorkers=2"],
    });
    expect(exitCode).toBe(1);
    expect(textOf(output)).toMatchInlineSnapshot(`
      "Outcomes: 4 of 7, 57.1 %

      handler (order.js): 4 of 7, 57.1 %
        execution                success
          not seen: failure  callbacks: { approval: respond.failure(new Error("failed")) }
        createCallback approval  success, timeout
          not seen: failure      callbacks: { approval: respond.failure(new Error("failed")) }
          not seen: late answer  callbacks: { approval: respond.success().after({ seconds: 172801 }) }
        wait packing             success

      "
    `);
    expect(output).toContain(
      "Outcome coverage: tests have seen 4 of 7 possible outcomes, 57.1 %, which is below the threshold of 80 %.",
    );
    expect(project.read("outcomes/outcomes.json")).toContain('"percent": 57.1');
  });

  test("has what hooks execute at the end of a file, and a handler though modules are loaded anew", async () => {
    using project = createProject({
      "order.js": order,
      "index.js": `exports.handler = require("./order.js").handler;`,
      "a.test.js": `
        const { DurableTestRunner } = require("@durabletest/jest-plugin");
        const { handler } = require("./index.js");
        const { handler: same } = require("./order.js");
        beforeEach(() => jest.resetModules());
        test("forgets its modules", async () => {
          await new DurableTestRunner(handler).run({ id: "o-1" });
        });
        test("loads them anew", async () => {
          await new DurableTestRunner(require("./order.js").handler).run({ id: "o-1" });
        });
        afterAll(async () => {
          const runner = new DurableTestRunner(same);
          await runner.run({ id: "o-1" });
          await runner.runToCompletion();
        });
      `,
      "b.test.js": testing(
        "is answered",
        `await runner.callback("approval").succeed({ by: "kim" });`,
      ).replace("./order.js", "./index.js"),
      "jest.config.mjs": configured("{}"),
    });
    const { output } = await project.run({ config: "jest.config.mjs" });
    expect(textOf(output)).toContain("createCallback approval  success, timeout\n");
    expect(output.match(/^\S.*\.js\): .*/gm)).toEqual(["handler (order.js): 4 of 7, 57.1 %"]);
    expect(output).toContain("Durable:     4 executions");
  });

  test("fails with a threshold where projects have no preset", async () => {
    using project = createProject({
      "order.js": order,
      "a.test.js": `
        const { DurableTestRunner } = require("@durabletest/testing");
        const { handler } = require("./order.js");
        test("runs", async () => {
          await new DurableTestRunner(handler).run({ id: "o-1" });
        });
      `,
      "jest.config.mjs": `
        import durable from "@durabletest/jest-plugin/config";
        const projects = ["a", "b"].map((name) => ({
          transform: {},
          testMatch: ["**/" + name + ".test.js"],
        }));
        export default { ...durable({ outcomes: { threshold: 80 } }), projects };
      `,
    });
    const { output, exitCode } = await project.run({ config: "jest.config.mjs" });
    expect(exitCode).toBe(1);
    expect(output).toContain("in Jest, each of the projects in `projects` needs the preset");
  });

  test("fails with a threshold where there are no tests", async () => {
    using project = createProject({ "jest.config.mjs": configured("{ threshold: 80 }") });
    const args = ["--passWithNoTests"];
    const { output, exitCode } = await project.run({ config: "jest.config.mjs", args });
    expect(output).toContain("No test has executed anything");
    expect(exitCode).toBe(1);
  });

  test("is left alone by a Jest that a test starts", async () => {
    using project = createProject({
      ...files,
      "jest.config.mjs": configured("{}"),
      "nested.test.js": `
        const { spawnSync } = require("node:child_process");
        test("starts another one", () => {
          const args = ${JSON.stringify([jest, "--config=jest.config.mjs", "a.test.js"])};
          const { stderr, status } = spawnSync(process.execPath, args, { encoding: "utf8" });
          expect(stderr).toContain("Outcomes: 3 of 7");
          expect(status).toBe(0);
        }, 60_000);
      `,
    });
    const { output, tests, exitCode } = await project.run({ config: "jest.config.mjs" });
    expect(tests).toMatchObject({ "starts another one": "" });
    expect(exitCode).toBe(0);
    expect(textOf(output)).toContain("Outcomes: 4 of 7");
  });

  test("in watch mode has what a file has seen when it ran last", async () => {
    using project = createProject({ ...files, "jest.config.mjs": configured("{}") });
    await using watching = watch(project.root, [
      jest,
      "--config=jest.config.mjs",
      "--no-cache",
      "--runInBand",
      "--watchAll",
    ]);
    const first = await watching.printed("Ran all test suites");
    expect(textOf(first)).toContain("wait packing             success\n");
    project.write("order.js", order.replace('"packing"', '"loading"'));
    const again = await watching.printed("Ran all test suites");
    expect(textOf(again)).toContain("wait loading             success\n");
    expect(again).not.toContain("packing");
  });

  test("of shards is merged from their files", async () => {
    using project = createProject({
      ...files,
      "jest.config.mjs": configured("{ threshold: 100 }"),
      "merge.test.js": `
        const { mergeOutcomes } = require("@durabletest/testing/outcomes");
        test("merges", () => {
          const files = ["1-2", "2-2"].map((shard) => "outcomes/outcomes." + shard + ".json");
          const { seen, possible } = mergeOutcomes(files, { reporter: [] });
          expect([seen, possible]).toEqual([4, 7]);
          expect(() => mergeOutcomes(files, { reporter: [], threshold: 90 })).toThrow("below the threshold of 90 %");
        });
      `,
    });
    for (const shard of ["1/2", "2/2"]) {
      const { exitCode, output } = await project.run({
        config: "jest.config.mjs",
        args: [`--shard=${shard}`, "--testPathPatterns=/[ab].test"],
      });
      expect(textOf(output)).toBe("");
      expect(exitCode).toBe(0);
    }
    const { tests } = await project.run({ args: ["--testPathPatterns=merge"] });
    expect(tests).toEqual({ merges: "" });
  });
});
