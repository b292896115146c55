import { once } from "node:events";
import {
  createRetryStrategy,
  type DurableContext,
  InvalidArgumentError,
  InvalidDurationError,
  withDurableExecution,
} from "@durabletest/runtime";
import { describe, expect, test } from "vitest";
import * as testing from "../src/index.ts";
import {
  DurableTestRunner,
  InvalidHandlerError,
  InvalidPayloadError,
  respond,
} from "../src/index.ts";
import { rejectionOf } from "./support/history.ts";

const approving = withDurableExecution(async (_: unknown, context) => {
  const callback = await context.createCallback<unknown>("approval", { timeout: { days: 1 } });
  return callback.result();
});

const thrownBy = (act: () => unknown): unknown => {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error("It threw nothing.");
};

const cyclic: Record<string, unknown> = { deep: {} };
cyclic["deep"] = { again: cyclic };
const throwing = {
  get secret(): never {
    throw new Error("not now");
  },
};
let deep: unknown = {};
for (let level = 0; level < 100_000; level += 1) deep = { deep };

/** What has no JSON form, and where in it a message must point. */
const noJson: readonly { readonly what: string; readonly value: unknown; readonly at: string }[] = [
  { what: "a BigInt", value: 10n, at: "it is a bigint (10n)" },
  { what: "a BigInt inside", value: { a: [1, { b: 2n }] }, at: "it.a[1].b is a bigint (2n)" },
  { what: "a cycle", value: cyclic, at: "it.deep.again refers back" },
  { what: "a getter that throws", value: throwing, at: "is no JSON: Error: not now" },
  { what: "nesting deeper than the stack", value: deep, at: "is no JSON: RangeError" },
  { what: "a function", value: () => 1, at: "it is a function" },
  { what: "a function inside", value: { run: approving }, at: "it.run is a function" },
  { what: "a symbol", value: Symbol("s"), at: "it is a symbol (Symbol(s))" },
  { what: "NaN", value: { n: Number.NaN }, at: "it.n is NaN" },
  { what: "Infinity", value: [Number.POSITIVE_INFINITY], at: "it[0] is Infinity" },
  { what: "a Map", value: { a: new Map([["b", 1]]) }, at: "it.a" },
  { what: "a Set", value: [new Set([1])], at: "it[0]" },
  { what: "a RegExp", value: { a: /x/ }, at: "it.a" },
  { what: "an Error", value: { a: new Error("x") }, at: "it.a" },
  { what: "bytes inside", value: { a: new Uint8Array([1]) }, at: "it.a" },
  { what: "a gap in a list", value: { a: [1, undefined] }, at: "it.a[1]" },
  {
    what: "a toJSON that throws",
    value: {
      toJSON: () => {
        throw new RangeError("cannot");
      },
    },
    at: "cannot",
  },
];

/** What is no duration, and what a message must say about it. */
const badDurations: readonly { readonly duration: unknown; readonly says: string }[] = [
  { duration: { seconds: -1 }, says: "is negative" },
  { duration: { minutes: 5, seconds: -1 }, says: "is negative" },
  { duration: { seconds: 1.5 }, says: "fractional seconds" },
  { duration: { hours: 0.5 }, says: "fractional hours" },
  { duration: { seconds: Number.NaN }, says: "not a finite number" },
  { duration: { days: Number.POSITIVE_INFINITY }, says: "not a finite number" },
  { duration: { seconds: "5" }, says: "not a finite number" },
  { duration: { seconds: null }, says: "not a finite number" },
  { duration: { seconds: 5n }, says: "not a finite number" },
  { duration: { seconds: 100_000_000 }, says: "longer than 99999999 seconds" },
  { duration: { days: 1e300 }, says: "longer than 99999999 seconds" },
  { duration: {}, says: "has no unit" },
  { duration: { seconds: undefined }, says: "has no unit" },
  { duration: new Date(0), says: "has no unit" },
  { duration: { fortnights: 1 }, says: 'the unknown unit "fortnights"' },
  { duration: { Seconds: 1 }, says: 'the unknown unit "Seconds"' },
  { duration: { minutes: 1, second: 1 }, says: 'the unknown unit "second"' },
  { duration: null, says: "is not a duration" },
  { duration: 60, says: "is not a duration" },
  { duration: "1 minute", says: "is not a duration" },
  { duration: [60], says: "is not a duration" },
  { duration: () => ({ seconds: 1 }), says: "is not a duration" },
];

