import { type DurableContext, withDurableExecution } from "@durabletest/runtime";
import { describe, expect, test } from "vitest";
import { DurableTestRunner } from "../../src/index.ts";
import { replayHistory } from "../../src/replay/index.ts";

const order = (second: string) =>
  withDurableExecution(async (_: unknown, context: DurableContext) => {
    await context.step("reserve", async () => 1);
    await context.wait("pause", { hours: 1 });
    await context.step(second, async () => 2);
    return "done";
  });

describe("replayHistory", () => {
  test("passes", async () => {
    await using runner = new DurableTestRunner(order("charge"));
    const { history } = await runner.run({});
    expect(await replayHistory(order("charge"), history)).toMatchInlineSnapshot(`
      {
        "events": 10,
        "next": [],
        "prefixes": 4,
        "status": "SUCCEEDED",
        "untried": [],
      }
    `);
  });
  test("falls", async () => {
    await using runner = new DurableTestRunner(order("charge"));
    const { history } = await runner.run({});
    const error: unknown = await replayHistory(order("charge card"), history).catch((e) => e);
    expect(error).toMatchInlineSnapshot(`
      [ReplayDivergedError: Today's handler does not do what this execution has recorded.
        At:        event 7 (StepStarted "charge")
        Recorded:  step "charge" (STEP, Step)
        Asked for: step "charge card" (STEP, Step), at test/replay/replay-history.test.ts:10:19
      Has it been renamed? Its name is what a replay knows it by.
      Executions that have come to event 7 break, however far beyond it they are; those that stand before it do not.
      Either keep what executions in flight have begun, and put the change behind a version that the input carries (\`input.version >= 2 ? … : …\`); or deploy it beside the old version, and let the executions in flight drain there.]
    `);
  });
});
