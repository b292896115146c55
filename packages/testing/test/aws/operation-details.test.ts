import type { Operation } from "@aws/durable-execution-sdk-js";
import { expect, test } from "vitest";
import {
  callbackDetails,
  chainedInvokeDetails,
  contextDetails,
  describe as titleOf,
  parsePayload,
  stepDetails,
  waitDetails,
} from "../../src/aws/operation-details.ts";

const of = (Type: Operation["Type"], more: Partial<Operation> = {}): Operation => ({
  Id: "1",
  Type,
  Status: "STARTED",
  StartTimestamp: new Date(0),
  ...more,
});

test("an operation of which nothing has come yet has details without anything in them", () => {
  expect(contextDetails(of("CONTEXT"))).toEqual({ result: undefined, error: undefined });
  expect(stepDetails(of("STEP"))).toEqual({});
  expect(chainedInvokeDetails(of("CHAINED_INVOKE"))).toEqual({});
  expect(callbackDetails(of("CALLBACK"))).toEqual({ callbackId: "" });
  expect(waitDetails(of("WAIT"), [])).toEqual({});
});

test("what has come of one is read as JSON, and stays a text where it is none", () => {
  const error = { ErrorType: "No", ErrorMessage: "no" };
  expect(contextDetails(of("CONTEXT", { ContextDetails: { Result: '{"a":1}' } })).result).toEqual({
    a: 1,
  });
  expect(stepDetails(of("STEP", { StepDetails: { Attempt: 2, Error: error } }))).toMatchObject({
    attempt: 2,
    error: { errorType: "No", errorMessage: "no" },
  });
  expect(
    chainedInvokeDetails(
      of("CHAINED_INVOKE", { ChainedInvokeDetails: { Result: "1", Error: error } }),
    ),
  ).toMatchObject({ result: 1, error: { errorType: "No" } });
  expect(
    callbackDetails(
      of("CALLBACK", { CallbackDetails: { CallbackId: "c", Result: "x", Error: error } }),
    ),
  ).toMatchObject({ callbackId: "c", result: "x", error: { errorType: "No" } });
  expect(parsePayload(undefined)).toBeUndefined();
});

test("details of another type are an error that says which operation it is", () => {
  expect(() => stepDetails(of("WAIT", { Name: "cooldown" }))).toThrow(
    'Operation type WAIT is not STEP. The WAIT "cooldown" (1) has the details of its own type only.',
  );
  expect(titleOf(of("STEP"))).toBe("The STEP 1");
});
