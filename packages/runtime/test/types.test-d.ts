import { expectTypeOf, test } from "vitest";
import {
  type Callback,
  callbackId,
  type CallbackId,
  type CallbackOutcome,
  createRetryStrategy,
  Duration,
  type DurableContext,
  type DurableHandler,
  type RetryStrategy,
  type StandardSchemaV1,
  type StepContext,
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
