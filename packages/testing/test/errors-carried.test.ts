import { runInNewContext } from "node:vm";
import {
  BatchCompletionError,
  CallbackTimeoutError,
  ChildContextError,
  type DurableContext,
  retryPresets,
  StepError,
  withDurableExecution,
} from "@durabletest/runtime";
import { describe, expect, test } from "vitest";
import { DurableTestRunner, respond } from "../src/index.ts";

const rejected = async (reason: unknown): Promise<never> => {
  throw reason;
};
const once = { retryStrategy: retryPresets.noRetry };

/** What a handler catches on the first run, and on a replay. */
const caught = async (
  fail: (context: DurableContext) => Promise<unknown>,
  options: ConstructorParameters<typeof DurableTestRunner>[1] = {},
): Promise<readonly [Error, Error]> => {
  const errors: Error[] = [];
  const handler = withDurableExecution(async (_: unknown, context) => {
    try {
      await fail(context);
    } catch (error) {
      errors.push(error as Error);
    }
    await context.wait("replay", { seconds: 1 });
  });
  const result = await new DurableTestRunner<unknown>(handler, options).run({});
  expect(result.status).toBe("SUCCEEDED");
  const [first, replayed] = errors.slice(-2);
  if (first === undefined || replayed === undefined) throw new Error("Nothing was caught.");
  return [first, replayed];
};

/** All that one can see of an error, its stack included. */
const visible = (error: unknown, depth = 0): unknown => {
  if (!(error instanceof Error) || depth > 20) return error;
  const { name, message, stack, cause } = error;
  const errors: unknown = "errors" in error ? error.errors : undefined;
  return {
    name,
    message,
    stack,
    fields: Object.fromEntries(Object.entries(error)),
    ...(cause !== undefined && { cause: visible(cause, depth + 1) }),
    ...(Array.isArray(errors) && { errors: errors.map((each) => visible(each, depth + 1)) }),
  };
};

const lineOf = (error: unknown): string =>
  error instanceof Error ? (error.stack?.split("\n    at ")[1] ?? "no frame") : "no error";

class Declined extends Error {
  override readonly name = "Declined";
  readonly code = "CARD_DECLINED";
  readonly card: { readonly last4: string; readonly attempts: number };

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.card = { last4: "4242", attempts: 2 };
  }
}

