import { test } from "@fast-check/vitest";
import { expect } from "vitest";
import { scheduleOf } from "../../src/explore/execution-run.ts";
import { DurableTestRunner } from "../../src/index.ts";
import { checkHistory } from "./invariants.ts";
import { runScheduled, scheduledPrograms } from "./scheduled.ts";
import { limitMs, parameters } from "./settings.ts";

test.prop([scheduledPrograms()], parameters(0.25))(
  "whatever a schedule decides, the history is a history, and the schedule repeats it to the byte",
  async (scheduled) => {
    const { run, handler } = await runScheduled(scheduled);
    checkHistory(run.result.history);
    if (run.error !== undefined) return;

    const runner = new DurableTestRunner(handler, { schedule: scheduleOf(run.decisions) });
    await runner.run({});
    if (runner.result.status === "PENDING") await runner.runToCompletion().catch(() => {});
    expect(runner.result.history).toEqual(run.result.history);
  },
  limitMs(0.5),
);