describe("a handler that is none", () => {
  test.for([undefined, null, 42, "handler", {}, []])(
    "is refused by the constructor: %j",
    (handler) => {
      const error = thrownBy(() => new DurableTestRunner(handler as never));
      expect(InvalidHandlerError.is(error)).toBe(true);
      expect(error).toMatchObject({ code: "INVALID_HANDLER" });
      expect((error as Error).message).toContain("withDurableExecution");
    },
  );
});

describe("options of the runner", () => {
  test.for([
    { options: { startTime: "yesterday" }, says: "startTime" },
    { options: { startTime: new Date(Number.NaN) }, says: "startTime" },
    { options: { startTime: Number.NaN }, says: "startTime" },
    { options: { startTime: {} }, says: "startTime" },
    { options: { startTime: 10n }, says: "startTime: 10n" },
    { options: { seed: 1.5 }, says: "seed: 1.5 is not a whole number" },
    { options: { seed: Number.NaN }, says: "seed" },
    { options: { seed: "7" }, says: 'seed: "7"' },
    { options: { timeSkipping: "fast" }, says: '"auto" or "manual"' },
    { options: { timeSkipping: true }, says: "timeSkipping: true" },
    { options: { globals: "fake" }, says: '"virtual" or "real"' },
    { options: { unusedScripts: "warn" }, says: '"report" or "error"' },
    { options: { callbacks: "approval" }, says: "callbacks" },
    { options: { callbacks: { approval: 42 } }, says: "callbacks.approval: 42" },
    { options: { callbacks: { approval: null } }, says: "callbacks.approval: null" },
    {
      options: { maxInvocations: 0 },
      says: "maxInvocations: 0 is not a whole number of at least 1",
    },
    { options: { maxInvocations: 1.5 }, says: "maxInvocations" },
    { options: { maxOperations: -1 }, says: "maxOperations" },
    { options: { maxOperations: "many" }, says: "maxOperations" },
    { options: { functionName: "" }, says: 'functionName: "" is not a name' },
    { options: { functionName: "order service" }, says: "letters, digits, - and _" },
    { options: { functionName: 7 }, says: "functionName: 7" },
    { options: { invocationTimeout: { seconds: 0 } }, says: "at least one second" },
    { options: { invocationTimeout: { milliseconds: 1500 } }, says: "whole seconds" },
    { options: { invocationTimeout: { minutes: 15, seconds: 1 } }, says: "longer than 15 minutes" },
    {
      options: {
        durableFunctions: { pay: { handler: approving, invocationTimeout: { hours: 1 } } },
      },
      says: "durableFunctions.pay.invocationTimeout",
    },
    { options: { timeskipping: "manual" }, says: 'Did you mean "timeSkipping"?' },
    { options: { skipTime: true }, says: 'no option "skipTime"' },
    {
      options: { durableFunctions: { pay: { handler: approving, timeOut: { seconds: 1 } } } },
      says: 'durableFunctions.pay: There is no setting "timeOut". Did you mean "timeout"',
    },
    {
      options: { durableFunctions: { pay: approving }, functions: { pay: () => 1 } },
      says: "functions.pay is one of durableFunctions, too",
    },
    { options: { functions: { "a b": 1 } }, says: 'functions["a b"]: 1 is not a function' },
    {
      options: { functions: { pay: approving } },
      says: "functions.pay is a durable handler, and would be called without an execution. Give it as one of durableFunctions.",
    },
    { options: { functions: [] }, says: "functions: [] is not an object of functions" },
    { options: { callbacks: new Map() }, says: "callbacks: Map(0) {} is not an object of scripts" },
    { options: { limits: { payloadbytes: 1 } }, says: 'Did you mean "payloadBytes"?' },
    { options: "manual", says: "no object" },
    { options: null, says: "no object" },
  ])("are refused by name: $options", ({ options, says }) => {
    const error = thrownBy(() => new DurableTestRunner(approving, options as never));
    expect(InvalidArgumentError.is(error)).toBe(true);
    expect(error).toMatchObject({ code: "INVALID_ARGUMENT" });
    expect((error as Error).message).toContain(says);
  });

  test.for([undefined, 7, {}])("may not have %j for a durable function's handler", (handler) => {
    const error = thrownBy(
      () => new DurableTestRunner(approving, { durableFunctions: { pay: { handler } as never } }),
    );
    expect(InvalidHandlerError.is(error)).toBe(true);
    expect((error as Error).message).toMatch(/^durableFunctions\.pay\.handler: /);
  });

  test("that cannot be read are refused", () => {
    const error = thrownBy(
      () =>
        new DurableTestRunner(approving, {
          get seed(): never {
            throw new Error("not now");
          },
        }),
    );
    expect(InvalidArgumentError.is(error)).toBe(true);
    expect((error as Error).message).toContain("The options cannot be read: Error: not now");
  });

  test("may be undefined one by one", async () => {
    const runner = new DurableTestRunner(approving, {
      startTime: undefined,
      seed: undefined,
      timeSkipping: undefined,
      callbacks: undefined,
      globals: undefined,
      functionName: undefined,
      invocationTimeout: undefined,
      unusedScripts: undefined,
      maxInvocations: undefined,
      maxOperations: undefined,
    });
    expect((await runner.run()).status).toBe("PENDING");
  });
});

