import { ServiceLimits, type OperationUpdate } from "@durabletest/runtime/protocol";
import { describe, expect, test } from "vitest";
import { ServedExecution } from "../support/served-execution.ts";
import { thrownBy } from "../support/thrown-by.ts";

const limits: ServiceLimits = {
  ...ServiceLimits,
  payloadBytes: 100,
  errorBytes: 60,
  batchUpdates: 3,
  batchBytes: 250,
  durationSeconds: 99,
  waitSeconds: 50,
  nameLength: 20,
};

const invoked = (...before: readonly OperationUpdate[]): ServedExecution => {
  const execution = new ServedExecution({ setup: { limits } });
  execution.invoke();
  for (const update of before) execution.checkpoint(update);
  return execution;
};

/** Why a checkpoint is refused, which then has changed nothing. */
const refusal = (execution: ServedExecution, ...updates: readonly OperationUpdate[]): string => {
  const before = structuredClone(execution.state);
  const error = thrownBy(() => execution.checkpoint(...updates));
  expect(error).toMatchObject({
    name: "InvalidParameterValueException",
    $fault: "client",
    $metadata: { httpStatusCode: 400 },
  });
  expect(execution.state).toEqual(before);
  return (error as Error).message;
};

const update = (
  Type: OperationUpdate["Type"],
  Action: OperationUpdate["Action"],
  more: Partial<OperationUpdate> = {},
): OperationUpdate => ({ Id: "1", Type, Action, ...more });

describe("a checkpoint is taken up to a limit", () => {
  const text = (bytes: number): string => `ü${"x".repeat(bytes - 2)}`;

  test("of updates", () => {
    const steps = ["1", "2", "3", "4"].map((Id) => update("STEP", "START", { Id }));
    expect(invoked().checkpoint(...steps.slice(1))).toHaveLength(3);
    expect(refusal(invoked(), ...steps)).toBe("A checkpoint takes 3 updates, not 4.");
  });

  test("of bytes, payloads and errors together", () => {
    const Error = { ErrorMessage: "x".repeat(20) };
    const bytes = JSON.stringify(Error).length;
    const last = (Payload: string) =>
      update("STEP", "RETRY", {
        Id: "3",
        Payload,
        Error,
        StepOptions: { NextAttemptDelaySeconds: 1 },
      });
    const two = ["1", "2"].map((Id) => update("STEP", "SUCCEED", { Id, Payload: text(100) }));
    expect(invoked().checkpoint(...two, last(text(50 - bytes)))).toHaveLength(3);
    expect(refusal(invoked(), ...two, last(text(51 - bytes)))).toBe(
      "A checkpoint takes 250 bytes, not 251.",
    );
  });

  test("of bytes, but for one update alone: there is no smaller checkpoint", () => {
    const execution = new ServedExecution({ setup: { limits: { ...limits, batchBytes: 90 } } });
    execution.invoke();
    const step = (Id: string) => update("STEP", "SUCCEED", { Id, Payload: text(100) });
    expect(refusal(execution, step("1"), update("STEP", "START", { Id: "2" }))).toBe(
      "A checkpoint takes 90 bytes, not 100.",
    );
    expect(execution.checkpoint(step("1"))).toHaveLength(1);
  });

  test("of bytes of a payload", () => {
    const step = (Payload: string) => update("STEP", "SUCCEED", { Name: "charge", Payload });
    expect(invoked().checkpoint(step(text(100)))).toHaveLength(1);
    expect(refusal(invoked(), step(text(101)))).toBe(
      'The payload of "charge" has 101 bytes; the limit is 100.',
    );
  });

  test("of bytes of an error, as JSON", () => {
    const { length } = JSON.stringify({ ErrorMessage: "" });
    const step = (bytes: number) =>
      update("STEP", "FAIL", {
        Name: "charge",
        Error: { ErrorMessage: text(bytes - length) },
      });
    expect(invoked().checkpoint(step(60))).toHaveLength(1);
    expect(refusal(invoked(), step(61))).toBe(
      'The error of "charge" has 61 bytes; the limit is 60.',
    );
  });

  test("but for the result of the execution, which is why it is sent ahead", () => {
    const execution = invoked();
    execution.checkpoint(
      update("STEP", "SUCCEED", { Payload: text(100) }),
      update("EXECUTION", "SUCCEED", { Id: "e", Payload: text(5000) }),
    );
    execution.answer({ Status: "SUCCEEDED", Result: "" });
    expect(execution.state.result).toBe(text(5000));
  });
});

