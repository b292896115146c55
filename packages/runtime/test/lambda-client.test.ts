import { execFileSync } from "node:child_process";
import { LambdaClient } from "@aws-sdk/client-lambda";
import { afterEach, describe, expect, test, vi } from "vitest";
import { lambdaServiceClient } from "../src/client/lambda-client.ts";
import { type DurableContext, ServiceCallError, withDurableExecution } from "../src/index.ts";
import type { CheckpointRequest, ServiceClient } from "../src/protocol.ts";
import { startFakeLambda, type FakeLambda, type LambdaAnswer } from "./support/fake-lambda.ts";

const ARN =
  "arn:aws:lambda:us-east-1:123456789012:function:f:$LATEST/durable-execution/test/0b51b8c4-6b53";
const arnPath = encodeURIComponent(ARN);
const checkpointPath = `/2025-12-01/durable-executions/${arnPath}/checkpoint`;
const credentials = { accessKeyId: "test", secretAccessKey: "test" };
const startedAt = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

/** Tries again at once, and only as often as it is told to. */
const retrying = (attempts: number) => ({
  mode: "standard",
  acquireInitialRetryToken: async () => token(0),
  refreshRetryTokenForRetry: async (used: { getRetryCount: () => number }) => {
    if (used.getRetryCount() + 1 >= attempts) throw new Error("No more attempts.");
    return token(used.getRetryCount() + 1);
  },
  recordSuccess: () => {},
});
const token = (count: number) => ({ getRetryCount: () => count, getRetryDelay: () => 0 });

function clientOf({ url }: { readonly url: string }, attempts = 1): ServiceClient {
  const client = new LambdaClient({
    endpoint: url,
    region: "us-east-1",
    credentials,
    retryStrategy: retrying(attempts),
  });
  return lambdaServiceClient({ client });
}

const taken: LambdaAnswer = { body: { CheckpointToken: "t-2", NewExecutionState: {} } };

const request: CheckpointRequest = {
  DurableExecutionArn: ARN,
  CheckpointToken: "t-1",
  Updates: [{ Id: "1", Type: "STEP", Action: "SUCCEED", Name: "work", Payload: "7" }],
};

const event = (nextMarker?: string | null): object => ({
  DurableExecutionArn: ARN,
  CheckpointToken: "t-1",
  InitialExecutionState: {
    Operations: [{ Id: "e", Type: "EXECUTION", Status: "STARTED", StartTimestamp: startedAt }],
    ...(nextMarker === undefined ? {} : { NextMarker: nextMarker }),
  },
});

const body = async (_: unknown, context: DurableContext): Promise<number> =>
  context.step("work", () => 7);

const rejectionOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => {
      throw new Error("It resolved.");
    },
    (error: unknown) => error,
  );

afterEach(() => {
  vi.unstubAllEnvs();
  vi.doUnmock("@aws-sdk/client-lambda");
  vi.resetModules();
});

