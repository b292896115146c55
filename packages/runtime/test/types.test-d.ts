import { expectTypeOf, test } from "vitest";
import {
  type BatchConfig,
  type BatchItem,
  type BatchResult,
  type Callback,
  callbackId,
  type CallbackId,
  type CallbackOutcome,
  type ChildContextError,
  createRetryStrategy,
  createWaitStrategy,
  Duration,
  type DurableContext,
  type DurableHandler,
  type RetryStrategy,
  type Serdes,
  type StandardSchemaV1,
  type StepContext,
  type WaitStrategy,
  withDurableExecution,
} from "../src/index.ts";

interface Approval {
  readonly approved: boolean;
}
declare const context: DurableContext;
declare const step: StepContext;
declare const approval: Callback<Approval>;

test("a handler carries its input and output", () => {
  const handler = withDurableExecution(async (order: { id: string }) => order.id.length);
  expectTypeOf(handler).toEqualTypeOf<DurableHandler<{ id: string }, number>>();
  expectTypeOf(handler).toBeCallableWith({}, {});
});

test("an optional name comes first, or is left out", () => {
  expectTypeOf(context.step(() => 1)).resolves.toEqualTypeOf<number>();
  expectTypeOf(context.step("name", async () => "x")).resolves.toEqualTypeOf<string>();
  expectTypeOf(context.step(undefined, () => 1, {})).resolves.toEqualTypeOf<number>();
  expectTypeOf(context.wait({ seconds: 1 })).resolves.toEqualTypeOf<void>();
  expectTypeOf(context.wait("name", Duration.fromHours(1))).resolves.toEqualTypeOf<void>();
  expectTypeOf(context.runInChildContext(async () => 1)).resolves.toEqualTypeOf<number>();
  expectTypeOf(
    context.runInChildContext("name", async (child) => child.executionArn),
  ).resolves.toEqualTypeOf<string>();
  // @ts-expect-error: a name is a text
  void context.step(7, () => 1);
});

test("a callback's type is the caller's to say, and goes where the callback goes", () => {
  expectTypeOf(context.createCallback<Approval>("approval")).resolves.toEqualTypeOf<
    Callback<Approval>
  >();
  expectTypeOf(context.createCallback()).resolves.toEqualTypeOf<Callback<unknown>>();
  expectTypeOf(approval.callbackId).toEqualTypeOf<CallbackId<Approval>>();
  expectTypeOf(approval.callbackId).toExtend<string>();
  expectTypeOf(approval.result()).resolves.toEqualTypeOf<Approval | undefined>();
  expectTypeOf(approval.settled()).resolves.toEqualTypeOf<CallbackOutcome<Approval>>();
  expectTypeOf(context.waitForCallback(approval)).resolves.toEqualTypeOf<Approval>();
  expectTypeOf(context.waitForCallback(approval.callbackId)).resolves.toEqualTypeOf<Approval>();
  expectTypeOf(step.waitForCallback(approval)).resolves.toEqualTypeOf<Approval>();
  expectTypeOf(callbackId<Approval>("text")).toEqualTypeOf<CallbackId<Approval>>();
  expectTypeOf(
    context.waitForCallback<Approval>("name", () => {}),
  ).resolves.toEqualTypeOf<Approval>();
});

test("a schema says the type of the payload", () => {
  const schema = {} as StandardSchemaV1<unknown, Approval>;
  expectTypeOf(context.createCallback("approval", { schema })).resolves.toEqualTypeOf<
    Callback<Approval>
  >();
  expectTypeOf(
    context.waitForCallback("approval", () => {}, { schema }),
  ).resolves.toEqualTypeOf<Approval>();
});

test("steps have no submitter form: a step in a step is none", () => {
  // @ts-expect-error: by callback or id only
  void step.waitForCallback("name", () => {});
  expectTypeOf(step).not.toHaveProperty("step");
  expectTypeOf(step).not.toHaveProperty("wait");
});

