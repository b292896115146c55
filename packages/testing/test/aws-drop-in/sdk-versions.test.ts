import type { DurableContext } from "@aws/durable-execution-sdk-js";
import { describe, expect, test } from "vitest";
import { LocalDurableTestRunner, WaitingOperationStatus } from "../../src/aws/index.ts";
import { sdks, VERSIONS } from "../aws-sdk/support/sdks.ts";
import { useEnvironment } from "./support/environment.ts";
import { ours } from "./support/modules.ts";

// AWS's testing library 1.1.4 does not load beside some of them, though its range allows them.

describe.for(VERSIONS)("a suite on AWS's SDK %s", (version) => {
  const { withDurableExecution } = sdks[version];
  useEnvironment(ours, { skipTime: true });

  test("runs, and answers callbacks", async () => {
    const handler = withDurableExecution(async (_: unknown, context: DurableContext) => {
      const total = await context.step("sum", async () => 3);
      await context.wait("pause", { hours: 1 });
      const answer = await context.waitForCallback("approval", async () => {});
      return `${answer} ${total}`;
    });
    const runner = new LocalDurableTestRunner({ handlerFunction: handler });
    const approval = runner.getOperation("approval");
    const run = runner.run({ payload: {} });
    await approval.waitForData(WaitingOperationStatus.SUBMITTED);
    await approval.sendCallbackSuccess("yes");
    expect((await run).getResult()).toBe("yes 3");
  });
});