describe("what a step throws", () => {
  const fail = (make: () => unknown) => (context: DurableContext) =>
    context.step(
      "charge",
      () => {
        throw make();
      },
      once,
    );

  test("keeps its name, message, fields and causes, on the first run as on a replay", async () => {
    const [first, replayed] = await caught(
      fail(() => {
        const socket = Object.assign(new Error("read ECONNRESET"), {
          code: "ECONNRESET",
          errno: -104,
        });
        return new Declined("no money", { cause: new TypeError("bad answer", { cause: socket }) });
      }),
    );
    expect(visible(replayed)).toEqual(visible(first));
    expect(first).toMatchObject({
      name: "StepError",
      errorType: "Declined",
      errorMessage: "no money",
    });
    expect(first.cause).toMatchObject({
      name: "Declined",
      message: "no money",
      code: "CARD_DECLINED",
      card: { last4: "4242", attempts: 2 },
    });
    const bad = (first.cause as Error).cause as Error;
    expect(bad).toMatchObject({ name: "TypeError", message: "bad answer" });
    expect(bad.cause).toMatchObject({
      name: "Error",
      message: "read ECONNRESET",
      code: "ECONNRESET",
      errno: -104,
    });
    expect(Object.keys(first.cause as Error)).toEqual(["code", "card"]);
  });

  test("keeps the lines where it and its causes were thrown", async () => {
    const readAnswer = (): Error => new TypeError("bad answer");
    const [first] = await caught(fail(() => new Declined("no money", { cause: readAnswer() })));
    const declined = first.cause as Error;
    expect(declined.stack).toMatch(/^Declined: no money\n\s+at .*errors-carried\.test\.ts:\d+/);
    expect((declined.cause as Error).stack).toMatch(
      /^TypeError: bad answer\n\s+at readAnswer .*errors-carried\.test\.ts:\d+/,
    );
  });

  test("keeps the errors of an AggregateError, with what they carry", async () => {
    const [first, replayed] = await caught(
      fail(() => new AggregateError([new Declined("one"), new RangeError("two"), "three"], "all")),
    );
    expect(visible(replayed)).toEqual(visible(first));
    const { errors } = first.cause as AggregateError;
    expect(errors.map(String)).toEqual(["Declined: one", "RangeError: two", "three"]);
    expect(errors[0]).toMatchObject({ code: "CARD_DECLINED" });
    expect(lineOf(errors[1])).toContain("errors-carried.test.ts");
  });

  test("keeps what is no error among those of an AggregateError", async () => {
    const [first, replayed] = await caught((context) =>
      context.step(
        "any",
        () => Promise.any(["a", { status: 503 }, 7, null, { value: 1 }].map(rejected)),
        once,
      ),
    );
    const { errors } = first.cause as AggregateError;
    expect(first.cause).toBeInstanceOf(AggregateError);
    expect(errors).toEqual(["a", { status: 503 }, 7, null, { value: 1 }]);
    expect(visible(replayed)).toEqual(visible(first));
  });

  test("keeps the places of what is no JSON either, as errors that say what it was", async () => {
    const [first, replayed] = await caught((context) =>
      context.step("any", () => Promise.any([undefined, 5n, "a"].map(rejected)), once),
    );
    const { errors } = first.cause as AggregateError;
    expect(errors.map(String)).toEqual(["Error: Thrown: undefined", "Error: Thrown: 5n", "a"]);
    expect(visible(replayed)).toEqual(visible(first));
  });

  test("keeps the errors of a class that aggregates, whatever it is called", async () => {
    class AllDown extends AggregateError {
      override readonly name = "AllDown";
    }
    const [mixed] = await caught(fail(() => new AllDown(["a", new RangeError("b")], "all")));
    expect((mixed.cause as AggregateError).errors.map(String)).toEqual(["a", "RangeError: b"]);
    // Nothing says of a list without any error that it is no field of the user's.
    const [texts] = await caught(fail(() => new AllDown(["a"], "all")));
    expect((texts.cause as AggregateError).errors.map(String)).toEqual(["Error: a"]);
  });

  test("keeps the errors of an AggregateError of another realm", async () => {
    const [first, replayed] = await caught((context) =>
      context.step(
        "any",
        () => runInNewContext("Promise.any([Promise.reject('a')])") as Promise<unknown>,
        once,
      ),
    );
    expect(first.cause).toMatchObject({ name: "AggregateError", errors: ["a"] });
    expect(visible(replayed)).toEqual(visible(first));
  });

  test("keeps a field that is called errors and holds none", async () => {
    const errors = [{ value: "x" }, { value: "y" }];
    const [first] = await caught(fail(() => Object.assign(new Error("invalid"), { errors })));
    expect(first.cause).not.toBeInstanceOf(AggregateError);
    expect(first.cause).toMatchObject({ errors });
  });

  test("keeps a cause that is no error", async () => {
    const [first, replayed] = await caught(
      fail(() => new Error("refused", { cause: { status: 402, reasons: ["funds"] } })),
    );
    expect((first.cause as Error).cause).toEqual({ status: 402, reasons: ["funds"] });
    expect(visible(replayed)).toEqual(visible(first));
  });

  test.for<{ readonly what: string; readonly make: () => Error; readonly kept: object }>([
    {
      what: "whose cause is itself",
      make: () => {
        const error = Object.assign(new Error("round"), { n: 1 });
        error.cause = error;
        return error;
      },
      kept: { n: 1 },
    },
    {
      what: "whose causes go round",
      make: () => {
        const inner = new RangeError("inner");
        const outer = new Error("round", { cause: inner });
        inner.cause = outer;
        return outer;
      },
      kept: { cause: { name: "RangeError", message: "inner" } },
    },
    {
      what: "that aggregates itself",
      make: () => {
        const error = new AggregateError([new RangeError("inner")], "round");
        error.errors.push(error);
        return error;
      },
      kept: { errors: [{ message: "inner" }] },
    },
    {
      what: "with a field that throws when it is read",
      make: () =>
        Object.defineProperty(Object.assign(new Error("round"), { n: 1 }), "response", {
          enumerable: true,
          get() {
            throw new Error("not to be read");
          },
        }),
      kept: { n: 1 },
    },
    {
      what: "with a cause that throws when it is read",
      make: () =>
        Object.defineProperty(Object.assign(new Error("round"), { n: 1 }), "cause", {
          get() {
            throw new Error("not to be read");
          },
        }),
      kept: { n: 1 },
    },
    {
      what: "with fields that are no JSON",
      make: () =>
        Object.assign(new Error("round"), {
          n: 1,
          amount: 12n,
          list: [1n],
          act: () => 1,
          sign: Symbol("s"),
          nothing: undefined,
          when: new Date(0),
          get self() {
            return this as unknown;
          },
        }),
      kept: { n: 1, when: "1970-01-01T00:00:00.000Z" },
    },
    {
      what: "with fields that are called like what every error has",
      make: () =>
        Object.assign(new Error("round"), { n: 1, toString: "a text", constructor: "a text" }),
      kept: { n: 1 },
    },
    {
      what: "with a field that is called like a prototype",
      make: () =>
        Object.defineProperty(Object.assign(new Error("round"), { n: 1 }), "__proto__", {
          enumerable: true,
          value: { polluted: true },
        }),
      kept: { n: 1 },
    },
  ])("may be an error $what", async ({ make, kept }) => {
    const [first, replayed] = await caught(fail(make));
    expect(first.cause).toMatchObject({ message: "round", ...kept });
    const dropped = ["amount", "list", "act", "sign", "nothing", "self", "response", "polluted"];
    for (const key of dropped) expect(Reflect.get(first.cause as Error, key)).toBeUndefined();
    expect(String(first.cause)).toContain("round");
    expect(visible(replayed)).toEqual(visible(first));
  });

  test.for([
    { what: "a BigInt", make: () => 12n, message: "Thrown: 12n" },
    { what: "a text", make: () => "just a text", message: "just a text" },
    { what: "nothing", make: () => undefined, message: "Thrown: undefined" },
  ])("may be $what, which has no stack", async ({ make, message }) => {
    const [first] = await caught(fail(make));
    expect((first.cause as Error).message).toBe(message);
    expect((first.cause as Error).stack).toBe(`Error: ${message}`);
  });

  test("keeps what fits of a chain of causes, the outermost first", async () => {
    const chain = (length: number): Error => {
      let error = new Error("innermost");
      for (let n = length; n > 0; n -= 1) error = new Error(`level ${n}`, { cause: error });
      return error;
    };
    const depthOf = (error: unknown): number =>
      error instanceof Error ? 1 + depthOf(error.cause) : 0;
    const [short] = await caught(fail(() => chain(50)));
    expect(depthOf(short.cause)).toBe(51);
    const [long, replayed] = await caught(fail(() => chain(5000)));
    expect(depthOf(long.cause)).toBeGreaterThan(200);
    expect(depthOf(long.cause)).toBeLessThan(5000);
    expect(depthOf(replayed.cause)).toBe(depthOf(long.cause));
  });

  test("keeps its small fields where a large one does not fit", async () => {
    const [first] = await caught(
      fail(() =>
        Object.assign(new Error("bad gateway"), {
          code: "EGATEWAY",
          body: "x".repeat(100_000),
          status: 502,
        }),
      ),
    );
    expect(first.cause).toMatchObject({ code: "EGATEWAY", status: 502 });
    expect(first.cause).not.toHaveProperty("body");
  });

  test("is no error of ours because it is called like one", async () => {
    class InvalidArgumentError extends Error {
      override readonly name = "InvalidArgumentError";
      readonly code = "UND_ERR_INVALID_ARG";
    }
    const [first] = await caught(fail(() => new InvalidArgumentError("of another library")));
    expect(first.cause).toMatchObject({ code: "UND_ERR_INVALID_ARG" });
    class OtherStepError extends Error {
      override readonly name = "StepError";
    }
    const [other] = await caught(
      fail(() => new OtherStepError("of another library", { cause: new Error("why") })),
    );
    expect(StepError.is(other.cause)).toBe(false);
    expect(other.cause).toMatchObject({ name: "StepError", cause: { message: "why" } });
  });
});

