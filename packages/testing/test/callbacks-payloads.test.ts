import {
  type CallbackConfig,
  CallbackValidationError,
  type CallbackOutcome,
  type Serdes,
  SerdesError,
  type StandardSchemaV1,
  withDurableExecution,
} from "@durabletest/runtime";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { DurableTestRunner, respond } from "../src/index.ts";
import { eventsOf, operationsOf } from "./support/history.ts";

/** Every way to wait for one callback, each followed by a replay. */
function waitingWith<T>(config: CallbackConfig<T>) {
  const values: unknown[] = [];
  const errors: unknown[] = [];
  const collect = (promise: Promise<unknown>): Promise<unknown> =>
    promise.then(
      (value) => values.push(value),
      (error: unknown) => errors.push(error),
    );
  const ways = {
    "result()": withDurableExecution(async (_: unknown, context) => {
      const callback = await context.createCallback("order", config);
      await collect(callback.result());
      await context.wait("then", { seconds: 1 });
    }),
    "waitForCallback by id": withDurableExecution(async (_: unknown, context) => {
      const callback = await context.createCallback("order", config);
      await collect(context.waitForCallback(callback));
      await context.wait("then", { seconds: 1 });
    }),
    "waitForCallback with a timeout": withDurableExecution(async (_: unknown, context) => {
      const callback = await context.createCallback("order", config);
      await collect(context.waitForCallback(callback.callbackId, { timeout: { hours: 1 } }));
      await context.wait("then", { seconds: 1 });
    }),
    "waitForCallback with a submitter": withDurableExecution(async (_: unknown, context) => {
      await collect(context.waitForCallback("order", () => {}, config));
      await context.wait("then", { seconds: 1 });
    }),
  };
  return { ways, values, errors };
}

const everyWay = [
  "result()",
  "waitForCallback by id",
  "waitForCallback with a timeout",
  "waitForCallback with a submitter",
] as const;

describe("serdes", () => {
  const dates: Serdes<Date> = {
    serialize: (date) => date?.toISOString(),
    deserialize: (text) => new Date(JSON.parse(text) as string),
  };

  test.for(everyWay)("reads the payload for %s, the same on every replay", async (way) => {
    const { ways, values } = waitingWith({ serdes: dates });
    const runner = new DurableTestRunner(ways[way]);
    await runner.run();
    await runner.callback("order").succeed("2026-01-01T00:00:00.000Z");
    expect(values).toEqual([
      new Date("2026-01-01T00:00:00.000Z"),
      new Date("2026-01-01T00:00:00.000Z"),
    ]);
  });

  test.for(everyWay)("may be asynchronous, for %s", async (way) => {
    const { ways, values } = waitingWith<string>({
      serdes: {
        serialize: async (text) => text,
        deserialize: async (text) => text.toUpperCase(),
      },
    });
    const runner = new DurableTestRunner(ways[way]);
    await runner.run();
    await runner.callback("order").succeed(new TextEncoder().encode("plain text"));
    expect(values).toEqual(["PLAIN TEXT", "PLAIN TEXT"]);
  });

  test.for(everyWay)("is not asked about an empty payload, for %s", async (way) => {
    let asked = 0;
    const { ways, values } = waitingWith<string>({
      serdes: {
        serialize: (text) => text,
        deserialize: (text) => {
          asked += 1;
          return text;
        },
      },
    });
    const runner = new DurableTestRunner(ways[way]);
    await runner.run();
    await runner.callback("order").succeed();
    expect(values).toEqual([undefined, undefined]);
    expect(asked).toBe(0);
  });

  test.for(everyWay)(
    "that throws makes a SerdesError that names the callback, for %s",
    async (way) => {
      const { ways, errors } = waitingWith<string>({
        serdes: {
          serialize: (text) => text,
          deserialize: () => {
            throw new RangeError("unreadable");
          },
        },
      });
      const runner = new DurableTestRunner(ways[way]);
      await runner.run();
      await runner.callback("order").succeed("x");
      expect(errors).toHaveLength(2);
      for (const error of errors) {
        expect(SerdesError.is(error)).toBe(true);
        expect((error as Error).message).toBe(
          'The payload of callback "order" cannot be deserialised: unreadable',
        );
      }
    },
  );

  test("that rejects makes a SerdesError as well", async () => {
    const { ways, errors } = waitingWith<string>({
      serdes: {
        serialize: (text) => text,
        deserialize: () => Promise.reject(new RangeError("unreadable")),
      },
    });
    const runner = new DurableTestRunner(ways["result()"]);
    await runner.run();
    await runner.callback("order").succeed("x");
    expect(SerdesError.is(errors[0])).toBe(true);
  });

  test("is JSON unless given, and bytes that are no JSON make a SerdesError", async () => {
    const { ways, errors } = waitingWith<string>({});
    const runner = new DurableTestRunner(ways["result()"]);
    await runner.run();
    await runner.callback("order").succeed(new TextEncoder().encode("{not json"));
    expect(SerdesError.is(errors[0])).toBe(true);
    expect((errors[0] as Error).message).toContain('callback "order"');
    expect((errors[0] as Error).cause).toBeInstanceOf(SyntaxError);
  });

  test("of the whole handler is used where a callback has none of its own", async () => {
    const shouting: Serdes<unknown> = {
      serialize: (value) => (value === undefined ? undefined : JSON.stringify(value)),
      deserialize: (text) => (JSON.parse(text) as string).toUpperCase(),
    };
    const handler = withDurableExecution(
      async (_: unknown, context) => {
        const callback = await context.createCallback<string>("order");
        return callback.result();
      },
      { serdes: shouting },
    );
    const runner = new DurableTestRunner(handler);
    await runner.run();
    const result = await runner.callback("order").succeed("hello");
    expect(result.result).toBe("HELLO");
  });
});

