import { describe, expect, test } from "vitest";
import type { Operation } from "../src/protocol/operation.ts";
import type { OperationAction } from "../src/protocol/update.ts";
import { operationAfter } from "../src/replay/accepted-update.ts";

const update = (Action: OperationAction) =>
  ({ Id: "s", Type: "STEP", SubType: "Step", Name: "flaky", Action }) as const;

const ready = (Attempt: number): Operation => ({
  Id: "s",
  Type: "STEP",
  Status: "READY",
  StartTimestamp: new Date(0),
  StepDetails: { Attempt },
});

describe("what the runtime takes a step for, once the service has taken its update: it counts", () => {
  test.for([
    { after: "RETRY", counts: 1 },
    { after: "SUCCEED", counts: 1 },
    { after: "FAIL", counts: 1 },
  ] as const)("the first attempt, after a $after", ({ after, counts }) => {
    expect(operationAfter(update(after), undefined).StepDetails?.Attempt).toBe(counts);
    const started = operationAfter(update("START"), undefined);
    expect(operationAfter(update(after), started).StepDetails?.Attempt).toBe(counts);
  });

  test.for(["RETRY", "SUCCEED", "FAIL"] as const)("a later attempt, after a %s", (after) => {
    const started = operationAfter(update("START"), ready(2));
    expect(started.StepDetails?.Attempt).toBe(2);
    expect(operationAfter(update(after), started).StepDetails?.Attempt).toBe(3);
  });
});
