import {
  createRetryStrategy,
  type DurableContext,
  InvalidArgumentError,
  withDurableExecution,
  withRetry,
} from "@durabletest/runtime";
import { expect, test } from "vitest";
import { DurableTestRunner } from "../src/index.ts";

/** A config that JavaScript, or a cast, lets through. */
const as = (config: unknown): never => config as never;

interface BadConfig {
  readonly what: string;
  readonly call: (context: DurableContext) => Promise<unknown>;
  /** Where, which option, what was given, what is allowed. */
  readonly says: string;
}

const body = (): number => 1;

const badConfigs: readonly BadConfig[] = [
  {
    what: "a misspelt option of a step",
    call: (context) => context.step("charge", body, as({ semantic: "AtMostOncePerRetry" })),
    says: 'step "charge": there is no option "semantic", which was given as "AtMostOncePerRetry". The options are retryStrategy, semantics, serdes. Did you mean "semantics"?',
  },
  {
    what: "semantics that do not exist",
    call: (context) => context.step(body, as({ semantics: "AtMostOnce" })),
    says: 'step: semantics: "AtMostOnce" is none of "AtLeastOncePerRetry", "AtMostOncePerRetry".',
  },
  {
    what: "semantics of another SDK",
    call: (context) => context.step(body, as({ semantics: "AT_MOST_ONCE_PER_RETRY" })),
    says: 'semantics: "AT_MOST_ONCE_PER_RETRY" is none of',
  },
  {
    what: "semantics that are null",
    call: (context) => context.step(body, as({ semantics: null })),
    says: "semantics: null is none of",
  },
  {
    what: "a retry strategy that is a text",
    call: (context) => context.step("charge", body, as({ retryStrategy: "always" })),
    says: 'step "charge": retryStrategy: "always" is no function (error, attempt) => { shouldRetry, delay? }.',
  },
  {
    what: "the settings of a retry strategy in its place",
    call: (context) => context.step(body, as({ retryStrategy: { maxAttempts: 3 } })),
    says: 'retryStrategy: {"maxAttempts":3} is no function',
  },
  {
    what: "a step's serdes without functions",
    call: (context) => context.step(body, as({ serdes: {} })),
    says: "serdes: {} is no object with the functions serialize, deserialize.",
  },
  {
    what: "JSON for a serdes",
    call: (context) => context.step(body, as({ serdes: JSON })),
    says: "is no object with the functions serialize, deserialize.",
  },
  {
    what: "a list for a config",
    call: (context) => context.step(body, as([])),
    says: "step: the config [] is no object.",
  },
  {
    what: "a function for a config",
    call: (context) => context.step(body, as(body)),
    says: "step: the config function body is no object.",
  },
  {
    what: "a misspelt option of a callback",
    call: (context) => context.createCallback("approval", as({ heartbeat: { hours: 1 } })),
    says: 'createCallback "approval": there is no option "heartbeat", which was given as {"hours":1}. The options are timeout, heartbeatTimeout, serdes, schema. Did you mean "heartbeatTimeout"?',
  },
  {
    what: "a schema that is a function",
    call: (context) => context.createCallback(as({ schema: () => true })),
    says: "createCallback: schema: function schema is no Standard Schema (zod, valibot, arktype …).",
  },
  {
    what: "a schema that is an object",
    call: (context) => context.createCallback(as({ schema: { type: "string" } })),
    says: "is no Standard Schema",
  },
  {
    what: "a schema without a function to validate",
    call: (context) => context.createCallback(as({ schema: { "~standard": { version: 1 } } })),
    says: "is no Standard Schema",
  },
  {
    what: "a callback's serdes",
    call: (context) => context.createCallback(as({ serdes: { serialize: body } })),
    says: 'createCallback: serdes: {"serialize":function body}',
  },
  {
    what: "a misspelt option of a wait for a callback",
    call: async (context) => context.waitForCallback("some id", as({ timeOut: { hours: 1 } })),
    says: 'waitForCallback: there is no option "timeOut", which was given as {"hours":1}. The options are name, timeout. Did you mean "timeout"?',
  },
  {
    what: "a retry strategy for a submitter",
    call: (context) => context.waitForCallback("ask", () => {}, as({ retryStrategy: {} })),
    says: 'waitForCallback "ask": retryStrategy: {} is no function',
  },
  {
    what: "a misspelt option for a submitter",
    call: (context) => context.waitForCallback("ask", () => {}, as({ retry: body })),
    says: "The options are timeout, heartbeatTimeout, serdes, schema, retryStrategy.",
  },
  {
    what: "a child context's serdes",
    call: (context) => context.runInChildContext("group", async () => 1, as({ serdes: 7 })),
    says: 'runInChildContext "group": serdes: 7 is no object',
  },
  {
    what: "a misspelt option of a child context",
    call: (context) => context.runInChildContext("group", async () => 1, as({ name: "x" })),
    says: 'there is no option "name", which was given as "x". The options are serdes, subType, errorMapper, summaryGenerator, nesting.',
  },
  {
    what: "a subtype of another operation",
    call: (context) => context.runInChildContext(async () => 1, as({ subType: "Map" })),
    says: 'subType: "Map" is no text of 1 to 32 letters, - and _ that no other operation is known by.',
  },
  {
    what: "a subtype that the service does not take",
    call: (context) => context.runInChildContext(async () => 1, as({ subType: "order 7" })),
    says: 'subType: "order 7" is no text of 1 to 32 letters',
  },
  {
    what: "an error mapper that is none",
    call: (context) => context.runInChildContext(async () => 1, as({ errorMapper: Error("x") })),
    says: "is no function (error) => Error.",
  },
  {
    what: "a misspelt option of withRetry",
    call: (context) => withRetry(context, "book", async () => 1, as({ retryStrategie: body })),
    says: 'withRetry "book": there is no option "retryStrategie", which was given as function body. The options are serdes, subType, errorMapper, summaryGenerator, nesting, retryStrategy. Did you mean "retryStrategy"?',
  },
  {
    what: "a withRetry without a function",
    call: (context) => withRetry(context, "book", as(undefined)),
    says: "withRetry: undefined is no function. Call it as withRetry(context, name?, function, config?).",
  },
];

