import {
  type DurableContext,
  SerdesError,
  type Serdes,
  StepError,
  withDurableExecution,
} from "@durabletest/runtime";
import { describe, expect, test } from "vitest";
import { DurableTestRunner } from "../src/index.ts";

const returning = (what: unknown): Serdes<unknown> => ({
  serialize: () => what as string,
  deserialize: (text) => text,
});

/** A promise as a library might bring its own. */
const thenable = (value: unknown): unknown => ({
  // oxlint-disable-next-line unicorn/no-thenable -- that is what it is
  then: (resolve: (value: unknown) => void) => resolve(value),
});

const wrong: readonly { readonly what: string; readonly made: () => unknown }[] = [
  { what: "a number", made: () => 7 },
  { what: "null", made: () => null },
  { what: "bytes", made: () => new Uint8Array([1]) },
  { what: "a promise of a number", made: async () => 7 },
  { what: "a promise of null", made: async () => null },
  { what: "a promise of an object", made: async () => ({ text: "x" }) },
  { what: "another library's promise of a number", made: () => thenable(7) },
];

const places: readonly {
  readonly where: string;
  readonly call: (context: DurableContext, serdes: Serdes<unknown>) => Promise<unknown>;
}[] = [
  { where: "a step", call: (context, serdes) => context.step("s", () => 1, { serdes }) },
  {
    where: "a child context",
    call: (context, serdes) => context.runInChildContext("s", async () => 1, { serdes }),
  },
  {
    where: "the input of an invoke",
    call: (context, payloadSerdes) => context.invoke("echo", 1, { payloadSerdes }),
  },
  {
    where: "a condition",
    call: (context, serdes) =>
      context.waitForCondition("s", () => 1, {
        initialState: 1,
        serdes,
        waitStrategy: () => ({ shouldContinue: false }),
      }),
  },
  {
    where: "the items of a map",
    call: (context, itemSerdes) =>
      context
        .map("s", [1], () => 1, { itemSerdes })
        .then((batch) => {
          batch.throwIfError();
        }),
  },
];

describe("a serdes that returns", () => {
  for (const { where, call } of places) {
    test.for(wrong)(`$what for ${where} is told what it must return`, async ({ made }) => {
      const handler = withDurableExecution(async (_: unknown, context) => {
        await call(context, returning(made()));
      });
      const { status, error } = await new DurableTestRunner(handler, {
        functions: { echo: (input) => input },
      }).run();
      expect(status).toBe("FAILED");
      expect(error?.ErrorMessage).toMatch(/serialize returned \w+ instead of text: /);
    });
  }

  test.for(wrong)("$what for the handler is told what it must return", async ({ made }) => {
    const handler = withDurableExecution(async () => 1, { serdes: returning(made()) });
    const { error } = await new DurableTestRunner(handler).run();
    expect(error).toMatchObject({
      ErrorType: "SerdesError",
      ErrorMessage: expect.stringMatching(/serialize returned \w+ instead of text/) as string,
    });
  });

  test("text in a promise of another library is as good as any", async () => {
    const handler = withDurableExecution(async (_: unknown, context) =>
      context.step("s", () => "x", {
        serdes: {
          serialize: (text) => thenable(`<${text}>`) as Promise<string>,
          deserialize: (text) => thenable(text.slice(1, -1)) as Promise<string>,
        },
      }),
    );
    expect((await new DurableTestRunner(handler).run()).result).toBe("x");
  });
});

describe("a value that JSON cannot write", () => {
  test.for([
    { what: "a BigInt", make: (): unknown => 12n, says: "BigInt" },
    { what: "a BigInt within", make: (): unknown => ({ list: [12n] }), says: "BigInt" },
    { what: "a ring", make: ring, says: "circular" },
    { what: "a function", make: (): unknown => () => 1, says: "a function has no JSON form" },
  ])("as a step's result is a SerdesError at once: $what", async ({ make, says }) => {
    let runs = 0;
    const errors: unknown[] = [];
    const handler = withDurableExecution(async (_: unknown, context) =>
      context
        .step("s", () => {
          runs += 1;
          return make();
        })
        .catch((error: unknown) => {
          errors.push(error);
        }),
    );
    const result = await new DurableTestRunner(handler).run();
    expect(result.status).toBe("SUCCEEDED");
    expect(runs).toBe(1);
    expect(StepError.is(errors[0])).toBe(true);
    const { cause } = errors[0] as Error;
    expect(SerdesError.is(cause)).toBe(true);
    expect((cause as Error).message).toMatch(/^The result of step "s" cannot be serialised: /);
    expect((cause as Error).message).toContain(says);
    expect(((cause as Error).cause as Error).name).toBe("TypeError");
  });

  test("as the first state of a condition is told before the first check", async () => {
    let checks = 0;
    const handler = withDurableExecution(async (_: unknown, context) =>
      context.waitForCondition(
        "job",
        (state: unknown) => {
          checks += 1;
          return state;
        },
        { initialState: 12n, waitStrategy: () => ({ shouldContinue: false }) },
      ),
    );
    const { error } = await new DurableTestRunner(handler).run();
    expect(error?.ErrorMessage).toContain(
      'The initial state of waitForCondition "job" cannot be serialised',
    );
    expect(checks).toBe(0);
  });
});

function ring(): unknown {
  const value: { self?: unknown } = {};
  value.self = value;
  return value;
}

test("every check of a condition gets its state in the same form, the first included", async () => {
  const seen: unknown[] = [];
  const handler = withDurableExecution(async (_: unknown, context) =>
    context.waitForCondition(
      "job",
      (state) => {
        seen.push(state.since);
        return { since: new Date(state.since), checks: state.checks + 1 };
      },
      {
        initialState: { since: new Date(0), checks: 0 },
        waitStrategy: ({ checks }) =>
          checks < 2 ? { shouldContinue: true, delay: { seconds: 1 } } : { shouldContinue: false },
      },
    ),
  );
  const { result } = await new DurableTestRunner(handler).run();
  expect(seen).toEqual(["1970-01-01T00:00:00.000Z", "1970-01-01T00:00:00.000Z"]);
  expect(result).toEqual({ since: "1970-01-01T00:00:00.000Z", checks: 2 });
});

test("a state that becomes undefined is undefined in the next check", async () => {
  const seen: unknown[] = [];
  const handler = withDurableExecution(async (_: unknown, context) =>
    context.waitForCondition<number | undefined>(
      "job",
      (state) => {
        seen.push(state);
        return seen.length < 2 ? undefined : 7;
      },
      {
        initialState: 1,
        waitStrategy: (state) =>
          state === undefined
            ? { shouldContinue: true, delay: { seconds: 1 } }
            : { shouldContinue: false },
      },
    ),
  );
  const { result } = await new DurableTestRunner(handler).run();
  expect(seen).toEqual([1, undefined]);
  expect(result).toBe(7);
});
