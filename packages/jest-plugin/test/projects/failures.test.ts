import { describe, expect, test } from "vitest";
import { imports, order } from "./order.ts";
import { createProject } from "./project.ts";

describe("a failing test", () => {
  test("shows the timeline, once", async () => {
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
        test("no run", async ({ runner }) => {
          throw new Error("before " + runner.now.toISOString());
        });
        test("an assertion of Node", async ({ runner }) => {
          const { status } = await runner.run({ id: "o-1" });
          require("node:assert").equal(status, "SUCCEEDED");
        });
        test("passes", async ({ runner, clock, expect }) => {
          await runner.run({ id: "o-1" });
          await clock.advance({ hours: 3 });
          const result = await runner.callback("approval").succeed({ by: "kim" });
          expect(result).toHaveSucceededWith({ order: "o-1", status: "shipped", by: "kim" });
        });
      `,
    });
    const { tests, output } = await project.run();
    console.log(tests, output);
    expect(tests["passes"]).toBe("");
  });
});
