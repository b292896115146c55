import { test } from "@fast-check/vitest";
import { expect } from "vitest";
import { contextEnds, departureBefore } from "../../src/replay/replay-within.ts";
import { runScheduled, scheduledPrograms } from "../property/scheduled.ts";
import { limitMs, parameters } from "../property/settings.ts";

const LATER_MS = [1, 47_821_010, 8_640_000_123];

test.prop([scheduledPrograms()], parameters(0.05))(
  "a handler asks again, at any time, for what it had recorded when a context of it ended",
  async (scheduled) => {
    const { run } = await runScheduled(scheduled);
    if (run.error !== undefined) return;
    for (const execution of run.engine.executions.byArn.values()) {
      for (const [index, end] of contextEnds(execution).entries()) {
        const at = run.engine.clock.now() + LATER_MS[index % LATER_MS.length]!;
        expect(await departureBefore(end, execution, at)).toBeUndefined();
      }
    }
  },
  limitMs(0.2),
);