describe("the input of run()", () => {
  test.for(noJson)(
    "is refused when it is no JSON, with nothing recorded: $what",
    async ({ value, at }) => {
      const runner = new DurableTestRunner(approving);
      const error = await rejectionOf(runner.run(value));
      expect(InvalidPayloadError.is(error)).toBe(true);
      expect((error as Error).message).toContain("The input of run");
      expect((error as Error).message).toContain(at);
      expect(runner.result).toMatchObject({ status: "PENDING", history: [], invocations: [] });
      expect((await runner.run({ fine: true })).history[0]?.EventType).toBe("ExecutionStarted");
    },
  );

  test.for([
    ...badDurations,
    { duration: { seconds: 0 }, says: "at least one second" },
    { duration: { milliseconds: 500 }, says: "whole seconds" },
  ])("with the timeout $duration is refused, with nothing recorded", async ({ duration, says }) => {
    const runner = new DurableTestRunner(approving);
    const error = await rejectionOf(runner.run({}, { timeout: duration as never }));
    expect((error as { readonly code: string }).code).toMatch(/^INVALID_(?:DURATION|ARGUMENT)$/);
    expect((error as Error).message).toMatch(/^timeout: /);
    expect((error as Error).message).toContain(says);
    expect(runner.result.history).toEqual([]);
    expect((await runner.run()).status).toBe("PENDING");
  });
});

describe("the options of run()", () => {
  test.for([
    { options: { timeOut: { seconds: 1 } }, says: 'no option "timeOut". Did you mean "timeout"?' },
    { options: { seconds: 1 }, says: 'no option "seconds"' },
    { options: null, says: "The options of run null are no object." },
    { options: 60, says: "The options of run 60 are no object." },
  ])("are refused by name, with nothing recorded: $options", async ({ options, says }) => {
    const runner = new DurableTestRunner(approving);
    const error = await rejectionOf(runner.run({}, options as never));
    expect(InvalidArgumentError.is(error)).toBe(true);
    expect((error as Error).message).toContain(says);
    expect(runner.result.history).toEqual([]);
  });
});