describe("the Lambda client", () => {
  test("checkpoints, and reads what has changed", async () => {
    await using lambda = await startFakeLambda(() => ({
      body: {
        CheckpointToken: "t-2",
        NewExecutionState: {
          Operations: [
            {
              Id: "1",
              Type: "STEP",
              Status: "SUCCEEDED",
              StartTimestamp: startedAt / 1000,
              StepDetails: { Result: "7" },
            },
          ],
          NextMarker: "m",
        },
      },
    }));
    const response = await clientOf(lambda).checkpoint(request);
    expect(response).toMatchObject({
      CheckpointToken: "t-2",
      NewExecutionState: {
        Operations: [
          {
            Id: "1",
            Status: "SUCCEEDED",
            StartTimestamp: new Date(startedAt),
            StepDetails: { Result: "7" },
          },
        ],
        NextMarker: "m",
      },
    });
    expect(lambda.requests).toEqual([
      {
        method: "POST",
        path: checkpointPath,
        query: {},
        body: {
          CheckpointToken: "t-1",
          ClientToken: expect.stringMatching(/^[\x21-\x7e]{1,64}$/) as string,
          Updates: [{ Id: "1", Type: "STEP", Action: "SUCCEED", Name: "work", Payload: "7" }],
        },
      },
    ]);
  });

  test("polls with no updates", async () => {
    await using lambda = await startFakeLambda(() => taken);
    await clientOf(lambda).checkpoint({ DurableExecutionArn: ARN, CheckpointToken: "t-1" });
    expect(lambda.requests[0]?.body).toMatchObject({ Updates: [] });
  });

  test("fetches a page of the state", async () => {
    await using lambda = await startFakeLambda(() => ({
      body: {
        Operations: [
          { Id: "1", Type: "WAIT", Status: "STARTED", StartTimestamp: startedAt / 1000 },
        ],
        NextMarker: "m-2",
      },
    }));
    const page = await clientOf(lambda).getExecutionState({
      DurableExecutionArn: ARN,
      CheckpointToken: "t-1",
      Marker: "m-1",
      MaxItems: 1000,
    });
    expect(page).toEqual({
      Operations: [expect.objectContaining({ Id: "1", StartTimestamp: new Date(startedAt) })],
      NextMarker: "m-2",
    });
    expect(lambda.requests).toEqual([
      {
        method: "GET",
        path: `/2025-12-01/durable-executions/${arnPath}/state`,
        query: { CheckpointToken: "t-1", Marker: "m-1", MaxItems: "1000" },
        body: undefined,
      },
    ]);
  });

  test("sends a checkpoint again under the same client token", async () => {
    await using lambda = await startFakeLambda((_, number) =>
      number < 3
        ? { status: 503, error: "ServiceException", body: { Message: "Try again." } }
        : taken,
    );
    await clientOf(lambda, 3).checkpoint(request);
    expect(lambda.requests).toHaveLength(3);
    expect(new Set(clientTokens(lambda)).size).toBe(1);
  });

  test("gives every other checkpoint another client token", async () => {
    await using lambda = await startFakeLambda(() => taken);
    const client = clientOf(lambda);
    const [update] = request.Updates ?? [];
    for (const other of [
      {},
      { DurableExecutionArn: `${ARN}1` },
      { CheckpointToken: "t-2" },
      { Updates: [] },
      { Updates: [{ ...update, Payload: "8" }] as CheckpointRequest["Updates"] },
      { ClientToken: "mine" },
    ]) {
      await client.checkpoint({ ...request, ...other });
    }
    expect(new Set(clientTokens(lambda)).size).toBe(6);
    expect(clientTokens(lambda).at(-1)).toBe("mine");
  });

  test("rejects with the error of the AWS client", async () => {
    await using lambda = await startFakeLambda(() => ({
      status: 400,
      error: "InvalidParameterValueException",
      body: { message: "Invalid Checkpoint Token: t-1" },
    }));
    const error = await rejectionOf(clientOf(lambda).checkpoint(request));
    expect(error).toMatchObject({
      name: "InvalidParameterValueException",
      message: "Invalid Checkpoint Token: t-1",
      $metadata: { httpStatusCode: 400 },
    });
  });
});

