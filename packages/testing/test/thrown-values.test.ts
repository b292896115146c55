import {
  createRetryStrategy,
  type DurableContext,
  withDurableExecution,
} from "@durabletest/runtime";
import { describe, expect, test } from "vitest";
import { DurableTestRunner } from "../src/index.ts";

const once = createRetryStrategy({ maxAttempts: 1 });

const revoked = (): unknown => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};
const unreadable = (property: string): Error =>
  Object.defineProperty(new Error("x"), property, {
    get() {
      throw new Error("not to be read");
    },
  });

/** What handler code may throw although no error looks like that, and what is recorded of it. */
const thrown: readonly {
  readonly what: string;
  readonly make: () => unknown;
  readonly type: string;
  readonly message: string;
}[] = [
  {
    what: "a stack that is no text",
    make: () => Object.assign(new Error("x"), { stack: 42 }),
    type: "Error",
    message: "x",
  },
  {
    what: "a message that is an object",
    make: () => Object.assign(new Error("x"), { message: { a: 1 } }),
    type: "Error",
    message: '{"a":1}',
  },
  {
    what: "a message that is a BigInt",
    make: () => Object.assign(new TypeError("x"), { message: 1n }),
    type: "TypeError",
    message: "1n",
  },
  {
    what: "no message",
    make: () => Object.assign(new Error("x"), { message: undefined }),
    type: "Error",
    message: "",
  },
  {
    what: "a name that is a symbol",
    make: () => Object.assign(new Error("x"), { name: Symbol("n") }),
    type: "Symbol(n)",
    message: "x",
  },
  {
    what: "a name that is a number",
    make: () => Object.assign(new Error("x"), { name: 404 }),
    type: "404",
    message: "x",
  },
  {
    what: "a message that cannot be read",
    make: () => unreadable("message"),
    type: "Error",
    message: "",
  },
  {
    what: "a name that cannot be read",
    make: () => unreadable("name"),
    type: "Error",
    message: "x",
  },
  {
    what: "a stack that cannot be read",
    make: () => unreadable("stack"),
    type: "Error",
    message: "x",
  },
  { what: "nothing behind it", make: revoked, type: "Error", message: "Thrown: an object" },
  {
    what: "no prototype",
    make: () => Object.setPrototypeOf({ code: 7 }, null) as unknown,
    type: "Error",
    message: 'Thrown: {"code":7}',
  },
  {
    what: "a toJSON that gives nothing",
    make: () => ({ toJSON: () => undefined }),
    type: "Error",
    message: "Thrown: [object Object]",
  },
];

const ways: readonly {
  readonly way: string;
  readonly call: (context: DurableContext, act: () => never) => Promise<unknown>;
}[] = [
  { way: "step", call: (context, act) => context.step("work", act, { retryStrategy: once }) },
  { way: "child context", call: (context, act) => context.runInChildContext(async () => act()) },
  {
    way: "submitter",
    call: (context, act) => context.waitForCallback(act, { retryStrategy: once }),
  },
  { way: "handler", call: async (_, act) => act() },
];

describe.concurrent.for(ways)("a $way that throws something with", ({ way, call }) => {
  test.for(thrown)("$what fails, and says what can be said", async ({ make, type, message }) => {
    const handler = withDurableExecution(async (_: unknown, context) =>
      call(context, () => {
        throw make();
      }),
    );
    const result = await new DurableTestRunner(handler).run();
    expect(result.status).toBe("FAILED");
    const { ErrorType, ErrorMessage } = result.error ?? {};
    if (way === "handler")
      expect({ ErrorType, ErrorMessage }).toEqual({ ErrorType: type, ErrorMessage: message });
    else expect(ErrorMessage).toContain(message === "" ? type : `${type}: ${message}`);
  });
});

test("a retry strategy gets what was thrown, as it is", async () => {
  class Odd extends Error {
    override readonly name = "Odd";
    override get message(): string {
      throw new Error("not to be read");
    }
  }
  const seen: unknown[] = [];
  const handler = withDurableExecution(async (_: unknown, context) =>
    context.step(
      "work",
      () => {
        throw new Odd();
      },
      {
        retryStrategy: (error) => {
          seen.push(error instanceof Odd);
          return { shouldRetry: false };
        },
      },
    ),
  );
  const result = await new DurableTestRunner(handler).run();
  expect(result.status).toBe("FAILED");
  expect(seen).toEqual([true]);
});

test("a serdes that throws something odd fails the step", async () => {
  const handler = withDurableExecution(async (_: unknown, context) =>
    context.step("work", () => 1, {
      serdes: {
        serialize: () => {
          throw Object.assign(new Error("x"), { message: Symbol("odd") });
        },
        deserialize: () => 1,
      },
    }),
  );
  const result = await new DurableTestRunner(handler).run();
  expect(result.error?.ErrorMessage).toContain(
    'The result of step "work" cannot be serialised: Symbol(odd).',
  );
});

test("a payload that has no JSON form does not keep a validation error from being recorded", async () => {
  const handler = withDurableExecution(async (_: unknown, context) =>
    context.runInChildContext(async (child) => {
      const callback = await child.createCallback<bigint>("cb", {
        serdes: { serialize: String, deserialize: BigInt },
        schema: {
          "~standard": {
            version: 1,
            vendor: "test",
            validate: () => ({ issues: [{ message: "too big" }] }),
          },
        },
      });
      return callback.result();
    }),
  );
  const runner = new DurableTestRunner(handler);
  await runner.run();
  const result = await runner.callback("cb").succeed(12);
  expect(result.status).toBe("FAILED");
  expect(result.error?.ErrorMessage).toContain("too big");
});