describe("what is sent", () => {
  test.for(noJson)(
    "is refused when it is no JSON, and the callback is still open: $what",
    async ({ value, at }) => {
      const runner = new DurableTestRunner(approving);
      const before = await runner.run();
      const error = await rejectionOf(runner.callback("approval").succeed(value));
      expect(InvalidPayloadError.is(error)).toBe(true);
      expect((error as Error).message).toContain("The payload of sendCallbackSuccess");
      expect((error as Error).message).toContain(at);
      expect(runner.result).toEqual(before);
      expect((await runner.callback("approval").succeed("fine")).result).toBe("fine");
    },
  );

  test("may hold the same object twice, for that is no cycle", async () => {
    const runner = new DurableTestRunner(approving);
    await runner.run();
    const shared = { a: 1 };
    const result = await runner.callback("approval").succeed([shared, shared]);
    expect(result.result).toEqual([{ a: 1 }, { a: 1 }]);
  });

  test("may hold what has a JSON form of its own, such as a date", async () => {
    const runner = new DurableTestRunner(approving);
    await runner.run();
    const result = await runner.callback("approval").succeed({ at: new Date(0) });
    expect(result.result).toEqual({ at: "1970-01-01T00:00:00.000Z" });
  });

  test.for([
    { error: undefined, says: "is undefined" },
    { error: null, says: "is null" },
    { error: "no", says: 'is "no"' },
    { error: ["no"], says: 'is ["no"]' },
    { error: { ErrorType: 7 }, says: "7 as its ErrorType; that must be a text" },
    { error: { ErrorMessage: {} }, says: "ErrorMessage" },
    { error: { ErrorData: { a: 1 } }, says: "ErrorData" },
    { error: { StackTrace: "at x" }, says: "StackTrace; that must be a list of texts" },
    { error: { StackTrace: [1] }, says: "1 as its StackTrace[0]; that must be a text" },
  ])("as a failure must be an error: $error", async ({ error: sent, says }) => {
    const runner = new DurableTestRunner(approving);
    const before = await runner.run();
    const error = await rejectionOf(runner.callback("approval").fail(sent as never));
    expect(InvalidPayloadError.is(error)).toBe(true);
    expect((error as Error).message).toContain("The error of sendCallbackFailure");
    expect((error as Error).message).toContain(says);
    expect(runner.result).toEqual(before);
  });

  test.for([
    ["errorMessage", "ErrorMessage"],
    ["message", "ErrorMessage"],
    ["errortype", "ErrorType"],
    ["stackTrace", "StackTrace"],
  ] as const)(
    "as a failure loses what an error does not have, with a warning: %s",
    async ([field, meant]) => {
      const runner = new DurableTestRunner(approving);
      await runner.run();
      const warned = once(process, "warning") as Promise<[Error & { code?: string }]>;
      const failed = await runner
        .callback("approval")
        .fail({ ErrorType: "Superseded", [field]: "by another" });
      expect(failed.operations[0]).toMatchObject({ error: { ErrorType: "Superseded" } });
      expect(failed.operations[0]).not.toHaveProperty(`error.${field}`);
      const [warning] = await warned;
      expect(warning).toMatchObject({
        name: "DurableTestWarning",
        code: "DURABLETEST_UNKNOWN_FIELD",
        message: `The error of sendCallbackFailure has the field "${field}", which the service does not know, and which is not sent. Did you mean "${meant}"?`,
      });
    },
  );

  test("as a failure may be an Error, whose name and message are sent, and not its stack", async () => {
    const runner = new DurableTestRunner(approving);
    await runner.run();
    const result = await runner.callback("approval").fail(new RangeError("too far"));
    expect(result.operations[0]).toMatchObject({
      error: { ErrorType: "RangeError", ErrorMessage: "too far" },
    });
    expect(result.operations[0]).not.toHaveProperty("error.StackTrace");
  });

  test("as a failure must be readable", async () => {
    const runner = new DurableTestRunner(approving);
    await runner.run();
    const unreadable = {
      get ErrorType(): never {
        throw new Error("not now");
      },
    };
    const error = await rejectionOf(runner.callback("approval").fail(unreadable));
    expect(InvalidPayloadError.is(error)).toBe(true);
    expect((error as Error).message).toContain("cannot be read: Error: not now");
  });

  test("as a failure may be an Error whose cause is itself", async () => {
    const runner = new DurableTestRunner(approving);
    await runner.run();
    const circular = new Error("round and round");
    circular.cause = circular;
    const result = await runner.callback("approval").fail(circular);
    expect(result.operations[0]).toMatchObject({ error: { ErrorMessage: "round and round" } });
  });

  test("as a failure may be an Error of another realm", async () => {
    const { runInNewContext } = await import("node:vm");
    const runner = new DurableTestRunner(approving);
    await runner.run();
    const foreign: unknown = runInNewContext("new TypeError('from elsewhere')");
    expect(foreign).not.toBeInstanceOf(Error);
    const result = await runner.callback("approval").fail(foreign as Error);
    expect(result.operations[0]).toMatchObject({
      error: { ErrorType: "TypeError", ErrorMessage: "from elsewhere" },
    });
  });

  test("as the error of stop() must be one as well", async () => {
    const runner = new DurableTestRunner(approving);
    const before = await runner.run();
    const error = await rejectionOf(runner.stop({ ErrorMessage: 7 } as never));
    expect(InvalidPayloadError.is(error)).toBe(true);
    expect((error as Error).message).toContain("The error of stop");
    expect(runner.result).toEqual(before);
  });
});