test("a duration has at least one unit, and only those there are", () => {
  expectTypeOf(Duration.fromMinutes(5)).toExtend<Duration>();
  expectTypeOf<{ days: 1; seconds: 2 }>().toExtend<Duration>();
  expectTypeOf<{ seconds: undefined; hours: 1 }>().not.toExtend<Duration>();
  // @ts-expect-error: no unit at all
  void context.wait({});
  // @ts-expect-error: only the harness knows milliseconds
  void context.wait({ milliseconds: 5 });
  // @ts-expect-error: there is no such unit
  void context.wait({ weeks: 1 });
  // @ts-expect-error: a number has no unit
  void context.createCallback("approval", { timeout: 60 });
});

test("a retry strategy decides from error and attempt", () => {
  expectTypeOf(createRetryStrategy()).toEqualTypeOf<RetryStrategy>();
  void context.step(() => 1, {
    retryStrategy: (error, attempt) => {
      expectTypeOf(error).toEqualTypeOf<Error>();
      expectTypeOf(attempt).toEqualTypeOf<number>();
      return { shouldRetry: true, delay: { milliseconds: 1500 } };
    },
  });
  // @ts-expect-error: it cannot be asynchronous
  void context.step(() => 1, { retryStrategy: async () => ({ shouldRetry: false }) });
  // @ts-expect-error: there are three kinds of jitter
  createRetryStrategy({ jitter: "SOME" });
});

test("an invoke's result is the caller's to say, its input need not be", () => {
  expectTypeOf(context.invoke("f", { n: 1 })).resolves.toEqualTypeOf<unknown>();
  expectTypeOf(context.invoke<Approval>("f", { n: 1 })).resolves.toEqualTypeOf<Approval>();
  expectTypeOf(
    context.invoke("f", new Date(), {
      name: "call",
      tenantId: "t",
      payloadSerdes: {
        serialize: (date) => date?.toISOString(),
        deserialize: (text) => new Date(text),
      },
      resultSerdes: {} as Serdes<number>,
    }),
  ).resolves.toEqualTypeOf<number>();
  // @ts-expect-error: a function's name is a text
  void context.invoke(7, {});
  // @ts-expect-error: there is no such option
  void context.invoke("f", {}, { tenant: "t" });
});

test("a condition's state has one type, from beginning to end", () => {
  const waitStrategy: WaitStrategy<number> = () => ({ shouldContinue: false });
  expectTypeOf(
    context.waitForCondition("job", (state) => state + 1, { initialState: 0, waitStrategy }),
  ).resolves.toEqualTypeOf<number>();
  void context.waitForCondition(
    async (state, running) => {
      expectTypeOf(state).toEqualTypeOf<{ readonly status: string }>();
      expectTypeOf(running).toEqualTypeOf<StepContext>();
      return state;
    },
    {
      initialState: {} as { readonly status: string },
      waitStrategy: createWaitStrategy({ shouldContinuePolling: ({ status }) => status === "R" }),
    },
  );
  // @ts-expect-error: a strategy is needed
  void context.waitForCondition((state: number) => state, { initialState: 0 });
  // @ts-expect-error: a config is needed
  void context.waitForCondition((state: number) => state);
  // @ts-expect-error: whoever goes on says when
  createWaitStrategy({});
});

test("a map gives what its function returns, in a batch", () => {
  expectTypeOf(
    context.map("m", [1, 2] as const, async (child, item, index, items) => {
      expectTypeOf(child).toEqualTypeOf<DurableContext>();
      expectTypeOf(item).toEqualTypeOf<1 | 2>();
      expectTypeOf(index).toEqualTypeOf<number>();
      expectTypeOf(items).toEqualTypeOf<readonly (1 | 2)[]>();
      return String(item);
    }),
  ).resolves.toEqualTypeOf<BatchResult<string>>();
  expectTypeOf(context.map(["a"], (_, item) => item.length)).resolves.toEqualTypeOf<
    BatchResult<number>
  >();
  void context.map([{ id: "x" }], async () => 1, { itemNamer: ({ id }, index) => `${id}${index}` });
  // @ts-expect-error: a set has no order to rely on
  void context.map(new Set([1]), async () => 1);
  // @ts-expect-error: an item's name is a text
  void context.map([1], async () => 1, { itemNamer: (item) => item });
});