test.for(badConfigs)("$what is refused before anything is recorded", async ({ call, says }) => {
  const errors: unknown[] = [];
  const handler = withDurableExecution(async (_: unknown, context) => {
    await Promise.race([call(context), context.wait({ seconds: 1 })]).catch((error: unknown) =>
      errors.push(error),
    );
  });
  const result = await new DurableTestRunner(handler).run();
  expect(errors).toHaveLength(1);
  expect(InvalidArgumentError.is(errors[0])).toBe(true);
  expect((errors[0] as Error).message).toContain(says);
  expect(result.operations.map(({ type }) => type)).toEqual(["WAIT"]);
});

test("inside a step, a callback's config is refused as well", async () => {
  const handler = withDurableExecution(async (_: unknown, context) =>
    context.step("ask", (step) => step.createCallback(as({ timout: { hours: 1 } })), {
      retryStrategy: () => ({ shouldRetry: false }),
    }),
  );
  const result = await new DurableTestRunner(handler).run();
  expect(result.error?.ErrorMessage).toContain('createCallback: there is no option "timout"');
});

test("what is undefined is as good as absent, and a config may be an instance of a class", async () => {
  class Settings {
    readonly retryStrategy = createRetryStrategy({ maxAttempts: 1 });
    get serdes(): undefined {
      return undefined;
    }
  }
  const handler = withDurableExecution(async (_: unknown, context) => [
    await context.step(body, as({ semantics: undefined, unknown: undefined })),
    await context.step(body, new Settings()),
    await context.step(body, undefined),
  ]);
  const result = await new DurableTestRunner(handler).run();
  expect(result.result).toEqual([1, 1, 1]);
});

test.for<{ readonly config: unknown; readonly says: string }>([
  {
    config: { loger: console },
    says: 'withDurableExecution: there is no option "loger"',
  },
  {
    config: { logger: { info: body } },
    says: "is no object with the functions debug, info, warn, error.",
  },
  {
    config: { logWhileReplaying: "yes" },
    says: 'logWhileReplaying: "yes" is neither true nor false.',
  },
  { config: { serdes: JSON }, says: "is no object with the functions serialize, deserialize." },
  {
    config: { client: {} },
    says: "client: {} is no object with the functions checkpoint, getExecutionState.",
  },
  { config: null, says: "withDurableExecution: the config null is no object." },
])("a handler's config is refused when the handler is made: $says", ({ config, says }) => {
  expect(() => withDurableExecution(async () => 1, as(config))).toThrow(says);
});

test("a misspelt option of a retry strategy is refused when it is made", () => {
  expect(() => createRetryStrategy(as({ maxRetries: 3 }))).toThrow(
    'createRetryStrategy: there is no option "maxRetries", which was given as 3. The options are maxAttempts, initialDelay, maxDelay, backoffRate, jitter, retryableErrors, retryableErrorTypes.',
  );
  expect(() => createRetryStrategy(as({ jitter: "SOME" }))).toThrow(
    'createRetryStrategy: jitter: "SOME" is none of "FULL", "HALF", "NONE".',
  );
});