describe("an error that nobody catches", () => {
  test("fails the execution with all that it carries", async () => {
    const handler = withDurableExecution(async (_: unknown, context) =>
      context.runInChildContext("order", (child) =>
        child.step(
          "charge",
          () => {
            throw new Declined("no money", { cause: new TypeError("bad answer") });
          },
          once,
        ),
      ),
    );
    const { error } = await new DurableTestRunner(handler).run();
    expect(error).toMatchObject({
      ErrorType: "ChildContextError",
      ErrorMessage:
        'Child context "order" failed: StepError: Step "charge" failed: Declined: no money',
    });
    const data = JSON.parse(error?.ErrorData ?? "") as unknown;
    expect(data).toMatchObject({
      name: "order",
      cause: {
        ErrorType: "StepError",
        ErrorData: {
          name: "charge",
          cause: {
            ErrorType: "Declined",
            ErrorData: {
              code: "CARD_DECLINED",
              cause: { ErrorType: "TypeError", ErrorMessage: "bad answer" },
            },
          },
        },
      },
    });
    expect(error?.StackTrace?.[0]).toContain("errors-carried.test.ts");
    expect(error?.StackTrace?.join("\n")).toContain("Caused by Declined: no money\n    at ");
  });

  test("of the handler's own carries as much", async () => {
    const handler = withDurableExecution(async () => {
      throw new Declined("no money", { cause: "declined by issuer" });
    });
    const { error } = await new DurableTestRunner(handler).run();
    expect(error).toMatchObject({
      ErrorType: "Declined",
      ErrorData:
        '{"code":"CARD_DECLINED","card":{"last4":"4242","attempts":2},"cause":{"value":"declined by issuer"}}',
    });
  });

  test("gives a history that is the same on every machine", async () => {
    const handler = withDurableExecution(async (_: unknown, context) =>
      context.step(
        "charge",
        () => {
          throw new Declined("no money", { cause: new TypeError("bad answer") });
        },
        once,
      ),
    );
    const { history } = await new DurableTestRunner(handler).run();
    expect(JSON.stringify(history)).not.toContain("errors-carried");
  });
});