describe("a handler that Lambda invokes", () => {
  /** As the environment of a function has it. */
  function stubEnvironment({ url }: { readonly url: string }): void {
    vi.stubEnv("AWS_ENDPOINT_URL_LAMBDA", url);
    vi.stubEnv("AWS_REGION", "us-east-1");
    vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
  }

  test("needs no client of its own", async () => {
    await using lambda = await startFakeLambda(() => taken);
    stubEnvironment(lambda);
    const handler = withDurableExecution(body);
    expect(await handler(event())).toEqual({ Status: "SUCCEEDED", Result: "7" });
    expect(await handler(event(null))).toEqual({ Status: "SUCCEEDED", Result: "7" });
    expect(lambda.requests.map(({ path }) => path)).toEqual([checkpointPath, checkpointPath]);
  });

  test("fetches the rest of a long state", async () => {
    await using lambda = await startFakeLambda(() => ({
      body: {
        Operations: [
          {
            Id: "c4ca4238a0b92382",
            Type: "STEP",
            SubType: "Step",
            Name: "work",
            Status: "SUCCEEDED",
            StartTimestamp: startedAt / 1000,
            EndTimestamp: startedAt / 1000,
            StepDetails: { Result: "70" },
          },
        ],
      },
    }));
    const handler = withDurableExecution(body, { client: clientOf(lambda) });
    expect(await handler(event("m"))).toEqual({ Status: "SUCCEEDED", Result: "70" });
    expect(lambda.requests).toMatchObject([{ query: { CheckpointToken: "t-1", Marker: "m" } }]);
  });

  const refused = (status: number, error: string, message: string): LambdaAnswer => ({
    status,
    error,
    body: { Type: "User", message, Message: message },
  });

  test.for([
    refused(400, "InvalidParameterValueException", "Updates: too many."),
    refused(403, "AccessDeniedException", "Not yours."),
    refused(404, "ResourceNotFoundException", "No such execution."),
    refused(413, "RequestTooLargeException", "Too large."),
    refused(502, "KMSAccessDeniedException", "No key."),
    refused(502, "KMSDisabledException", "No key."),
    refused(502, "KMSInvalidStateException", "No key."),
    refused(502, "KMSNotFoundException", "No key."),
  ])("fails the execution when a checkpoint is refused for good: %j", async (answer) => {
    await using lambda = await startFakeLambda(() => answer);
    const output = await withDurableExecution(body, { client: clientOf(lambda) })(event());
    expect(output).toMatchObject({
      Status: "FAILED",
      Error: {
        ErrorType: "ServiceCallError",
        ErrorMessage: expect.stringContaining(
          (answer.body as { message: string }).message,
        ) as string,
      },
    });
  });

  test.for([
    refused(400, "InvalidParameterValueException", "Invalid Checkpoint Token: t-1"),
    refused(429, "TooManyRequestsException", "Slow down."),
    refused(500, "ServiceException", "Our fault."),
    refused(503, "ServiceUnavailable", "Not now."),
  ])("rejects when the next invocation may have more luck: %j", async (answer) => {
    await using lambda = await startFakeLambda(() => answer);
    const error = await rejectionOf(
      withDurableExecution(body, { client: clientOf(lambda) })(event()),
    );
    expect(ServiceCallError.is(error)).toBe(true);
    expect(error).toMatchObject({
      cause: { name: answer.error, $metadata: { httpStatusCode: answer.status } },
    });
  });

  test("rejects when the service cannot be reached", async () => {
    let url = "";
    {
      await using lambda = await startFakeLambda(() => taken);
      ({ url } = lambda);
    }
    const error = await rejectionOf(
      withDurableExecution(body, { client: clientOf({ url }) })(event()),
    );
    expect(ServiceCallError.is(error)).toBe(true);
    expect((error as Error).message).toContain("ECONNREFUSED");
    expect(error).toMatchObject({ cause: { code: "ECONNREFUSED" } });
  });

  test("rejects when it is not given the rest of its state", async () => {
    await using lambda = await startFakeLambda(() =>
      refused(500, "ServiceException", "Our fault."),
    );
    const error = await rejectionOf(
      withDurableExecution(body, { client: clientOf(lambda) })(event("m")),
    );
    expect(ServiceCallError.is(error)).toBe(true);
    expect(error).toMatchObject({ cause: { name: "ServiceException" } });
  });

  test("says what to install where there is no AWS client", async () => {
    const cause = new Error("Cannot find package '@aws-sdk/client-lambda'.");
    vi.doMock("@aws-sdk/client-lambda", () => {
      throw cause;
    });
    vi.resetModules();
    const error = await rejectionOf(withDurableExecution(body)(event()));
    expect(ServiceCallError.is(error)).toBe(true);
    expect((error as Error).message).toContain("@aws-sdk/client-lambda");
    expect((error as Error).message).toContain("withDurableExecution(handler, { client })");
    expect((error as Error).cause).toBeDefined();
  });
});

test("importing the package does not load the AWS client", () => {
  const types = process.features.typescript === false ? ["--experimental-strip-types"] : [];
  const loaded = (specifier: string): string =>
    execFileSync(
      process.execPath,
      [
        "--conditions=@durabletest/source",
        "--no-warnings",
        ...types,
        "--input-type=module",
        "--eval",
        `import { Module } from "node:module"; await import(${JSON.stringify(specifier)});
         console.log(Object.keys(Module._cache).some((file) => file.includes("client-lambda")));`,
      ],
      { cwd: new URL("..", import.meta.url), encoding: "utf8" },
    ).trim();
  expect(loaded("@durabletest/runtime")).toBe("false");
  expect(loaded("@durabletest/runtime/lambda")).toBe("true");
});

function clientTokens({ requests }: FakeLambda): readonly string[] {
  return requests.map(({ body: sent }) => (sent as { ClientToken: string }).ClientToken);
}