describe("advance", () => {
  test.for(badDurations)("refuses $duration, and nothing moves", async ({ duration, says }) => {
    const runner = new DurableTestRunner(approving);
    const before = await runner.run();
    const error = await rejectionOf(runner.advance(duration as never));
    expect(InvalidDurationError.is(error)).toBe(true);
    expect(error).toMatchObject({ code: "INVALID_DURATION", option: "advance", value: duration });
    expect((error as Error).message).toMatch(/^advance: /);
    expect((error as Error).message).toContain(says);
    expect(runner.result).toEqual(before);
    expect((await runner.advance({ days: 1 })).status).toBe("SUCCEEDED");
  });

  test("names the units there are, milliseconds included", async () => {
    const runner = new DurableTestRunner(approving);
    const error = await rejectionOf(runner.advance({ weeks: 1 } as never));
    expect((error as Error).message).toContain(
      "Give whole days, hours, minutes, seconds, milliseconds, for example { minutes: 5 }.",
    );
  });

  test("takes a bare number for milliseconds, as timers have them, and says how to write that", async () => {
    const runner = new DurableTestRunner(approving);
    await runner.run();
    const error = await rejectionOf(runner.advance(3_600_000 as never));
    expect((error as Error).message).toContain(
      "advance: 3600000 is not a duration: did you mean { milliseconds: 3600000 }?",
    );
  });

  test.for([
    { time: new Date(Number.NaN), says: "no valid Date" },
    { time: "2025-01-02", says: "no valid Date" },
    { time: 1_800_000_000_000, says: "no valid Date" },
    { time: undefined, says: "no valid Date" },
    { time: null, says: "no valid Date" },
    { time: new Date("2024-12-31T23:59:59.999Z"), says: "is in the past; it is 2025-01-01" },
  ])("to $time is refused, and nothing moves", async ({ time, says }) => {
    const runner = new DurableTestRunner(approving);
    const before = await runner.run();
    const error = await rejectionOf(runner.advanceTo(time as never));
    expect(InvalidArgumentError.is(error)).toBe(true);
    expect((error as Error).message).toContain(says);
    expect(runner.result).toEqual(before);
  });
});

