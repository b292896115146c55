import { type DurableContext, withDurableExecution } from "@aws/durable-execution-sdk-js";
import { expect, test } from "vitest";
import { useEnvironment } from "./support/environment.ts";
import { describeModules } from "./support/modules.ts";
import { realNow } from "./support/settled.ts";

// In a file of its own: to AWS's module the first environment of a process counts for all that follow.

describeModules("late checkpoints, with %s module", (testing) => {
  const { LocalDurableTestRunner } = testing;
  useEnvironment(testing, { checkpointDelay: 1000 });

  test("take that long in real time", async () => {
    const runner = new LocalDurableTestRunner({
      handlerFunction: withDurableExecution(async (__: unknown, context: DurableContext) => {
        await context.step("one", async () => 1);
        await context.step("two", async () => 2);
      }),
    });
    const start = realNow();
    const execution = await runner.run();
    expect(execution.getStatus()).toBe("SUCCEEDED");
    // Two checkpoints at least. Node lets a timer fire early by what its turn had taken already.
    expect(realNow() - start).toBeGreaterThan(1500);
  });
});