describe("a checkpoint is refused for", () => {
  const wait = update("WAIT", "START", { WaitOptions: { WaitSeconds: 1 } });

  test.each<[string, OperationUpdate, string]>([
    ["no id", update("STEP", "START", { Id: "" }), "An update has no Id."],
    [
      "a name that is too long",
      update("STEP", "START", { Name: "x".repeat(21) }),
      "The name of 1 has 21 characters; the limit is 20.",
    ],
    [
      "a subtype that is none",
      update("STEP", "START", { SubType: "" }),
      "The subtype of 1 is empty; it must have 1 to 32 characters.",
    ],
    ["an id that is no text", update("STEP", "START", { Id: 7 as never }), "An update has no Id."],
    [
      "an action that its type does not know",
      update("WAIT", "SUCCEED", { Name: "nap" }),
      'WAIT operation "nap" knows no action SUCCEED.',
    ],
    [
      "a type that there is not",
      update("LOOP" as never, "START"),
      "LOOP operation 1 knows no action START.",
    ],
    [
      "an action that is not possible now",
      update("WAIT", "CANCEL"),
      "CANCEL is not possible for WAIT operation 1, which is absent.",
    ],
    [
      "a payload of a failure",
      update("STEP", "FAIL", { Payload: "" }),
      "FAIL of 1 carries a Payload.",
    ],
    [
      "an error of a success",
      update("STEP", "SUCCEED", { Error: {} }),
      "SUCCEED of 1 carries an Error.",
    ],
    [
      "a parent that there is not",
      update("STEP", "START", { ParentId: "none" }),
      "The parent none of 1 is no known CONTEXT.",
    ],
    [
      "the invoke of no function",
      update("CHAINED_INVOKE", "START"),
      "CHAINED_INVOKE 1 names no function.",
    ],
    [
      "the invoke of a function without a name",
      update("CHAINED_INVOKE", "START", { ChainedInvokeOptions: { FunctionName: "" } }),
      "CHAINED_INVOKE 1 names no function.",
    ],
  ])("%s", (_, wrong, says) => {
    expect(refusal(invoked(), wrong)).toBe(says);
  });

  test("another type than the operation has", () => {
    expect(refusal(invoked(update("STEP", "START")), update("CONTEXT", "SUCCEED"))).toBe(
      "Operation 1 is a STEP, not a CONTEXT.",
    );
  });

  test("a parent that is no context, or that comes later", () => {
    const child = update("STEP", "START", { ParentId: "p" });
    const says = "The parent p of 1 is no known CONTEXT.";
    expect(refusal(invoked(update("STEP", "START", { Id: "p" })), child)).toBe(says);
    expect(refusal(invoked(), child, update("CONTEXT", "START", { Id: "p" }))).toBe(says);
    expect(refusal(invoked(), update("STEP", "START", { Id: "p" }), child)).toBe(says);
  });

  test("an EXECUTION that is not the last, also after others of its kind", () => {
    const end = update("EXECUTION", "SUCCEED", { Id: "e" });
    const says = "The EXECUTION update must be the last of its batch.";
    expect(refusal(invoked(), end, wait)).toBe(says);
    expect(invoked().checkpoint(wait, end)).toMatchObject([{ Id: "1" }]);
  });

  test("a second update of an operation, unless it ends the step or context that the first has started", () => {
    const twice = "Operation 1 is updated twice in one checkpoint.";
    expect(refusal(invoked(), wait, update("WAIT", "CANCEL"))).toBe(twice);
    const callback = update("CALLBACK", "START");
    expect(refusal(invoked(), callback, update("CALLBACK", "CANCEL"))).toBe(twice);
    for (const type of ["STEP", "CONTEXT"] as const) {
      const start = update(type, "START");
      expect(invoked().checkpoint(start, update(type, "FAIL"))).toMatchObject([
        { Status: "FAILED" },
      ]);
      expect(refusal(invoked(), start, start)).toMatch(/^START is not possible for .*STARTED\.$/);
      expect(refusal(invoked(), update(type, "SUCCEED"), start)).toMatch(/which is SUCCEEDED\.$/);
      const ended = [update(type, "SUCCEED"), update(type, "FAIL")];
      expect(refusal(invoked(), ...ended)).toMatch(/^FAIL is not possible for .*SUCCEEDED\.$/);
      expect(refusal(invoked(), ...ended.toReversed())).toMatch(/^SUCCEED is not .*FAILED\.$/);
    }
    const retry = update("STEP", "RETRY", { StepOptions: { NextAttemptDelaySeconds: 1 } });
    expect(refusal(invoked(), retry, update("STEP", "SUCCEED"))).toMatch(/which is PENDING\.$/);
    expect(invoked().checkpoint(update("STEP", "START"), retry)).toMatchObject([
      { Status: "PENDING" },
    ]);
  });

  test("what is not possible after what the same checkpoint does to it", () => {
    const started = invoked(wait);
    const cancel = update("WAIT", "CANCEL");
    expect(refusal(started, cancel, cancel)).toBe(
      "CANCEL is not possible for WAIT operation 1, which is CANCELLED.",
    );
  });
});

