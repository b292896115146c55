import { describe, expect, test } from "vitest";
import { deadlinesOf, nextDeadline } from "../../src/print/deadlines.ts";
import type { Operation } from "../../src/index.ts";

const start = new Date(0);
const early = new Date(1000);
const late = new Date(2000);
const base = {
  id: "1",
  name: "one",
  subType: undefined,
  status: "STARTED",
  parentId: undefined,
  startedAt: start,
  endedAt: undefined,
} as const;
const ends = { result: undefined, error: undefined };
const callback = (timeoutAt: Date | undefined, heartbeatAt: Date | undefined): Operation => ({
  ...base,
  ...ends,
  type: "CALLBACK",
  callbackId: "id",
  timeoutAt,
  heartbeatAt,
});
const step: Operation = {
  ...base,
  ...ends,
  type: "STEP",
  runs: undefined,
  completedRuns: undefined,
  attempt: 1,
  nextAttemptAt: early,
};
const wait: Operation = { ...base, type: "WAIT", seconds: 1, scheduledEndAt: early };
const context: Operation = { ...base, ...ends, type: "CONTEXT" };
const invoke: Operation = {
  ...base,
  ...ends,
  type: "CHAINED_INVOKE",
  functionName: "other",
  tenantId: undefined,
  executionArn: undefined,
  input: undefined,
};

describe("what time does to an open operation", () => {
  test.each([
    ["a callback without deadlines", callback(undefined, undefined), undefined],
    ["a callback with a timeout", callback(late, undefined), late],
    ["a callback with a heartbeat timeout", callback(undefined, early), early],
    ["a callback whose heartbeat is due first", callback(late, early), early],
    ["a callback whose timeout is due first", callback(early, late), early],
    ["a step between two attempts", step, early],
    ["a wait", wait, early],
    ["a context", context, undefined],
    ["an invocation of another function", invoke, undefined],
  ])("next, to %s", (_, operation, expected) => {
    expect(nextDeadline(operation)).toEqual(expected);
  });

  test("reads as the end of a phrase", () => {
    const offset = (at: Date): string => `+${Number(at)}ms`;
    expect(deadlinesOf(callback(late, early), offset)).toBe(
      ", times out at +2000ms, heartbeat due by +1000ms",
    );
    expect(deadlinesOf(step, offset)).toBe(", next attempt at +1000ms");
    expect(deadlinesOf(wait, offset)).toBe(", ends at +1000ms");
    expect(deadlinesOf(context, offset)).toBe("");
    expect(deadlinesOf(invoke, offset)).toBe("");
    expect(deadlinesOf({ ...wait, status: "SUCCEEDED" }, offset)).toBe("");
  });
});
