import {
  type Callback,
  type DurableContext,
  type DurableHandler,
  withDurableExecution,
} from "@durabletest/runtime";
import { expectTypeOf, test } from "vitest";
import {
  type CallbackHandle,
  type CallbackOperation,
  type DurableResult,
  DurableTestRunner,
  type ErrorObject,
  type HistoryEvent,
  InvocationStatus,
  type Operation,
  OperationType,
  respond,
  type StepOperation,
} from "../src/index.ts";

interface Order {
  readonly id: string;
}
const handler = withDurableExecution(async (order: Order, context) => {
  await context.wait({ seconds: 1 });
  return { shipped: order.id };
});
interface Output {
  shipped: string;
}

test("a runner infers input and output from the handler", () => {
  expectTypeOf(handler).toEqualTypeOf<DurableHandler<Order, Output>>();
  const runner = new DurableTestRunner(handler);
  expectTypeOf(runner).toEqualTypeOf<DurableTestRunner<Order, Output>>();
  expectTypeOf(runner.run({ id: "o-1" })).resolves.toEqualTypeOf<DurableResult<Output>>();
  expectTypeOf(runner.result).toEqualTypeOf<DurableResult<Output>>();
  expectTypeOf(runner.callback("x")).toEqualTypeOf<CallbackHandle<Output>>();
});

test("the input may be left out only where the handler can do without", () => {
  const runner = new DurableTestRunner(handler);
  void runner.run({ id: "o-1" }, { timeout: { hours: 1 } });
  // @ts-expect-error: this handler wants an order
  void runner.run();
  // @ts-expect-error: and this is none
  void runner.run({ id: 7 });

  const lenient = new DurableTestRunner(
    withDurableExecution(async (order: Order | undefined) => order?.id),
  );
  void lenient.run();
  void lenient.run(undefined, { timeout: { hours: 1 } });
  const unknown = new DurableTestRunner(withDurableExecution(async (input: unknown) => input));
  void unknown.run();
});

test("reading a result without narrowing gives what may be there, or undefined", () => {
  const { result, error } = new DurableTestRunner(handler).result;
  expectTypeOf(result).toEqualTypeOf<Output | undefined>();
  expectTypeOf(error).toEqualTypeOf<ErrorObject | undefined>();
});

test("a result narrows by its status", () => {
  const result: DurableResult<Output> = new DurableTestRunner(handler).result;
  if (result.status === "SUCCEEDED") {
    expectTypeOf(result.result).toEqualTypeOf<Output>();
    expectTypeOf(result.error).toEqualTypeOf<undefined>();
  } else if (result.status === "PENDING") {
    expectTypeOf(result.result).toEqualTypeOf<undefined>();
    expectTypeOf(result.error).toEqualTypeOf<undefined>();
  } else {
    expectTypeOf(result.status).toEqualTypeOf<"FAILED" | "TIMED_OUT" | "STOPPED">();
    expectTypeOf(result.result).toEqualTypeOf<undefined>();
    expectTypeOf(result.error).toEqualTypeOf<ErrorObject>();
  }
  if (result.status === InvocationStatus.SUCCEEDED) {
    expectTypeOf(result.result).toEqualTypeOf<Output>();
  }
});

test("operations narrow by their type, in a filter too", () => {
  const { operations, pendingCallbacks, history } = new DurableTestRunner(handler).result;
  expectTypeOf(operations).toEqualTypeOf<readonly Operation[]>();
  expectTypeOf(pendingCallbacks).toEqualTypeOf<readonly CallbackOperation[]>();
  const callbacks = operations.filter((operation) => operation.type === "CALLBACK");
  expectTypeOf(callbacks).toEqualTypeOf<CallbackOperation[]>();
  const steps = operations.filter((operation) => operation.type === OperationType.STEP);
  expectTypeOf(steps).toEqualTypeOf<StepOperation[]>();
  const [operation] = operations;
  // @ts-expect-error: only callbacks have one
  void operation?.callbackId;

  const [event] = history;
  expectTypeOf(history).toEqualTypeOf<readonly HistoryEvent[]>();
  if (event?.EventType === "WaitStarted") {
    expectTypeOf(event.WaitStartedDetails.Duration).toEqualTypeOf<number>();
  }
});

test("a result is read only", () => {
  const { result } = new DurableTestRunner(handler);
  // @ts-expect-error: it is a moment that has passed
  result.status = "PENDING";
});

test("result() may be undefined, so that a handler cannot forget the timeout", () => {
  interface Approval {
    readonly approved: boolean;
  }
  withDurableExecution(async (_: unknown, context: DurableContext) => {
    const callback = await context.createCallback<Approval>("approval");
    expectTypeOf(callback).toEqualTypeOf<Callback<Approval>>();
    const answer = await callback.result();
    expectTypeOf(answer).toEqualTypeOf<Approval | undefined>();
    // @ts-expect-error: nobody may have answered
    void answer.approved;
    expectTypeOf(await context.waitForCallback(callback)).toEqualTypeOf<Approval>();
    expectTypeOf(await context.waitForCallback(callback.callbackId)).toEqualTypeOf<Approval>();
    const outcome = await callback.settled();
    if (outcome.status === "SUCCEEDED") expectTypeOf(outcome.value).toEqualTypeOf<Approval>();
    if (outcome.status === "TIMED_OUT") {
      expectTypeOf(outcome.reason).toEqualTypeOf<"timeout" | "heartbeat">();
    }
  });
});

test("scripts and options are checked", () => {
  void new DurableTestRunner(handler, {
    callbacks: {
      a: respond.success(1),
      b: respond.success().after({ milliseconds: 5 }),
      c: (callback) => (callback.name === "x" ? respond.never() : undefined),
      d: respond.heartbeatEvery({ minutes: 1 }).times(3),
      // @ts-expect-error: heartbeats must be counted
      e: respond.heartbeatEvery({ minutes: 1 }),
    },
  });
  // @ts-expect-error: there is no such option
  void new DurableTestRunner(handler, { skipTime: true });
  // @ts-expect-error: no unit at all
  void new DurableTestRunner(handler).advance({});
  // @ts-expect-error: a failure is an error
  respond.failure("no");
});
