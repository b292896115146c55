/** What functions are told about their invocation: the Lambda context, as Lambda fills it in. */
import * as aws from "@aws/durable-execution-sdk-js";
import { type DurableContext, withDurableExecution } from "@durabletest/runtime";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { DurableTestRunner, type RunnerOptions } from "../src/index.ts";

interface Seen {
  readonly functionName: string;
  readonly invokedFunctionArn: string;
  readonly functionVersion: string;
  readonly awsRequestId: string;
  readonly tenantId?: string;
  readonly remainingMs: number;
}

type LambdaContext = Omit<Seen, "remainingMs"> & { getRemainingTimeInMillis(): number };

const seenIn = (context: LambdaContext): Seen => {
  const { functionName, invokedFunctionArn, functionVersion, awsRequestId, tenantId } = context;
  return {
    functionName,
    invokedFunctionArn,
    functionVersion,
    awsRequestId,
    ...(tenantId === undefined ? {} : { tenantId }),
    remainingMs: context.getRemainingTimeInMillis(),
  };
};

const lambdaOf = (context: { readonly lambdaContext: unknown }): LambdaContext =>
  context.lambdaContext as LambdaContext;

/** A handler of AWS's SDK, which hands the Lambda context on. */
const telling = aws.withDurableExecution(async (_: unknown, context) => seenIn(lambdaOf(context)));

/** What an invoked function is told, by the handler that invokes it. */
const invoking = async (
  call: (context: DurableContext) => Promise<unknown>,
  options: RunnerOptions,
): Promise<Seen> => {
  const caller = withDurableExecution((_: unknown, context) => call(context));
  const { result } = await new DurableTestRunner(caller, options).run({});
  return result as Seen;
};

describe("the function under test", () => {
  test("is called durable-test unless the runner says otherwise", async () => {
    const { result } = await new DurableTestRunner(telling).run({});
    expect(result).toMatchObject({
      functionName: "durable-test",
      invokedFunctionArn: "arn:aws:lambda:us-east-1:123456789012:function:durable-test",
    });
  });

  test("has the name that the runner gives it, in its executions' ARNs too", async () => {
    let arn = "";
    const handler = aws.withDurableExecution(async (_: unknown, context) => {
      arn = context.executionContext.durableExecutionArn;
      return seenIn(lambdaOf(context));
    });
    const { result } = await new DurableTestRunner(handler, { functionName: "orders" }).run({});
    expect(result).toMatchObject({ functionName: "orders" });
    expect((result as Seen).invokedFunctionArn).toContain(":function:orders");
    expect(arn).toContain(":function:orders:");
  });

  test("sees the request id of its invocation", async () => {
    const result = await new DurableTestRunner(telling).run({});
    expect((result.result as Seen).awsRequestId).toBe(result.invocations[0]?.requestId);
  });

  test("sees what is left of its time, which is virtual", async () => {
    const seen: number[] = [];
    const handler = aws.withDurableExecution(async (_: unknown, context) => {
      const remaining = (): void => {
        seen.push(seenIn(lambdaOf(context)).remainingMs);
      };
      remaining();
      await context.step("slow", () => sleep(20_000));
      remaining();
      await context.wait({ hours: 1 });
      remaining();
    });
    await new DurableTestRunner(handler, { invocationTimeout: { minutes: 1 } }).run({});
    // A replay begins a new invocation, with all its time, and runs through what it knows already.
    expect(seen).toEqual([60_000, 40_000, 60_000, 60_000, 60_000]);
  });

  test("has 15 minutes unless the runner says otherwise", async () => {
    const { result } = await new DurableTestRunner(telling).run({});
    expect((result as Seen).remainingMs).toBe(900_000);
  });
});

describe("a durable function that was invoked", () => {
  test("sees its own name, not that of its caller", async () => {
    const seen = await invoking((context) => context.invoke("payments", {}), {
      functionName: "checkout",
      durableFunctions: { payments: telling },
    });
    expect(seen.functionName).toBe("payments");
    expect(seen).not.toHaveProperty("tenantId");
  });

  test.for([
    { as: "payments:live", arn: /:function:payments:live$/ },
    { as: "payments:7", arn: /:function:payments:7$/ },
    {
      as: "arn:aws:lambda:us-east-1:123456789012:function:payments:live",
      arn: /^arn:aws:lambda:us-east-1:123456789012:function:payments:live$/,
    },
  ])("sees how it was invoked: $as", async ({ as, arn }) => {
    const seen = await invoking((context) => context.invoke(as, {}), {
      durableFunctions: { payments: telling },
    });
    expect(seen.functionName).toBe("payments");
    expect(seen.invokedFunctionArn).toMatch(arn);
  });

  test("sees the tenant that it was invoked for, in every invocation", async () => {
    const tenants: (string | undefined)[] = [];
    const handler = aws.withDurableExecution(async (_: unknown, context) => {
      tenants.push(lambdaOf(context).tenantId);
      await context.wait({ hours: 1 });
    });
    await invoking((context) => context.invoke("payments", {}, { tenantId: "t-1" }), {
      durableFunctions: { payments: handler },
    });
    expect(tenants).toEqual(["t-1", "t-1"]);
  });

  test("sees what is left of its own time", async () => {
    const seen = await invoking((context) => context.invoke("payments", {}), {
      invocationTimeout: { minutes: 2 },
      durableFunctions: { payments: { handler: telling, invocationTimeout: { seconds: 30 } } },
    });
    expect(seen.remainingMs).toBe(30_000);
  });

  test("is told the same on AWS's older SDKs", async () => {
    const old = await import("@aws/durable-execution-sdk-js-1.1.7");
    const handler = old.withDurableExecution(async (_: unknown, context) =>
      seenIn(lambdaOf(context)),
    );
    const seen = await invoking(
      (context) => context.invoke("payments:live", {}, { tenantId: "t-1" }),
      { durableFunctions: { payments: handler } },
    );
    expect(seen).toMatchObject({ functionName: "payments", tenantId: "t-1" });
    expect(seen.invokedFunctionArn).toMatch(/:payments:live$/);
  });
});

describe("a plain function that was invoked", () => {
  const plain = (_: never, context: never): Seen => seenIn(context);

  test("is given a Lambda context as its second argument", async () => {
    const seen = await invoking(
      (context) => context.invoke("stock-levels:live", {}, { tenantId: "t-1" }),
      { functions: { "stock-levels": plain } },
    );
    expect(seen).toMatchObject({ functionName: "stock-levels", tenantId: "t-1" });
    expect(seen.invokedFunctionArn).toMatch(/:stock-levels:live$/);
    expect(seen.awsRequestId).not.toBe("");
  });

  test("sees what is left of its time", async () => {
    const seen = await invoking((context) => context.invoke("stock-levels", {}), {
      functions: {
        "stock-levels": async (_: never, context: never) => {
          await sleep(60_000);
          return seenIn(context);
        },
      },
    });
    expect(seen.remainingMs).toBe(840_000);
  });

  test("has no tenant when it was invoked for none", async () => {
    const seen = await invoking((context) => context.invoke("stock-levels", {}), {
      functions: { "stock-levels": plain },
    });
    expect(seen).not.toHaveProperty("tenantId");
  });
});
