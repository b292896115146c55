import {
  type DurableContext as AwsContext,
  type DurableExecutionHandler,
  withDurableExecution as withAwsExecution,
} from "@aws/durable-execution-sdk-js";
import { type DurableContext, withDurableExecution } from "@durabletest/runtime";
import { expectTypeOf, test, vi } from "vitest";
import {
  type AnyDurableLambdaHandler,
  type DurableHandler,
  type DurableResult,
  DurableTestRunner,
} from "../src/index.ts";

interface Order {
  readonly id: string;
}
interface Receipt {
  readonly total: number;
}

/** As @types/aws-lambda has it. */
interface Context {
  callbackWaitsForEmptyEventLoop: boolean;
  functionName: string;
  functionVersion: string;
  invokedFunctionArn: string;
  memoryLimitInMB: string;
  awsRequestId: string;
  logGroupName: string;
  logStreamName: string;
  identity?: { cognitoIdentityId: string } | undefined;
  clientContext?: { client: { installationId: string }; Custom?: unknown } | undefined;
  tenantId?: string | undefined;
  getRemainingTimeInMillis(): number;
  done(error?: Error, result?: unknown): void;
  fail(error: Error | string): void;
  succeed(message: string, object: unknown): void;
}
type LambdaCallback<Result> = (error?: Error | string | null, result?: Result) => void;
// oxlint-disable-next-line typescript/no-explicit-any -- as @types/aws-lambda has it
type Handler<Event = any, Result = any> = (
  event: Event,
  context: Context,
  callback: LambdaCallback<Result>,
) => void | Promise<Result>;

const awsHandler = withAwsExecution(async (order: Order, context: AwsContext) => {
  await context.wait({ seconds: 1 });
  return { total: order.id.length };
});

test("a handler of AWS's SDK says nothing of its input and output: a test does", () => {
  // What withDurableExecution makes there is the same type for every handler.
  const other = withAwsExecution(async (_: string, context: AwsContext) =>
    context.step(async () => 1),
  );
  expectTypeOf(other).toEqualTypeOf(awsHandler);

  expectTypeOf(new DurableTestRunner(awsHandler)).toEqualTypeOf<DurableTestRunner>();
  const runner = new DurableTestRunner<Order, Receipt>(awsHandler);
  expectTypeOf(runner.run({ id: "o-1" })).resolves.toEqualTypeOf<DurableResult<Receipt>>();
  // @ts-expect-error -- an order has a text as its id
  void runner.run({ id: 1 });
});

test("a function that has not been wrapped does not compile", () => {
  const ours = async (order: Order, context: DurableContext) => context.step(() => order.id);
  void new DurableTestRunner(withDurableExecution(ours));
  // @ts-expect-error -- the function itself
  void new DurableTestRunner(ours);
  // @ts-expect-error -- the function itself, in place
  void new DurableTestRunner(async (order: Order, context: DurableContext) => {
    await context.wait({ seconds: 1 });
    return { Status: order.id };
  });
  // @ts-expect-error -- that gives nothing back
  void new DurableTestRunner(async (_: Order, context: DurableContext) =>
    context.wait({ seconds: 1 }),
  );

  const aws = async (order: Order, context: AwsContext) => context.step(async () => order.id);
  void new DurableTestRunner(withAwsExecution(aws));
  // @ts-expect-error -- the function itself, of AWS's SDK
  void new DurableTestRunner(aws);
  const typed: DurableExecutionHandler<Order, Receipt> = async () => ({ total: 1 });
  // @ts-expect-error -- that is typed as AWS's SDK types it
  void new DurableTestRunner(typed);

  const handler = withDurableExecution(ours);
  // @ts-expect-error -- one that is invoked
  void new DurableTestRunner(handler, { durableFunctions: { charge: ours } });
  // @ts-expect-error -- one that is invoked, with settings
  void new DurableTestRunner(handler, { durableFunctions: { charge: { handler: aws } } });
});

test("whatever else may be a durable handler compiles", () => {
  void new DurableTestRunner(vi.fn());
  void new DurableTestRunner(vi.fn(async () => ({ Status: "PENDING" })));
  void new DurableTestRunner(vi.fn(awsHandler));
  void new DurableTestRunner(vi.fn<() => Promise<unknown>>());
  void new DurableTestRunner({} as Handler);
  void new DurableTestRunner({} as Handler<Order, Receipt>);
  void new DurableTestRunner({} as Handler<Order, void>);
  void new DurableTestRunner({} as (event: Order, context: Context) => Promise<Receipt>);
  // oxlint-disable-next-line typescript/no-explicit-any, typescript/no-unsafe-argument -- as code without types has it
  void new DurableTestRunner({} as any);
  // oxlint-disable-next-line typescript/no-explicit-any -- as code without types has it
  void new DurableTestRunner({} as (event: any, context: any) => any);
  void new DurableTestRunner({} as (event: unknown, context: unknown) => Promise<unknown>);
  void new DurableTestRunner({} as (event: never, context: never) => Promise<unknown>);
  void new DurableTestRunner({} as (event: object, context: object) => Promise<unknown>);
  void new DurableTestRunner({} as (...args: unknown[]) => Promise<unknown>);
  void new DurableTestRunner({} as (event: Order) => Promise<unknown>);
  // As a middleware may have it.
  void new DurableTestRunner(
    {} as (event: Order, context: Context & { readonly tenant: string }) => Promise<unknown>,
  );
  void new DurableTestRunner(
    {} as (event: Order, context: { functionName: string; span: object }) => Promise<unknown>,
  );
  const around: AnyDurableLambdaHandler = async (event, lambdaContext) =>
    awsHandler(event, lambdaContext);
  void new DurableTestRunner(around);
  const ours: DurableHandler<Order, Receipt> = {} as DurableHandler<Order, Receipt>;
  const oursAround: AnyDurableLambdaHandler = (event, lambdaContext) => ours(event, lambdaContext);
  void new DurableTestRunner(oursAround);
});