/** Every way to fail, none of which leaves user code without a line of its own. */
const failures: readonly {
  readonly what: string;
  readonly fail: (context: DurableContext) => Promise<unknown>;
  readonly options?: ConstructorParameters<typeof DurableTestRunner>[1];
}[] = [
  {
    what: "a step that throws",
    fail: async (context) =>
      await context.step(
        "charge",
        () => {
          throw new Error("x");
        },
        once,
      ),
  },
  {
    what: "a step whose result is a BigInt",
    fail: async (context) => await context.step("charge", () => 12n),
  },
  {
    what: "a step whose result is too large",
    fail: async (context) => await context.step("charge", () => "x".repeat(300_000)),
  },
  {
    what: "a child context",
    fail: async (context) =>
      await context.runInChildContext("order", async () => {
        throw new Error("x");
      }),
  },
  {
    what: "a child context that is recorded flat",
    fail: async (context) =>
      await context.runInChildContext(
        "order",
        async () => {
          throw new Error("x");
        },
        { nesting: "FLAT" },
      ),
  },
  {
    what: "a callback that fails",
    fail: async (context) => await (await context.createCallback("cb")).result(),
    options: { callbacks: { cb: respond.failure(new Error("no")) } },
  },
  {
    what: "a callback that times out",
    fail: async (context) =>
      await context.waitForCallback("cb", () => {}, { timeout: { seconds: 5 } }),
    options: { callbacks: { cb: respond.never() } },
  },
  {
    what: "a wait for a callback that times out",
    fail: async (context) =>
      await context.waitForCallback(await context.createCallback("cb"), {
        timeout: { seconds: 5 },
      }),
    options: { callbacks: { cb: respond.success(1).after({ hours: 1 }) } },
  },
  {
    what: "a submitter",
    fail: async (context) =>
      await context.waitForCallback(
        "cb",
        () => {
          throw new Error("x");
        },
        once,
      ),
    options: { callbacks: { cb: respond.never() } },
  },
  {
    what: "a function that is invoked",
    fail: async (context) => await context.invoke("fails", {}),
    options: {
      functions: {
        fails: () => {
          throw new Error("x");
        },
      },
    },
  },
  {
    what: "a condition",
    fail: async (context) =>
      await context.waitForCondition(
        "job",
        () => {
          throw new Error("x");
        },
        { initialState: 0, waitStrategy: () => ({ shouldContinue: false }) },
      ),
  },
  {
    what: "a combinator",
    fail: async (context) => await context.promise.any("any", [Promise.reject(new Error("x"))]),
  },
  {
    what: "an item of a map",
    fail: async (context) => {
      const batch = await context.map("ship", [1], async () => {
        throw new Error("x");
      });
      batch.throwIfError();
    },
  },
  {
    what: "a reason of allSettled",
    fail: async (context) => {
      const [outcome] = await context.promise.allSettled("all", [
        context.runInChildContext("order", async () => {
          throw new Error("x");
        }),
      ]);
      if (outcome.status === "rejected") throw outcome.reason as Error;
    },
  },
  {
    what: "a call that cannot be right",
    fail: async (context) => await context.step(7 as never),
  },
  {
    what: "a duration that cannot be right",
    fail: async (context) => await context.wait({ seconds: -1 }),
  },
  {
    what: "a promise that is awaited together with others",
    fail: async (context) =>
      await Promise.all([
        context.wait({ hours: 1 }),
        context.step(
          "charge",
          () => {
            throw new Error("x");
          },
          once,
        ),
      ]),
  },
];

