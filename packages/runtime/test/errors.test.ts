import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import * as runtime from "../src/index.ts";
import { errorFromObject, errorToObject } from "../src/protocol.ts";
import { errorForCheckpoint } from "../src/replay/checkpoint-error.ts";

const {
  BatchCompletionError,
  CallbackExternalError,
  CallbackSubmitterError,
  CallbackTimeoutError,
  CallbackValidationError,
  ChildContextError,
  ConditionNotMetError,
  DurableError,
  InvalidArgumentError,
  InvalidDurationError,
  InvokeError,
  NonDeterministicExecutionError,
  NotDurableInvocationError,
  PayloadTooLargeError,
  PromiseCombinatorError,
  SerdesError,
  ServiceCallError,
  StepCannotWaitError,
  StepError,
  StepInterruptedError,
  UnknownCallbackError,
  WaitForConditionError,
} = runtime;

const callback = { callbackName: "approval", callbackId: "cb-1" };
const reported = { ErrorType: "Declined", ErrorMessage: "no", ErrorData: "data" };

const examples: { readonly error: runtime.DurableError; readonly code: string }[] = [
  {
    error: new CallbackExternalError(callback, { ...reported, StackTrace: ["at them"] }),
    code: "CALLBACK_FAILED",
  },
  { error: new CallbackTimeoutError(callback, "heartbeat"), code: "CALLBACK_TIMEOUT" },
  {
    error: new CallbackValidationError(callback, {
      issues: [{ message: "too short", path: ["a", "0"] }, { message: "wrong" }],
      payload: { a: [""] },
    }),
    code: "CALLBACK_VALIDATION_FAILED",
  },
  { error: new CallbackSubmitterError("approval", reported), code: "CALLBACK_SUBMITTER_FAILED" },
  { error: new ChildContextError("child", reported), code: "CHILD_CONTEXT_FAILED" },
  { error: new StepError("charge", reported), code: "STEP_FAILED" },
  { error: new UnknownCallbackError("cb-9", "Look again."), code: "UNKNOWN_CALLBACK" },
  { error: new StepInterruptedError("interrupted"), code: "STEP_INTERRUPTED" },
  { error: new StepCannotWaitError("cannot"), code: "STEP_CANNOT_WAIT" },
  { error: new SerdesError("unreadable"), code: "SERDES_FAILED" },
  { error: new PayloadTooLargeError("large"), code: "PAYLOAD_TOO_LARGE" },
  { error: new InvalidArgumentError("wrong"), code: "INVALID_ARGUMENT" },
  {
    error: new InvalidDurationError("long", { option: "wait", value: {} }),
    code: "INVALID_DURATION",
  },
  { error: new InvokeError("charge", "TIMED_OUT", reported), code: "INVOKE_FAILED" },
  { error: new WaitForConditionError("job", reported), code: "WAIT_FOR_CONDITION_FAILED" },
  { error: new ConditionNotMetError("60 checks"), code: "CONDITION_NOT_MET" },
  { error: new PromiseCombinatorError("both", reported), code: "PROMISE_COMBINATOR_FAILED" },
  { error: new BatchCompletionError(), code: "BATCH_FAILED" },
];

const others: { readonly error: runtime.DurableError; readonly code: string }[] = [
  { error: new NonDeterministicExecutionError("other"), code: "NON_DETERMINISTIC_EXECUTION" },
  { error: new NotDurableInvocationError("plain"), code: "NOT_A_DURABLE_INVOCATION" },
  { error: new ServiceCallError("refused"), code: "SERVICE_CALL_FAILED" },
];

/** The class of an error, for its static guard. */
const classOf = (error: runtime.DurableError) =>
  error.constructor as typeof runtime.InvalidArgumentError;

describe("every error", () => {
  test.for([...examples, ...others])("has a name and a stable code: $code", ({ error, code }) => {
    expect(error).toBeInstanceOf(Error);
    expect(error.code).toBe(code);
    expect(error.name).toBe(error.constructor.name);
    expect(error.message).not.toBe("");
    expect(Object.keys(error)).not.toContain("durabletest.error");
  });

  test("is told from the others by its class's guard", () => {
    for (const { error } of [...examples, ...others]) {
      for (const { error: other } of [...examples, ...others]) {
        expect(classOf(error).is(other)).toBe(other === error);
      }
    }
  });

  test.for([undefined, null, "SerdesError", 7, {}, new Error("x"), { name: "SerdesError" }])(
    "is told from %s",
    (value) => {
      expect(SerdesError.is(value)).toBe(false);
    },
  );

  test("is not told by its name alone", () => {
    const impostor = new Error("x");
    impostor.name = "SerdesError";
    expect(SerdesError.is(impostor)).toBe(false);
  });

  test("is known across copies of the package, where instanceof fails", () => {
    class SerdesErrorOfAnotherCopy extends Error {
      override readonly name = "SerdesError";
    }
    const foreign = new SerdesErrorOfAnotherCopy("x");
    Object.defineProperty(foreign, Symbol.for("durabletest.error"), { value: true });
    expect(foreign).not.toBeInstanceOf(SerdesError);
    expect(SerdesError.is(foreign)).toBe(true);
    expect(StepError.is(foreign)).toBe(false);
    expect(DurableError.is(foreign)).toBe(true);
  });

  // The bundler needs a Node that reads TypeScript.
  test.skipIf(!process.features.typescript)("is known to a minified copy", async () => {
    const { build } = await import("tsdown");
    const outDir = await mkdtemp(join(tmpdir(), "errors-"));
    try {
      const entry = fileURLToPath(new URL("../src/errors.ts", import.meta.url));
      const minified = { config: false, dts: false, minify: true, logLevel: "silent" } as const;
      await build({ ...minified, entry, outDir, format: "esm" });
      const copy = (await import(pathToFileURL(join(outDir, "errors.mjs")).href)) as typeof runtime;
      for (const { error } of [...examples, ...others]) {
        const type = Reflect.get(copy, error.name) as typeof runtime.InvalidArgumentError;
        expect(type).not.toBe(classOf(error));
        expect(type.is(error)).toBe(true);
        expect(copy.DurableError.is(error)).toBe(true);
      }
    } finally {
      await rm(outDir, { recursive: true });
    }
  });
});

