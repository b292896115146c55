import { describe, expect, test } from "vitest";
import { order } from "./order.ts";
import { createProject } from "./project.ts";

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
  export default { ...durable({ outcomes: ${outcomes} }), transform: {}, testMatch: ["**/*.test.js"] };
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