describe("the stack that a user sees", () => {
  test.for(failures)("of $what leads to their code, on every run", async ({ fail, options }) => {
    const [first, replayed] = await caught(fail, options);
    for (const error of [first, replayed]) {
      expect(error.stack).toMatch(new RegExp(`^${error.name}: `));
      expect(error.stack).toContain("errors-carried.test.ts");
      expect(error.stack).not.toContain("runtime/src");
    }
    expect(replayed.stack).toBe(first.stack);
  });

  test("of a step that was retried is where it failed at last", async () => {
    const [first, replayed] = await caught((context) =>
      context.step(
        "charge",
        () => {
          throw new Error("x");
        },
        { retryStrategy: retryPresets.linear },
      ),
    );
    expect(lineOf(first.cause)).toContain("errors-carried.test.ts");
    expect(replayed.stack).toBe(first.stack);
  });

  test("of a promise that is awaited too late is where the step failed", async () => {
    const [first, replayed] = await caught(async (context) => {
      const charged = context.step(
        "charge",
        function charging() {
          throw new Error("x");
        },
        once,
      );
      await context.wait({ seconds: 1 });
      return charged;
    });
    for (const error of [first, replayed]) expect(lineOf(error)).toContain("charging");
  });

  test("of an error without any is its message, not a way through this package", async () => {
    const [first] = await caught(
      async (context) => {
        const late = context.waitForCallback("cb", () => {}, { timeout: { seconds: 1 } });
        await context.wait({ seconds: 2 });
        return late;
      },
      { callbacks: { cb: respond.never() } },
    );
    expect(CallbackTimeoutError.is(first)).toBe(true);
    expect(first.stack).toBe(`CallbackTimeoutError: ${first.message}`);
  });
});

describe("an error of ours that crosses a context", () => {
  test("is itself again, with what was added to it", async () => {
    const [first, replayed] = await caught(
      (context) =>
        context.runInChildContext("order", async (child) => {
          try {
            await child.waitForCallback("cb", () => {}, { timeout: { seconds: 1 } });
          } catch (error) {
            throw Object.assign(error as Error, { escalated: true, code: "MINE" });
          }
        }),
      { callbacks: { cb: respond.never() } },
    );
    expect(ChildContextError.is(first)).toBe(true);
    expect(CallbackTimeoutError.is(first.cause)).toBe(true);
    expect(first.cause).toMatchObject({
      callbackName: "cb",
      reason: "timeout",
      code: "CALLBACK_TIMEOUT",
      escalated: true,
    });
    expect(visible(replayed)).toEqual(visible(first));
  });

  test("may be one that has nothing of its own", async () => {
    const [first] = await caught((context) =>
      context.runInChildContext(async () => {
        throw new BatchCompletionError();
      }),
    );
    expect(BatchCompletionError.is(first.cause)).toBe(true);
  });
});