describe("schema", () => {
  const order = z.object({ id: z.string(), items: z.array(z.object({ price: z.number() })) });
  const asynchronous = order.refine(async ({ id }) => id !== "taken", "the id is taken");

  test.for(everyWay)("lets a payload through that fits, for %s", async (way) => {
    const { ways, values } = waitingWith({ schema: order });
    const runner = new DurableTestRunner(ways[way]);
    await runner.run();
    await runner.callback("order").succeed({ id: "o-1", items: [{ price: 3 }], extra: true });
    expect(values).toEqual([
      { id: "o-1", items: [{ price: 3 }] },
      { id: "o-1", items: [{ price: 3 }] },
    ]);
  });

  test.for(everyWay)(
    "makes a CallbackValidationError of a payload that does not fit, the same on every replay, for %s",
    async (way) => {
      const { ways, errors } = waitingWith({ schema: order });
      const runner = new DurableTestRunner(ways[way]);
      await runner.run();
      await runner.callback("order").succeed({ id: 7, items: [{ price: "free" }] });
      expect(errors).toHaveLength(2);
      for (const error of errors) {
        expect(CallbackValidationError.is(error)).toBe(true);
        expect(error).toMatchObject({
          code: "CALLBACK_VALIDATION_FAILED",
          callbackName: "order",
          callbackId: runner.callback("order").callbackId,
          payload: { id: 7, items: [{ price: "free" }] },
        });
        const { issues, message } = error as CallbackValidationError;
        expect(issues.map(({ path }) => path?.map(String).join("."))).toEqual([
          "id",
          "items.0.price",
        ]);
        expect(message).toContain('callback "order"');
        expect(message).toContain("items.0.price: ");
      }
      expect((errors[1] as Error).message).toBe((errors[0] as Error).message);
    },
  );

  test.for(everyWay)("may be asynchronous, for %s", async (way) => {
    const { ways, errors, values } = waitingWith({ schema: asynchronous });
    const runner = new DurableTestRunner(ways[way]);
    await runner.run();
    await runner.callback("order").succeed({ id: "taken", items: [] });
    expect(values).toEqual([]);
    expect(errors).toHaveLength(2);
    expect(CallbackValidationError.is(errors[1])).toBe(true);
    expect(errors[1]).toMatchObject({ issues: [{ message: "the id is taken" }] });
  });

  test("transforms what it validates", async () => {
    const { ways, values } = waitingWith({ schema: z.object({ at: z.coerce.date() }) });
    const runner = new DurableTestRunner(ways["result()"]);
    await runner.run();
    await runner.callback("order").succeed({ at: "2026-01-01T00:00:00.000Z" });
    expect(values[0]).toEqual({ at: new Date("2026-01-01T00:00:00.000Z") });
  });

  test("sees an empty payload too: it may ask for one", async () => {
    const { ways, errors } = waitingWith({ schema: z.string() });
    const runner = new DurableTestRunner(ways["result()"]);
    await runner.run();
    await runner.callback("order").succeed();
    expect(CallbackValidationError.is(errors[0])).toBe(true);
    expect(errors[0]).toMatchObject({ payload: undefined });
    expect((errors[0] as Error).message).not.toContain(": :");
  });

  test("takes paths of segments and paths of keys, as the standard has both", async () => {
    const schema: StandardSchemaV1<unknown, string> = {
      "~standard": {
        version: 1,
        vendor: "test",
        validate: () => ({
          issues: [{ message: "bad", path: ["a", { key: 0 }, { key: "b" }] }, { message: "all" }],
        }),
      },
    };
    const { ways, errors } = waitingWith({ schema });
    const runner = new DurableTestRunner(ways["result()"]);
    await runner.run();
    await runner.callback("order").succeed("x");
    expect(errors[0]).toMatchObject({
      issues: [
        { message: "bad", path: ["a", 0, "b"] },
        { message: "all", path: undefined },
      ],
    });
    expect((errors[0] as Error).message).toContain("a.0.b: bad; all");
  });

  test("is shown in settled() as a failure", async () => {
    const outcomes: CallbackOutcome<unknown>[] = [];
    const handler = withDurableExecution(async (_: unknown, context) => {
      const callback = await context.createCallback("order", { schema: order });
      outcomes.push(await callback.settled());
    });
    const runner = new DurableTestRunner(handler);
    await runner.run();
    const result = await runner.callback("order").succeed("not an order");
    expect(result.status).toBe("SUCCEEDED");
    expect(outcomes[0]?.status).toBe("FAILED");
    if (outcomes[0]?.status === "FAILED") {
      expect(CallbackValidationError.is(outcomes[0].error)).toBe(true);
    }
    // For the service, the sender has succeeded.
    expect(operationsOf(result, "CALLBACK")[0]?.status).toBe("SUCCEEDED");
  });

  test("does not look at failures and timeouts", async () => {
    let asked = 0;
    const schema: StandardSchemaV1<unknown, string> = {
      "~standard": {
        version: 1,
        vendor: "test",
        validate: (value) => {
          asked += 1;
          return { value: String(value) };
        },
      },
    };
    const handler = withDurableExecution(async (_: unknown, context) => {
      const a = await context.createCallback("a", { schema });
      const b = await context.createCallback("b", { schema, timeout: { seconds: 1 } });
      return [(await a.settled()).status, await b.result()];
    });
    const runner = new DurableTestRunner(handler, {
      callbacks: { a: respond.failure(new Error("no")), b: respond.never() },
    });
    await runner.run();
    expect(asked).toBe(0);
  });

  test("that is broken itself is reported, not swallowed", async () => {
    const schema: StandardSchemaV1<unknown, string> = {
      "~standard": {
        version: 1,
        vendor: "test",
        validate: () => {
          throw new TypeError("the schema is broken");
        },
      },
    };
    const { ways, errors } = waitingWith({ schema });
    const runner = new DurableTestRunner(ways["result()"]);
    await runner.run();
    await runner.callback("order").succeed("x");
    expect((errors[0] as Error).message).toContain("the schema is broken");
  });

  test.for(everyWay)(
    "still makes a CallbackValidationError of a large payload, for %s",
    async (way) => {
      const { ways, errors } = waitingWith({ schema: z.object({ id: z.string() }) });
      const runner = new DurableTestRunner(ways[way]);
      await runner.run();
      await runner.callback("order").succeed({ id: 7, text: "x".repeat(100_000) });
      expect(errors.map((error) => CallbackValidationError.is(error))).toEqual([true, true]);
    },
  );
});

