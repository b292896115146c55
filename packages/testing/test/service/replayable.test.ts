import type { OperationUpdate } from "@durabletest/runtime/protocol";
import { describe, expect, test } from "vitest";
import { ServedExecution } from "../support/served-execution.ts";

const invoked = (): ServedExecution => {
  const execution = new ServedExecution();
  execution.invoke();
  return execution;
};
const wait = (Id: string, seconds: number, ParentId?: string): OperationUpdate => ({
  Id,
  Type: "WAIT",
  Action: "START",
  WaitOptions: { WaitSeconds: seconds },
  ParentId,
});
const step = (
  Id: string,
  Action: OperationUpdate["Action"],
  ParentId?: string,
): OperationUpdate => ({
  Id,
  Type: "STEP",
  Action,
  ParentId,
  ...(Action === "RETRY" ? { StepOptions: { NextAttemptDelaySeconds: 5 } } : {}),
});
const context = (
  Id: string,
  Action: "START" | "SUCCEED" | "FAIL",
  more: Partial<OperationUpdate> = {},
): OperationUpdate => ({ Id, Type: "CONTEXT", Action, ...more });

/** What the next invocation is given. */
const given = (execution: ServedExecution) => {
  execution.answer({ Status: "PENDING" });
  const { Operations = [] } = execution.invoke().InitialExecutionState;
  return Operations.slice(1).map(({ Id, Status }) => `${Id} ${Status}`);
};

describe("the next invocation is given", () => {
  test("what has ended in the order in which it ended, after what had started before that", () => {
    const execution = invoked();
    execution.checkpoint(wait("a", 30), wait("b", 10), wait("c", 20), wait("d", 60));
    execution.pass(30);
    execution.checkpoint(wait("e", 60));
    expect(given(execution)).toEqual([
      "d STARTED",
      "b SUCCEEDED",
      "c SUCCEEDED",
      "a SUCCEEDED",
      "e STARTED",
    ]);
  });

  test("what is open where it started, however often it has changed, until it ends", () => {
    const execution = invoked();
    execution.checkpoint(step("s", "START"), wait("w", 60), wait("x", 90));
    execution.checkpoint({ Id: "x", Type: "WAIT", Action: "CANCEL" }, step("s", "RETRY"));
    execution.pass(5);
    expect(given(execution)).toEqual(["s READY", "w STARTED", "x CANCELLED"]);
    execution.checkpoint(step("s", "SUCCEED"));
    expect(given(execution)).toEqual(["w STARTED", "x CANCELLED", "s SUCCEEDED"]);
  });

  test("nothing that is inside a context that has closed, however deep, and however much it is", () => {
    const execution = invoked();
    execution.checkpoint(
      context("c", "START"),
      step("1", "SUCCEED", "c"),
      wait("2", 60, "c"),
      context("3", "START", { ParentId: "c" }),
      step("4", "SUCCEED", "3"),
      step("5", "START", "3"),
      wait("w", 90),
    );
    execution.checkpoint(context("c", "FAIL"));
    // Somebody left these running, or begins them only now.
    execution.checkpoint(step("5", "SUCCEED"), wait("6", 60, "c"), wait("7", 60, "3"));
    execution.pass(60);
    expect(given(execution)).toEqual(["w STARTED", "c FAILED"]);
  });

  test("what is inside a context that asks for it, as it is by now", () => {
    const execution = invoked();
    execution.checkpoint(
      context("c", "START"),
      step("0", "SUCCEED", "c"),
      wait("1", 60, "c"),
      wait("w", 90),
    );
    execution.checkpoint(context("c", "SUCCEED", { ContextOptions: { ReplayChildren: true } }));
    execution.checkpoint(wait("2", 60, "c"), wait("3", 90, "c"));
    execution.pass(60);
    expect(given(execution)).toEqual([
      "0 SUCCEEDED",
      "w STARTED",
      "c SUCCEEDED",
      "3 STARTED",
      "1 SUCCEEDED",
      "2 SUCCEEDED",
    ]);
  });
});

test("A checkpoint is told what has changed, in the order of the last change of each", () => {
  const execution = invoked();
  execution.checkpoint(wait("a", 20), wait("b", 10), step("r", "RETRY"));
  execution.pass(20);
  const told = execution.checkpoint(
    context("c", "START"),
    step("s", "START"),
    context("c", "SUCCEED"),
    step("t", "START"),
    step("s", "FAIL"),
  );
  expect(told.map(({ Id, Status }) => `${Id} ${Status}`)).toEqual([
    "r READY",
    "b SUCCEEDED",
    "a SUCCEEDED",
    "c SUCCEEDED",
    "t STARTED",
    "s FAILED",
  ]);
});
