import { withDurableExecution } from "@durabletest/runtime";
import { describe, expect, test } from "vitest";
import { DurableTestRunner } from "../../src/index.ts";
import { durableMatchers } from "../../src/matchers/index.ts";
import { START, waitingResult } from "../print/made-result.ts";
import { messageOf } from "./message-of.ts";

const started = { Id: "1", Status: "STARTED", StartTimestamp: new Date(START) } as const;

describe("a message about an execution that waits", () => {
  test("offers nothing where nothing can be done", () => {
    const result = waitingResult({ ...started, Type: "CHAINED_INVOKE" });
    const text = messageOf((context) => durableMatchers.toHaveSucceeded.call(context, result));
    expect(text).toContain("It waits for:\n  invoke, open since +0s\n\nTimeline");
  });

  test("lets what is due now happen, in no time", () => {
    const result = waitingResult({
      ...started,
      Type: "WAIT",
      WaitDetails: { ScheduledEndTimestamp: new Date(START) },
    });
    const text = messageOf((context) => durableMatchers.toHaveSucceeded.call(context, result));
    expect(text).toContain("await runner.advance({ seconds: 0 })");
  });

  test("offers no end where something has no deadline", async () => {
    const handler = withDurableExecution(async (_: undefined, context) => {
      const approval = await context.createCallback("approval");
      await Promise.all([approval.result(), context.wait({ hours: 1 })]);
    });
    const result = await new DurableTestRunner(handler, { timeSkipping: "manual" }).run();
    const text = messageOf((context) => durableMatchers.toHaveSucceeded.call(context, result));
    expect(text).toContain("await runner.advance({ hours: 1 })");
    expect(text).not.toContain("runToCompletion");
  });
});

describe("a message about an execution that failed", () => {
  test("has the frames of what the handler itself threw", async () => {
    const handler = withDurableExecution(async () => {
      throw new RangeError("out of range");
    });
    const result = await new DurableTestRunner(handler).run();
    const text = messageOf((context) => durableMatchers.toHaveSucceeded.call(context, result));
    expect(text).toMatch(/RangeError: out of range\n +at .*report\.test\.ts/);
  });

  test("has none where there are none", async () => {
    const handler = withDurableExecution(async (_: undefined, context) =>
      context.wait({ days: 1 }),
    );
    const runner = new DurableTestRunner(handler, { timeSkipping: "manual" });
    await runner.run();
    const result = await runner.stop({});
    const text = messageOf((context) =>
      durableMatchers.toHaveFailedWith.call(context, result, "x"),
    );
    expect(text).toContain("The execution STOPPED after 0s of virtual time:\n  Error: ");
  });
});
