import { execFileSync } from "node:child_process";
import { afterEach, describe, expect, test, vi } from "vitest";
import { ServiceCallError, withDurableExecution } from "../src/index.ts";
import { startFakeLambda, type FakeLambda } from "./support/fake-lambda.ts";
import {
  ARN,
  arnPath,
  checkpointPath,
  clientOf,
  event,
  oneStep,
  rejectionOf,
  request,
  startedAt,
  taken,
} from "./support/lambda-invocation.ts";

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

  test("gives every checkpoint a client token that no other has, one that says the same included", async () => {
    await using lambda = await startFakeLambda(() => taken);
    const client = clientOf(lambda);
    for (let index = 0; index < 10; index += 1) await client.checkpoint(request);
    expect(new Set(clientTokens(lambda)).size).toBe(10);
  });

  test("keeps a client token that it is given", async () => {
    await using lambda = await startFakeLambda(() => taken);
    await clientOf(lambda).checkpoint({ ...request, ClientToken: "mine" });
    expect(clientTokens(lambda)).toEqual(["mine"]);
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
    const handler = withDurableExecution(oneStep);
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
    const handler = withDurableExecution(oneStep, { client: clientOf(lambda) });
    expect(await handler(event("m"))).toEqual({ Status: "SUCCEEDED", Result: "70" });
    expect(lambda.requests).toMatchObject([{ query: { CheckpointToken: "t-1", Marker: "m" } }]);
  });

  test("rejects when the service cannot be reached", async () => {
    let url = "";
    {
      await using lambda = await startFakeLambda(() => taken);
      ({ url } = lambda);
    }
    const error = await rejectionOf(
      withDurableExecution(oneStep, { client: clientOf({ url }) })(event()),
    );
    expect(ServiceCallError.is(error)).toBe(true);
    expect((error as Error).message).toContain("ECONNREFUSED");
    expect(error).toMatchObject({ cause: { code: "ECONNREFUSED" } });
  });

  test("says what to install where there is no AWS client", async () => {
    const cause = new Error("Cannot find package '@aws-sdk/client-lambda'.");
    vi.doMock("@aws-sdk/client-lambda", () => {
      throw cause;
    });
    vi.resetModules();
    const error = await rejectionOf(withDurableExecution(oneStep)(event()));
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