describe("the settings of a callback", () => {
  test.for(["schema", "serdes"] as const)(
    "still hold when it was made in a child context that has closed: %s",
    async (setting) => {
      const config: CallbackConfig<unknown> =
        setting === "schema"
          ? { schema: z.string().transform((text) => text.toUpperCase()) }
          : {
              serdes: {
                serialize: (value) => JSON.stringify(value),
                deserialize: (text) => (JSON.parse(text) as string).toUpperCase(),
              },
            };
      const handler = withDurableExecution(async (_: unknown, context) => {
        const id = await context.runInChildContext(
          "child",
          async (child) => (await child.createCallback("order", config)).callbackId,
        );
        return context.waitForCallback(id);
      });
      const runner = new DurableTestRunner(handler);
      await runner.run();
      const result = await runner.callback("order").succeed("hello");
      expect(result.result).toBe("HELLO");
    },
  );

  test("made in a step do not hold outside it, whichever invocation waits", async () => {
    const seen: unknown[] = [];
    const handler = withDurableExecution(async (_: unknown, context) => {
      const id = await context.step("ask", async (step) => {
        const callback = await step.createCallback("order", {
          schema: z.string().transform((text) => text.toUpperCase()),
        });
        await runner.callback("order").succeed("hello");
        return callback.callbackId;
      });
      seen.push(await context.waitForCallback(id));
      await context.wait({ hours: 1 });
    });
    const runner: DurableTestRunner = new DurableTestRunner(handler);
    await runner.run();
    expect(seen).toEqual(["hello", "hello"]);
  });
});