describe("seconds are whole, and taken up to the limits:", () => {
  test.each<[string, number, number, (seconds: number | undefined) => OperationUpdate]>([
    [
      "WaitSeconds",
      1,
      limits.waitSeconds,
      (WaitSeconds) => update("WAIT", "START", { Name: "it", WaitOptions: { WaitSeconds } }),
    ],
    [
      "NextAttemptDelaySeconds",
      1,
      limits.waitSeconds,
      (NextAttemptDelaySeconds) =>
        update("STEP", "RETRY", { Name: "it", StepOptions: { NextAttemptDelaySeconds } }),
    ],
    [
      "TimeoutSeconds",
      0,
      limits.durationSeconds,
      (TimeoutSeconds) =>
        update("CALLBACK", "START", { Name: "it", CallbackOptions: { TimeoutSeconds } }),
    ],
    [
      "HeartbeatTimeoutSeconds",
      0,
      limits.durationSeconds,
      (HeartbeatTimeoutSeconds) =>
        update("CALLBACK", "START", { Name: "it", CallbackOptions: { HeartbeatTimeoutSeconds } }),
    ],
  ])("%s", (option, min, max, withSeconds) => {
    for (const right of [min, min + 1, max]) {
      expect(invoked().checkpoint(withSeconds(right))).toHaveLength(1);
    }
    for (const wrong of [min - 1, 1.5, max + 1, Number.NaN, "5" as never]) {
      expect(refusal(invoked(), withSeconds(wrong))).toBe(
        `${option} of "it" is ${wrong}; it must be whole seconds from ${min} to ${max}.`,
      );
    }
  });

  test("a wait and another attempt must have some, a callback need not", () => {
    expect(refusal(invoked(), update("WAIT", "START"))).toContain("WaitSeconds of 1 is undefined;");
    expect(refusal(invoked(), update("STEP", "RETRY"))).toContain(
      "NextAttemptDelaySeconds of 1 is undefined;",
    );
    expect(invoked().checkpoint(update("CALLBACK", "START"))).toHaveLength(1);
  });

  test("only what starts something is asked for them", () => {
    const execution = invoked(update("WAIT", "START", { WaitOptions: { WaitSeconds: 1 } }));
    expect(execution.checkpoint(update("WAIT", "CANCEL"))).toMatchObject([{ Status: "CANCELLED" }]);
    expect(invoked().checkpoint(update("STEP", "SUCCEED"))).toHaveLength(1);
  });

  test("and only for those that its type has", () => {
    const CallbackOptions = { TimeoutSeconds: -1 };
    expect(invoked().checkpoint(update("STEP", "START", { CallbackOptions }))).toHaveLength(1);
  });
});

describe("a refusal calls an operation", () => {
  const again = (more: Partial<OperationUpdate>): OperationUpdate => update("STEP", "START", more);
  const context = (Id: string, more: Partial<OperationUpdate>): OperationUpdate =>
    update("CONTEXT", "START", { Id, ...more });

  test.each<[string, readonly OperationUpdate[], OperationUpdate, string]>([
    ["by the name that it brings", [again({})], again({ Name: "charge" }), '"charge"'],
    ["by the name that it has", [again({ Name: "charge" })], again({}), '"charge"'],
    ["by its id, where there is no name at all", [again({})], again({}), "1"],
    [
      "by its id and the next name around it, where it has none",
      [context("o", { Name: "order" }), context("i", { ParentId: "o" }), again({ ParentId: "i" })],
      again({ ParentId: "i" }),
      '1 in "order"',
    ],
    [
      "by where it is known to stand, if it does not say so itself",
      [context("o", { Name: "order" }), again({ ParentId: "o" })],
      again({}),
      '1 in "order"',
    ],
    [
      "by the nearest of several names around it",
      [
        context("o", { Name: "order" }),
        context("i", { ParentId: "o", Name: "item" }),
        again({ ParentId: "i" }),
      ],
      again({}),
      '1 in "item"',
    ],
    [
      "by its id, where nothing around it has a name",
      [context("o", {}), again({ ParentId: "o" })],
      again({}),
      "1",
    ],
  ])("%s", (_, before, wrong, name) => {
    expect(refusal(invoked(...before), wrong)).toBe(
      `START is not possible for STEP operation ${name}, which is STARTED.`,
    );
  });
});
