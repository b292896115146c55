import { describe, expect, test } from "vitest";
import { summaryLine } from "../../src/plugin/index.ts";

const DAY = 86_400_000;

describe("the summary of a run", () => {
  test("adds everything up", () => {
    const line = summaryLine([
      { executions: 1, invocations: 3, elapsedMs: DAY },
      { executions: 2, invocations: 4, elapsedMs: DAY / 2 },
    ]);
    expect(line).toBe("3 executions, 7 invocations, 1.5 days of virtual time");
  });

  test.each([
    [0, "1 execution, 1 invocation"],
    [500, "1 execution, 1 invocation, 0.5 seconds of virtual time"],
    [90_000, "1 execution, 1 invocation, 1.5 minutes of virtual time"],
    [7_200_000, "1 execution, 1 invocation, 2 hours of virtual time"],
    [1000, "1 execution, 1 invocation, 1 second of virtual time"],
    [60_000, "1 execution, 1 invocation, 1 minute of virtual time"],
    [3_600_000, "1 execution, 1 invocation, 1 hour of virtual time"],
    [DAY, "1 execution, 1 invocation, 1 day of virtual time"],
    [365 * DAY, "1 execution, 1 invocation, 365 days of virtual time"],
  ])("of %i ms is in the largest unit that fits", (elapsedMs, line) => {
    expect(summaryLine([{ executions: 1, invocations: 1, elapsedMs }])).toBe(line);
  });

  test("is nothing when nothing was executed", () => {
    expect(summaryLine([])).toBeUndefined();
  });
});