describe("failures", () => {
  const failing = { ErrorType: "Declined", ErrorMessage: "no", StackTrace: ["at them (a:1:1)"] };

  test.for(everyWay)("carry the sender's stack trace, for %s", async (way) => {
    const { ways, errors } = waitingWith({});
    const runner = new DurableTestRunner(ways[way]);
    await runner.run();
    await runner.callback("order").fail(failing);
    expect(errors).toHaveLength(2);
    for (const error of errors) {
      expect(error).toMatchObject({
        name: "CallbackExternalError",
        errorType: "Declined",
        stackTrace: ["at them (a:1:1)"],
      });
    }
  });

  test.for(everyWay)("stay CallbackExternalErrors when they say a lot, for %s", async (way) => {
    const { ways, errors } = waitingWith({});
    const runner = new DurableTestRunner(ways[way]);
    await runner.run();
    await runner.callback("order").fail({ ...failing, ErrorData: "x".repeat(100_000) });
    expect(errors.map((error) => (error as { code?: string }).code)).toEqual([
      "CALLBACK_FAILED",
      "CALLBACK_FAILED",
    ]);
  });

  test("stand in the history without the stack, which differs between machines", async () => {
    const { ways } = waitingWith({});
    const runner = new DurableTestRunner(ways["result()"]);
    await runner.run();
    const result = await runner.callback("order").fail(failing);
    expect(eventsOf(result, "CallbackFailed")[0]?.CallbackFailedDetails.Error.Payload).toEqual({
      ErrorType: "Declined",
      ErrorMessage: "no",
    });
    expect(operationsOf(result, "CALLBACK")[0]?.error).toEqual(failing);
  });
});