describe("scripts", () => {
  test.for(noJson)(
    "refuse a payload that is no JSON where it is written: $what",
    ({ value, at }) => {
      const error = thrownBy(() => respond.success(value));
      expect(InvalidPayloadError.is(error)).toBe(true);
      expect((error as Error).message).toContain("respond.success");
      expect((error as Error).message).toContain(at);
    },
  );

  test.for([
    { what: "a plain object", script: { ok: true } },
    { what: "heartbeats that are not counted", script: respond.heartbeatEvery({ seconds: 1 }) },
  ])("are refused by the constructor, not when they are needed: $what", ({ script }) => {
    const error = thrownBy(
      () => new DurableTestRunner(approving, { callbacks: { approval: script as never } }),
    );
    expect(InvalidArgumentError.is(error)).toBe(true);
    expect((error as Error).message).toContain("callbacks.approval");
  });

  test("refuse a payload that is too large", () => {
    expect(InvalidPayloadError.is(thrownBy(() => respond.success("x".repeat(262_144))))).toBe(true);
  });

  test("refuse a failure that is no error", () => {
    const error = thrownBy(() => respond.failure("no" as never));
    expect(InvalidPayloadError.is(error)).toBe(true);
    expect((error as Error).message).toContain("respond.failure");
  });

  test.for(badDurations)("refuse the duration $duration by the method's name", ({ duration }) => {
    expect(thrownBy(() => respond.success(1).after(duration as never))).toMatchObject({
      code: "INVALID_DURATION",
      option: "after",
    });
    expect(thrownBy(() => respond.heartbeatEvery(duration as never))).toMatchObject({
      code: "INVALID_DURATION",
      option: "heartbeatEvery",
    });
  });

  test.for([0, -1, 1.5, Number.NaN, 1e9, "3", undefined])("refuse %s heartbeats", (count) => {
    const error = thrownBy(() => respond.heartbeatEvery({ seconds: 1 }).times(count as never));
    expect(InvalidArgumentError.is(error)).toBe(true);
    expect((error as Error).message).toMatch(/^times: /);
  });

  test.for([undefined, null, {}, "yes", respond])("refuse to go on with %s", (response) => {
    const error = thrownBy(() =>
      respond
        .heartbeatEvery({ seconds: 1 })
        .times(1)
        .thenRespond(response as never),
    );
    expect(InvalidArgumentError.is(error)).toBe(true);
    expect((error as Error).message).toMatch(/^thenRespond: /);
  });
});

