import type { DurableContext } from "@aws/durable-execution-sdk-js";
import { describe, expect, test } from "vitest";
import {
  type AnyDurableLambdaHandler,
  DurableTestRunner,
  HandlerRejectedError,
  InvalidHandlerError,
  type RunnerOptions,
} from "../../src/index.ts";
import { rejectionOf } from "../support/history.ts";
import { type Sdk, sdks, VERSIONS } from "./support/sdks.ts";

const refusalOf = async (
  handler: AnyDurableLambdaHandler,
  options?: RunnerOptions,
): Promise<InvalidHandlerError> => {
  const error = await rejectionOf(new DurableTestRunner(handler, options).run({}));
  if (!InvalidHandlerError.is(error)) throw error;
  return error;
};

const stepping = (sdk: Sdk) =>
  sdk.withDurableExecution(async (_: unknown, context: DurableContext) =>
    context.step("work", async () => "worked"),
  );

describe("a handler that no SDK has made", () => {
  test("answers something else", async () => {
    const error = await refusalOf(async () => ({ statusCode: 200, body: "ok" }));
    expect(error.message).toContain('{"statusCode":200,"body":"ok"}');
    expect(error.message).toContain("withDurableExecution");
  });

  test("answers nothing", async () => {
    expect((await refusalOf(async () => {})).message).toContain("answered undefined");
  });

  test("throws, as a Lambda handler may", async () => {
    let calls = 0;
    const error = await refusalOf(async () => {
      calls += 1;
      throw new RangeError("no such order");
    });
    expect(calls).toBe(4);
    expect(error.cause).toBeInstanceOf(RangeError);
    expect(error.message).toContain("RangeError: no such order");
    expect(error.message).toContain("never asked the service for anything");
    expect(error.message).toContain("withDurableExecution");
  });

  test("is a handler of an SDK that was not wrapped", async () => {
    const error = await refusalOf(
      // @ts-expect-error -- it does not compile, either
      async (_: unknown, context: DurableContext) => context.step("work", async () => "worked"),
    );
    expect(error.cause).toBeInstanceOf(TypeError);
    expect(error.message).toContain("is it wrapped with withDurableExecution?");
  });

  test("is named, when it is one that another handler invokes", async () => {
    const calling = sdks["2.4.0"].withDurableExecution(
      async (_: unknown, context: DurableContext) => context.invoke("target"),
    );
    const target = async (): Promise<never> => {
      throw new Error("no such order");
    };
    const error = await refusalOf(calling, { durableFunctions: { target } });
    expect(error.message).toMatch(/^In "target": .*no such order/);
  });
});

describe("a durable handler whose promise rejects once it has reached the service", () => {
  test.each(VERSIONS)("is told from one that is none: SDK %s", async (version) => {
    const durable: AnyDurableLambdaHandler = stepping(sdks[version]);
    const failing: AnyDurableLambdaHandler = async (event, lambdaContext) => {
      await durable(event, lambdaContext);
      throw new Error("the middleware fails");
    };
    const error = await rejectionOf(new DurableTestRunner(failing).run({}));
    expect(HandlerRejectedError.is(error)).toBe(true);
    expect((error as Error).message).toContain("the middleware fails");
    expect((error as Error).message).not.toContain("is it wrapped");
  });
});

/** What stands in for AWS, which nobody has asked. */
const refusing = (statusCode?: number) => ({
  send: async (): Promise<never> => {
    throw Object.assign(new Error("Region is missing"), {
      $metadata: { httpStatusCode: statusCode },
    });
  },
});

/** An SDK knows its harness by the class of the event: a copy has lost it. */
const copying =
  (durable: AnyDurableLambdaHandler): AnyDurableLambdaHandler =>
  async (event: object, lambdaContext: never) =>
    durable({ ...event } as never, lambdaContext);

describe.each(VERSIONS)("SDK %s, with a client of its own in use", (version) => {
  const sdk = sdks[version];
  const withClient = (statusCode?: number): AnyDurableLambdaHandler =>
    copying(
      sdk.withDurableExecution(
        async (_: unknown, context: DurableContext) => context.step("work", async () => "worked"),
        // oxlint-disable-next-line typescript/no-deprecated -- Older versions know no other.
        { client: refusing(statusCode) as never },
      ),
    );

  test("is told at once what is wrong, and which versions work", async () => {
    const error = await refusalOf(withClient());
    expect(error.message).toContain("Region is missing");
    expect(error.message).toContain("a client of its own");
    expect(error.message).toContain("Hand on the event itself");
    expect(error.message).toContain("@aws/durable-execution-sdk-js from 1.0.1 on");
    expect((error.cause as Error).message).toContain("Region is missing");
  });

  test("is told as well where the refusal has failed the execution", async () => {
    const error = await refusalOf(withClient(403));
    expect(error.message).toContain("Region is missing");
  });

  test("is told what to point at the server, where it is meant to use its own", async () => {
    const error = await refusalOf(withClient(), { transport: "http" });
    expect(error.message).toContain("@durabletest/testing/server");
  });
});

test("a failure of an execution that has reached the service is its own", async () => {
  const handler = sdks["2.4.0"].withDurableExecution(
    async (_: unknown, context: DurableContext) => {
      await context.step("work", async () => "worked");
      throw Object.assign(new Error("mine"), { name: "ServiceCallError" });
    },
  );
  const { status, error } = await new DurableTestRunner(handler).run({});
  expect({ status, error }).toMatchObject({ status: "FAILED", error: { ErrorMessage: "mine" } });
});