describe("an error that crosses a checkpoint", () => {
  test.for(examples)("comes back as what it was: $code", ({ error }) => {
    const back = errorFromObject(errorToObject(error));
    expect(classOf(error).is(back)).toBe(true);
    expect(back.message).toBe(error.message);
    expect(back).toMatchObject(JSON.parse(JSON.stringify(error)) as object);
    expect(back.stack).toContain("errors.test.ts");
  });

  test.for(examples)("comes back even twice: $code", ({ error }) => {
    const once = errorFromObject(errorToObject(error));
    const twice = errorFromObject(errorToObject(once));
    expect(classOf(error).is(twice)).toBe(true);
    expect(twice.message).toBe(error.message);
  });

  test("keeps the chain of its causes as far as it was recorded", () => {
    const step = new StepError("charge", errorToObject(new RangeError("deep")));
    const child = new ChildContextError("child", errorToObject(step));
    const back = errorFromObject(errorToObject(child));
    expect(ChildContextError.is(back)).toBe(true);
    expect(StepError.is(back.cause)).toBe(true);
    expect((back.cause as Error).cause).toMatchObject({ name: "RangeError", message: "deep" });
  });

  test("of the user comes back as an Error of the same name, message and stack", () => {
    class PaymentDeclined extends Error {
      override readonly name = "PaymentDeclined";
    }
    const back = errorFromObject(errorToObject(new PaymentDeclined("no money")));
    expect(back).not.toBeInstanceOf(PaymentDeclined);
    expect(back).toMatchObject({ name: "PaymentDeclined", message: "no money" });
    expect(back.stack).toMatch(/^PaymentDeclined: no money\n\s+at /);
  });

  test.for([
    { what: "has no data", object: { ErrorType: "CallbackTimeoutError" } },
    { what: "has other data", object: { ErrorType: "CallbackTimeoutError", ErrorData: "plain" } },
    {
      what: "has a text as data",
      object: { ErrorType: "CallbackExternalError", ErrorData: '"x"' },
    },
    { what: "has null as data", object: { ErrorType: "UnknownCallbackError", ErrorData: "null" } },
    { what: "has no id", object: { ErrorType: "UnknownCallbackError", ErrorData: "{}" } },
    { what: "has no id either", object: { ErrorType: "CallbackExternalError", ErrorData: "{}" } },
    { what: "has no issues", object: { ErrorType: "CallbackValidationError", ErrorData: "{}" } },
    { what: "has no function name", object: { ErrorType: "InvokeError", ErrorData: "{}" } },
    { what: "has no option", object: { ErrorType: "InvalidDurationError", ErrorData: "{}" } },
    { what: "has no errors", object: { ErrorType: "AggregateError", ErrorData: "{}" } },
    { what: "is called toString", object: { ErrorType: "toString" } },
    { what: "is called __proto__", object: { ErrorType: "__proto__" } },
  ])("and only bears the name of one of ours stays a plain Error: it $what", ({ object }) => {
    const back = errorFromObject({ ...object, ErrorMessage: "foreign" });
    expect(back).toMatchObject({ name: object.ErrorType, message: "foreign" });
    expect(back).not.toHaveProperty("code");
  });

  test("keeps the errors of an AggregateError, unless there is no room for them", () => {
    const errors = [new RangeError("deep"), new StepError("charge", reported), "a text"];
    const object = errorToObject(new AggregateError(errors, "all failed"));
    const back = errorFromObject(object) as AggregateError;
    expect(back).toBeInstanceOf(AggregateError);
    expect(back.message).toBe("all failed");
    const [deep, step, text] = back.errors as [Error, Error, string];
    expect([deep, step].map((error) => `${error.name}: ${error.message}`)).toEqual([
      "RangeError: deep",
      'StepError: Step "charge" failed: Declined: no',
    ]);
    expect(text).toBe("a text");
    expect(errorToObject(new AggregateError(errors, "all failed"), true).ErrorData).toBeUndefined();
  });

  test("has errors for what else was aggregated, where it was recorded so", () => {
    const text = { ErrorType: "Error", ErrorMessage: "a text" };
    const back = errorFromObject({
      ErrorType: "AggregateError",
      ErrorMessage: "all failed",
      ErrorData: JSON.stringify({ errors: [text, { ErrorType: "RangeError", ErrorMessage: "" }] }),
    }) as AggregateError;
    expect(back.errors.map(String)).toEqual(["Error: a text", "RangeError"]);
  });

  test("keeps as much of what an AggregateError holds as there is room for", () => {
    const inner = new AggregateError(["deep", new Error("x".repeat(20_000))], "inner");
    const object = errorForCheckpoint(new AggregateError(["a", { b: 1 }, inner], "outer"));
    expect(errorFromObject(object)).toMatchObject({
      errors: ["a", { b: 1 }, { message: "inner", errors: ["deep", { name: "Error" }] }],
    });
    const large = new AggregateError(["deep", new Error("x".repeat(40_000))], "inner");
    const cut = errorForCheckpoint(new AggregateError(["a", { b: 1 }, large], "outer"));
    const { errors } = errorFromObject(cut) as AggregateError;
    expect(errors).toMatchObject(["a", { b: 1 }, { message: "inner" }]);
    expect(errors[2]).not.toHaveProperty("errors");
  });

  test.for([{ errors: { amount: "too small" } }, { errors: ["too small", null] }])(
    "keeps a field %j where a cause has no room",
    (field) => {
      const cause = new Error("x".repeat(40_000));
      const inner = Object.assign(new Error("inner", { cause }), field);
      const object = errorForCheckpoint(new Error("outer", { cause: inner }));
      expect(errorFromObject(object)).toMatchObject({ cause: { message: "inner" } });
      const outer = Object.assign(new Error("outer", { cause: inner }), field);
      expect(errorFromObject(errorForCheckpoint(outer))).toMatchObject(field);
    },
  );

  test("that says nothing is an Error that says nothing", () => {
    const back = errorFromObject({});
    expect(back).toBeInstanceOf(Error);
    expect(back).toMatchObject({ name: "Error", message: "" });
  });

  test("may be anything that was thrown", () => {
    expect(errorToObject("a text")).toMatchObject({ ErrorType: "Error", ErrorMessage: "a text" });
    expect(errorToObject({ a: 1 })).toMatchObject({ ErrorMessage: 'Thrown: {"a":1}' });
    const bare = new Error("no stack");
    Reflect.deleteProperty(bare, "stack");
    expect(errorToObject(bare)).toEqual({ ErrorType: "Error", ErrorMessage: "no stack" });
  });
});