describe("the handler's calls", () => {
  /** Makes one call and goes on if it is refused. */
  const calling = async (call: (context: DurableContext) => Promise<unknown>) => {
    const errors: unknown[] = [];
    const handler = withDurableExecution(async (_: unknown, context) => {
      await call(context).catch((error: unknown) => errors.push(error));
      return context.step("after", () => "went on");
    });
    const result = await new DurableTestRunner(handler).run();
    return { result, error: errors[0] };
  };

  test.for(badDurations)(
    "with the duration $duration are refused before anything is recorded",
    async ({ duration, says }) => {
      for (const [option, call] of Object.entries({
        wait: (context: DurableContext) => context.wait("w", duration as never),
        timeout: (context: DurableContext) =>
          context.createCallback("cb", { timeout: duration as never }),
        heartbeatTimeout: (context: DurableContext) =>
          context.createCallback("cb", { heartbeatTimeout: duration as never }),
      })) {
        const { result, error } = await calling(call);
        expect(InvalidDurationError.is(error)).toBe(true);
        expect(error).toMatchObject({ option, value: duration });
        expect((error as Error).message).toMatch(new RegExp(`^${option}: `));
        // A wait may be shorter than the timeout of a callback.
        const limit = option === "wait" ? "31622400 seconds (366 days)" : "99999999 seconds";
        expect((error as Error).message).toContain(says.replace("99999999 seconds", limit));
        expect(result).toMatchObject({ status: "SUCCEEDED", result: "went on" });
        expect(result.operations.map(({ name }) => name)).toEqual(["after"]);
      }
    },
  );

  test("take a bare number for seconds, and say how to write that", async () => {
    const { error } = await calling((context) => context.wait(60 as never));
    expect((error as Error).message).toContain(
      "60 is not a duration: did you mean { seconds: 60 }?",
    );
  });

  test("refuse milliseconds, which only the harness knows", async () => {
    const { error } = await calling((context) => context.wait({ milliseconds: 500 } as never));
    expect((error as Error).message).toContain('unknown unit "milliseconds"');
  });

  test("refuse a wait, and the timeout of a wait for a callback, of more than 366 days", async () => {
    const tooLong = { days: 366, seconds: 1 };
    const waiting = await calling((context) => context.wait(tooLong));
    const timing = await calling(async (context) => {
      const callback = await context.createCallback("after");
      return context.waitForCallback(callback, { timeout: tooLong });
    });
    for (const { error } of [waiting, timing]) {
      expect(InvalidDurationError.is(error)).toBe(true);
      expect((error as Error).message).toContain("is longer than 31622400 seconds (366 days)");
    }
  });

  test("refuse a wait of less than a second", async () => {
    const { error, result } = await calling((context) => context.wait({ seconds: 0 }));
    expect(InvalidDurationError.is(error)).toBe(true);
    expect((error as Error).message).toContain("must be at least 1 second.");
    expect(result.operations).toHaveLength(1);
  });

  test("take no place: what comes after has the id it would have had", async () => {
    const refused = await calling((context) => context.wait({} as never));
    const untouched = await new DurableTestRunner(
      withDurableExecution(async (_: unknown, context) => context.step("after", () => "went on")),
    ).run();
    expect(refused.result.operations[0]?.id).toBe(untouched.operations[0]?.id);
  });

  test.for([
    {
      what: "an empty name",
      call: (c: DurableContext) => c.step("", () => 1),
      says: 'the name ""',
    },
    {
      what: "a name of more than 256 characters",
      call: (c: DurableContext) => c.createCallback("x".repeat(257)),
      says: "1 to 256 characters",
    },
    {
      what: "a name that is not ASCII",
      call: (c: DurableContext) => c.step("größe", () => 1),
      says: 'step: the name "größe" has the character "ö" (U+00F6). The service takes printable ASCII',
    },
    {
      what: "a name with a line break",
      call: (c: DurableContext) => c.wait("a\nb", { seconds: 1 }),
      says: 'wait: the name "a\\nb" has the character "\\n" (U+000A).',
    },
    {
      what: "a name with an emoji",
      call: (c: DurableContext) => c.createCallback("ok \u{1F44D}"),
      says: "(U+1F44D)",
    },
    {
      what: "an item's name that is not ASCII",
      call: (c: DurableContext) => c.map([1], async () => 1, { itemNamer: () => "ä" }),
      says: 'map: itemNamer: the name "ä" has the character "ä" (U+00E4).',
    },
    {
      what: "a step without a function",
      call: (c: DurableContext) => c.step("work", undefined as never),
      says: "step: undefined is no function. Call it as step(name?, function, config?)",
    },
    {
      what: "a step that is a value",
      call: (c: DurableContext) => c.step(42 as never),
      says: "step: 42 is no function",
    },
    {
      what: "a child context without a function",
      call: (c: DurableContext) => c.runInChildContext("child", {} as never),
      says: "runInChildContext: {} is no function",
    },
    {
      what: "a config that is no object",
      call: (c: DurableContext) => c.step("work", () => 1, "fast" as never),
      says: 'step "work": the config "fast" is no object',
    },
    {
      what: "a config that is null",
      call: (c: DurableContext) => c.createCallback("cb", null as never),
      says: 'createCallback "cb": the config null is no object',
    },
    {
      what: "the name of a wait that is no text",
      call: async (c: DurableContext) =>
        c.waitForCallback(await c.createCallback("after"), {
          name: 7 as never,
          timeout: { seconds: 1 },
        }),
      says: "waitForCallback: the name 7",
    },
  ])("are refused with $what", async ({ call, says }) => {
    const { error, result } = await calling(call);
    expect(InvalidArgumentError.is(error)).toBe(true);
    expect(error).toMatchObject({ code: "INVALID_ARGUMENT" });
    expect((error as Error).message).toContain(says);
    expect(result.result).toBe("went on");
    expect(result.operations.every(({ name }) => name === "after")).toBe(true);
  });

  test("take names of exactly 1 and 256 characters", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      await context.step("x", () => 1);
      await context.step("y".repeat(256), () => 2);
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.operations.map(({ name }) => name?.length)).toEqual([1, 256]);
  });

  test("take durations of every size up to the limit", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      await context.wait({ days: 366 });
      await context.wait({ days: 1, hours: 1, minutes: 1, seconds: 1 });
      await context.createCallback("patient", { timeout: { seconds: 99_999_999 } });
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.elapsedMs).toBe((366 * 86_400 + 86_400 + 3600 + 60 + 1) * 1000);
    expect(result.status).toBe("SUCCEEDED");
  });
});

