import {
  type DurableContext as AwsContext,
  withDurableExecution as withAwsExecution,
} from "@aws/durable-execution-sdk-js";
import { withDurableExecution } from "@durabletest/runtime";
import { expectTypeOf, test } from "vitest";
import {
  type CallbackHandle,
  type DurableResult,
  DurableTestRunner,
  respond,
  type StepHandle,
} from "../src/index.ts";

interface Order {
  readonly id: string;
}
interface Approval {
  readonly approved: boolean;
}
interface Receipt {
  total: number;
}
const handler = withDurableExecution(async (order: Order, context) => {
  const approval = await context.waitForCallback<Approval>("approval", () => {});
  await context.waitForCallback("pickup", () => {});
  return { total: approval.approved ? order.id.length : 0 };
});
const processOrder = async (order: Order, context: AwsContext): Promise<Receipt> =>
  context.step("charge", async () => ({ total: order.id.length }));
const awsHandler = withAwsExecution(processOrder);

interface Callbacks {
  readonly approval: Approval;
  readonly pickup: undefined;
}

test("names and payloads of callbacks are checked", () => {
  const runner = DurableTestRunner.typed<{ callbacks: Callbacks }>(handler);
  const approval = runner.callback("approval");
  expectTypeOf(approval.succeed({ approved: true })).resolves.toEqualTypeOf<
    DurableResult<unknown>
  >();
  void runner.callback("pickup").succeed();
  void runner.callback("approval", 1).fail(new Error("no"));
  // @ts-expect-error -- there is no such callback
  runner.callback("aproval");
  // @ts-expect-error -- nor such an answer
  void approval.succeed({ aproved: true });
  // @ts-expect-error -- it needs one
  void approval.succeed();
  // @ts-expect-error -- and this one takes none
  void runner.callback("pickup").succeed(1);
  // @ts-expect-error -- nor in a fork
  runner.fork().callback("aproval");
});

test("input and output come from the handler, or from what the test says", () => {
  const typed = DurableTestRunner.typed<{ handler: typeof handler; callbacks: Callbacks }>(handler);
  expectTypeOf(typed.run({ id: "o-1" })).resolves.toEqualTypeOf<DurableResult<Receipt>>();
  expectTypeOf(typed.result).toEqualTypeOf<DurableResult<Receipt>>();
  // @ts-expect-error -- an order has a text as its id
  void typed.run({ id: 1 });
  // @ts-expect-error -- the input is missing
  void typed.run();

  // Of AWS's SDK: the function itself knows.
  const aws = DurableTestRunner.typed<{ handler: typeof processOrder }>(awsHandler);
  expectTypeOf(aws.run({ id: "o-1" })).resolves.toEqualTypeOf<DurableResult<Receipt>>();
  // @ts-expect-error -- an order has a text as its id
  void aws.run({ id: 1 });
  const unknown = DurableTestRunner.typed<{ handler: typeof awsHandler }>(awsHandler);
  expectTypeOf(unknown.run({ id: 1 })).resolves.toEqualTypeOf<DurableResult<unknown>>();

  const said = DurableTestRunner.typed<{ input: Order; output: Receipt }>(awsHandler);
  expectTypeOf(said.run({ id: "o-1" })).resolves.toEqualTypeOf<DurableResult<Receipt>>();
});

test("results of steps have their types", () => {
  const runner = DurableTestRunner.typed<{ steps: { charge: Receipt } }>(awsHandler);
  expectTypeOf(runner.step("charge").result).toEqualTypeOf<Receipt | undefined>();
  expectTypeOf(runner.step("charge").runs).toEqualTypeOf<number | undefined>();
  // @ts-expect-error -- there is no such step
  runner.step("chrage");
  // What is not said is not checked.
  void runner.callback("anything").succeed({ any: "thing" });
  void runner.callback("anything").succeed();
});

test("names of scripts are checked", () => {
  DurableTestRunner.typed<{ callbacks: Callbacks }>(handler, {
    seed: 7,
    callbacks: { approval: respond.success({ approved: true }) },
  });
  DurableTestRunner.typed<{ callbacks: Callbacks }>(handler, {
    // @ts-expect-error -- there is no such callback
    callbacks: { aproval: respond.never() },
  });
  // @ts-expect-error -- there is no such setting
  DurableTestRunner.typed<{ callbacks: Callbacks }>(handler, { sead: 7 });
  const runner = DurableTestRunner.typed<{
    handler: typeof handler;
    callbacks: Callbacks;
    steps: { charge: Receipt };
  }>(handler);
  const input = { id: "o-1" };
  void runner.run(input, { timeout: { hours: 1 }, callbacks: { approval: respond.never() } });
  // @ts-expect-error -- there is no such callback
  void runner.run(input, { callbacks: { aproval: respond.never() } });
  // @ts-expect-error -- nor such a step
  void runner.run(input, { steps: { chrage: respond.run() } });
  // @ts-expect-error -- nor such a setting
  void runner.run(input, { timeuot: { hours: 1 } });
  runner.script({ callbacks: { pickup: respond.success() }, steps: { charge: [respond.run()] } });
  // @ts-expect-error -- there is no such callback
  runner.script({ callbacks: { aproval: respond.never() } });
  // @ts-expect-error -- nor such a step
  runner.script({ steps: { chrage: respond.run() } });
  // What is not said is not checked.
  const unsaid = DurableTestRunner.typed<{ handler: typeof handler }>(handler);
  unsaid.script({ callbacks: { any: respond.never() }, steps: { any: respond.run() } });
  void unsaid.run(input, { callbacks: { any: respond.never() } });
});

test("without it, every name may be", () => {
  const runner = new DurableTestRunner(handler);
  expectTypeOf(runner.callback("any")).toEqualTypeOf<CallbackHandle<Receipt>>();
  expectTypeOf(runner.step("any")).toEqualTypeOf<StepHandle>();
});