describe("messages", () => {
  test("of timeouts say which of them passed, and what is still possible", () => {
    expect(new CallbackTimeoutError(callback, "timeout").message).toBe(
      'No answer for callback "approval" within its timeout.',
    );
    expect(new CallbackTimeoutError({ callbackId: "cb-1" }, "heartbeat").message).toBe(
      "No heartbeat for the callback cb-1 within its heartbeat timeout.",
    );
    expect(new CallbackTimeoutError(callback, "wait").message).toContain("wait again");
  });

  test("of validation list the issues with their paths", () => {
    const error = new CallbackValidationError(callback, {
      issues: [
        { message: "too short", path: ["items", 0, Symbol("s")] },
        { message: "wrong", path: [] },
        { message: "missing" },
      ],
      payload: {},
    });
    expect(error.message).toBe(
      'The payload sent to callback "approval" does not fit its schema: items.0.Symbol(s): too short; wrong; missing',
    );
  });

  test("of invokes say how the function ended", () => {
    const error = { ErrorType: "T", ErrorMessage: "m" };
    expect(
      (["FAILED", "TIMED_OUT", "STOPPED"] as const).map(
        (status) => new InvokeError("charge", status, error).message,
      ),
    ).toEqual([
      'Function "charge" failed: T: m',
      'Function "charge" timed out: T: m',
      'Function "charge" was stopped: T: m',
    ]);
  });

  test("of conditions and combinators do without a name or a reason", () => {
    expect(new WaitForConditionError(undefined, {}).message).toBe(
      "An unnamed waitForCondition failed: no reason given",
    );
    expect(new PromiseCombinatorError(undefined, {}).message).toBe(
      "An unnamed promise combinator failed: no reason given",
    );
  });

  test("of submitters, steps and child contexts do without a name or a reason", () => {
    expect(new CallbackSubmitterError(undefined, {}).message).toBe(
      "The submitter of an unnamed waitForCallback failed: no reason given",
    );
    expect(new StepError(undefined, { ErrorType: "T" }).message).toBe("An unnamed step failed: T");
    expect(new ChildContextError(undefined, { ErrorMessage: "m" }).message).toBe(
      "An unnamed child context failed: m",
    );
  });
});