test("branches of a parallel may return different things", () => {
  expectTypeOf(
    context.parallel("p", [
      async () => 1,
      () => "x",
      { name: "named", func: async (child) => child.executionArn.length > 0 },
    ]),
  ).resolves.toEqualTypeOf<BatchResult<number | string | boolean>>();
  expectTypeOf(
    context.parallel(["a"].map((item) => async (child: DurableContext) => child.step(() => item))),
  ).resolves.toEqualTypeOf<BatchResult<string>>();
  expectTypeOf(context.parallel<number[]>([async () => 1])).resolves.toEqualTypeOf<
    BatchResult<number>
  >();
  // @ts-expect-error: a branch is a function
  void context.parallel([1]);
  // @ts-expect-error: branches have names of their own
  void context.parallel([async () => 1], { itemNamer: () => "x" });
});

test("an item of a batch is told by its status", () => {
  const batch = {} as BatchResult<number>;
  for (const item of batch.all) {
    expectTypeOf(item.result).toEqualTypeOf<number | undefined>();
    expectTypeOf(item.error).toEqualTypeOf<ChildContextError | undefined>();
    if (item.status === "SUCCEEDED") expectTypeOf(item.result).toEqualTypeOf<number>();
    if (item.status === "FAILED") expectTypeOf(item.error).toEqualTypeOf<ChildContextError>();
  }
  expectTypeOf(batch.succeeded()[0]?.result).toEqualTypeOf<number | undefined>();
  expectTypeOf(batch.getResults()).toEqualTypeOf<number[]>();
  expectTypeOf(batch.getErrors()).toEqualTypeOf<ChildContextError[]>();
  expectTypeOf<BatchItem<Date>["index"]>().toEqualTypeOf<number>();
});

test("a batch completes by numbers or by a function, not by both", () => {
  expectTypeOf<{ completionConfig: { minSuccessful: 1; toleratedFailureCount: 2 } }>().toExtend<
    BatchConfig<number>
  >();
  void context.map([1], async () => 1, {
    maxConcurrency: 2,
    nesting: "FLAT",
    serdes: {
      serialize: (batch) => JSON.stringify(batch?.all),
      deserialize: (text) => ({ all: JSON.parse(text) as [], completionReason: "ALL_COMPLETED" }),
    },
    summaryGenerator: (batch) => `${batch.successCount}`,
    completionConfig: {
      shouldComplete: ({ successCount, items }) =>
        successCount > items.length / 2
          ? { complete: true, outcome: "FAILED" }
          : { complete: false },
    },
  });
  const shouldComplete = () => ({ complete: false }) as const;
  // @ts-expect-error: one of the two
  void context.map([1], async () => 1, { completionConfig: { minSuccessful: 1, shouldComplete } });
  // @ts-expect-error: there are two kinds of nesting
  void context.map([1], async () => 1, { nesting: "DEEP" });
});

test("promises are waited for together as with Promise itself", () => {
  const pair = [context.step(() => 1), context.step(() => "x")] as const;
  expectTypeOf(context.promise.all(pair)).resolves.toEqualTypeOf<[number, string]>();
  expectTypeOf(context.promise.all("all", [Promise.resolve(1), "x"])).resolves.toEqualTypeOf<
    [number, string]
  >();
  expectTypeOf(context.promise.allSettled(pair)).resolves.toEqualTypeOf<
    [PromiseSettledResult<number>, PromiseSettledResult<string>]
  >();
  expectTypeOf(context.promise.any(pair)).resolves.toEqualTypeOf<number | string>();
  expectTypeOf(context.promise.race("race", pair)).resolves.toEqualTypeOf<number | string>();
  expectTypeOf(context.promise.all([1, 2].map(async (n) => n))).resolves.toEqualTypeOf<number[]>();
  // @ts-expect-error: a set is no array
  void context.promise.all(new Set([1]));
});
