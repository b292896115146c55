import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import durable from "../src/config.ts";
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

describe("outcome coverage", () => {
  test.each([true, false])("merges what workers have seen, isolation: %s", async (isolate) => {
    using project = createProject({
      "a.case.ts": approved,
      "b.case.ts": expired,
      "c.case.ts": fails,
    });
    const { output } = await project.run({
      plugins: [durable({ outcomes: { threshold: 50 } })],
      test: { isolate },
    });
    const [, text = ""] = output.split("\n\nOutcomes");
    expect(`Outcomes${text}`).toMatchInlineSnapshot(`
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
          not seen: success  await runner.runToCompletion();
        step charge  retried, given up
          not seen: success      steps: { charge: respond.success() }
          not seen: interrupted  steps: { charge: [respond.crash("after")] }

      payment: 3 of 6, 50 %
        execution    failure
          not seen: success  await runner.runToCompletion();
        step charge  retried, given up
          not seen: success      steps: { charge: respond.success() }
          not seen: interrupted  steps: { charge: [respond.crash("after")] }

      "
    `);
  });
});