describe("retry strategies", () => {
  test.for([
    { config: { maxAttempts: 0 }, says: "maxAttempts: 0" },
    { config: { maxAttempts: 1.5 }, says: "maxAttempts: 1.5" },
    { config: { maxAttempts: "3" }, says: 'maxAttempts: "3"' },
    { config: { backoffRate: 0.5 }, says: "backoffRate: 0.5" },
    { config: { backoffRate: Number.NaN }, says: "backoffRate: NaN" },
    { config: { jitter: "SOME" }, says: 'jitter: "SOME" is none of "FULL", "HALF", "NONE"' },
    { config: { initialDelay: {} }, says: "initialDelay: {} has no unit" },
    { config: { maxDelay: { seconds: -1 } }, says: "maxDelay" },
  ])("are refused where they are made: $config", ({ config, says }) => {
    const error = thrownBy(() => createRetryStrategy(config as never));
    expect((error as { readonly code: string }).code).toMatch(/^INVALID_/);
    expect((error as Error).message).toContain(says);
  });
});

describe("the errors of this package", () => {
  test("have a name and a stable code each", () => {
    const codes: Record<string, string> = {};
    for (const [name, value] of Object.entries(testing)) {
      if (typeof value !== "function" || !name.endsWith("Error")) continue;
      const make = value as new (...args: readonly unknown[]) => Error & { readonly code: string };
      const error = new make("a message", { option: "x", value: 1 });
      expect(error).toBeInstanceOf(Error);
      expect(error.name).toBe(name);
      codes[name] = error.code;
    }
    expect(codes).toMatchObject({
      CallbackClosedError: "CALLBACK_CLOSED",
      CallbackNotFoundError: "CALLBACK_NOT_FOUND",
      ExecutionStalledError: "EXECUTION_STALLED",
      HandlerRejectedError: "HANDLER_REJECTED",
      HandlerStuckError: "HANDLER_STUCK",
      InvalidArgumentError: "INVALID_ARGUMENT",
      InvalidDurationError: "INVALID_DURATION",
      InvalidHandlerError: "INVALID_HANDLER",
      InvalidPayloadError: "INVALID_PAYLOAD",
      LimitExceededError: "LIMIT_EXCEEDED",
      RunnerBusyError: "RUNNER_BUSY",
      RunnerDisposedError: "RUNNER_DISPOSED",
      RunnerNotStartedError: "RUNNER_NOT_STARTED",
      RunnerUsedError: "RUNNER_USED",
      UnknownCallbackError: "UNKNOWN_CALLBACK",
      UnusedScriptsError: "UNUSED_SCRIPTS",
    });
    expect(new Set(Object.values(codes)).size).toBe(Object.keys(codes).length);
  });
});
