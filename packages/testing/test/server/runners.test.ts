import {
  CheckpointDurableExecutionCommand,
  GetDurableExecutionCommand,
  GetDurableExecutionHistoryCommand,
  GetDurableExecutionStateCommand,
  type LambdaClient,
  ListDurableExecutionsByFunctionCommand,
  SendDurableExecutionCallbackFailureCommand,
  SendDurableExecutionCallbackHeartbeatCommand,
  SendDurableExecutionCallbackSuccessCommand,
  StopDurableExecutionCommand,
} from "@aws-sdk/client-lambda";
import { withDurableExecution as withAwsDurableExecution } from "@aws/durable-execution-sdk-js";
import { InvalidArgumentError, withDurableExecution } from "@durabletest/runtime";
import { describe, expect, test } from "vitest";
import {
  CallbackClosedError,
  DurableTestRunner,
  HandlerRejectedError,
  type RunnerOptions,
} from "../../src/index.ts";
import { engineOf } from "../../src/engine/door.ts";
import { type DurableServer, startDurableServer } from "../../src/server/index.ts";
import { bytes, lambdaClient, rejectionOf, send } from "./support/clients.ts";

interface Approval {
  readonly approved: boolean;
}

const approval = withDurableExecution(async (order: { readonly id: string }, context) => {
  const callback = await context.createCallback<Approval>("approval", {
    timeout: { hours: 48 },
    heartbeatTimeout: { hours: 12 },
  });
  await context.step("ask", () => `Approve ${order.id}?`);
  const answer = await callback.result();
  await context.wait("ship", { days: 1 });
  return answer?.approved === true ? "shipped" : "rejected";
});

interface Serving<Input, Output> extends AsyncDisposable {
  readonly runner: DurableTestRunner<Input, Output>;
  readonly server: DurableServer;
  readonly aws: LambdaClient;
}

/** A runner, a server in front of it, and a client of that. */
async function serving<Input, Output>(
  handler: ConstructorParameters<typeof DurableTestRunner<Input, Output>>[0],
  options: RunnerOptions = {},
): Promise<Serving<Input, Output>> {
  const runner = new DurableTestRunner<Input, Output>(handler, options);
  const server = await startDurableServer(runner);
  const aws = lambdaClient(server);
  return {
    runner,
    server,
    aws,
    [Symbol.asyncDispose]: async () => {
      aws.destroy();
      await server.close();
      await runner[Symbol.asyncDispose]();
    },
  };
}

/** Runs an order until it waits for its approval. */
async function waiting() {
  const on = await serving(approval);
  await on.runner.run({ id: "order-1" });
  return Object.assign(on, { CallbackId: on.runner.callback("approval").callbackId });
}

const success = (CallbackId: string, value: unknown) =>
  new SendDurableExecutionCallbackSuccessCommand({
    CallbackId,
    Result: bytes(JSON.stringify(value)),
  });

const arnOf = (runner: DurableTestRunner<never>): string =>
  engineOf(runner)?.engine.root?.state.arn ?? "";

describe("a callback completed over HTTP", () => {
  test("is applied at once, and the runner goes on by itself", async () => {
    await using on = await waiting();
    await on.aws.send(success(on.CallbackId, { approved: true }));
    expect(on.runner.callback("approval").status).toBe("SUCCEEDED");
    const result = await on.runner.settled();
    expect(result).toMatchObject({ status: "SUCCEEDED", result: "shipped" });
    expect(result.elapsedMs).toBe(86_400_000);
    expect(result.world).toMatchObject([{ kind: "success", callbackName: "approval" }]);
  });

  test("goes on no further than the runner does by itself", async () => {
    await using on = await serving(approval, { timeSkipping: "manual" });
    await on.runner.run({ id: "order-1" });
    await on.aws.send(success(on.runner.callback("approval").callbackId, { approved: false }));
    expect(await on.runner.settled()).toMatchObject({ status: "PENDING", elapsedMs: 0 });
    expect(await on.runner.advance({ days: 1 })).toMatchObject({ result: "rejected" });
  });

  test("has as its result what was sent, byte by byte", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      const callback = await context.createCallback<string>("text", {
        serdes: { serialize: async (value) => value, deserialize: async (text) => text },
      });
      return callback.result();
    });
    await using on = await serving(handler);
    await on.runner.run({});
    const { callbackId } = on.runner.callback("text");
    const path = `durable-execution-callbacks/${encodeURIComponent(callbackId)}/succeed`;
    expect(await send(on.server, "POST", path, { body: " { no JSON: ü\n" })).toMatchObject({
      status: 200,
    });
    expect(await on.runner.settled()).toMatchObject({ result: " { no JSON: ü\n" });
  });

  test("fails", async () => {
    await using on = await waiting();
    await on.aws.send(
      new SendDurableExecutionCallbackFailureCommand({
        CallbackId: on.CallbackId,
        Error: { ErrorType: "Declined", ErrorMessage: "No.", ErrorData: "d", StackTrace: ["at x"] },
      }),
    );
    const result = await on.runner.settled();
    expect(result).toMatchObject({
      status: "FAILED",
      error: { ErrorType: "CallbackExternalError", ErrorMessage: "No." },
    });
    expect(result.operations).toContainEqual(
      expect.objectContaining({
        type: "CALLBACK",
        error: { ErrorType: "Declined", ErrorMessage: "No.", ErrorData: "d", StackTrace: ["at x"] },
      }),
    );
  });

  test("has its heartbeat timeout start afresh at a heartbeat", async () => {
    await using on = await waiting();
    await on.runner.advance({ hours: 11 });
    await on.aws.send(
      new SendDurableExecutionCallbackHeartbeatCommand({ CallbackId: on.CallbackId }),
    );
    await on.runner.settled();
    expect(on.runner.callback("approval").heartbeatAt).toEqual(new Date("2025-01-01T23:00:00Z"));
  });

  test("cannot be completed twice", async () => {
    await using on = await waiting();
    await on.aws.send(success(on.CallbackId, { approved: true }));
    for (const ended of [false, true]) {
      if (ended) await on.runner.settled();
      for (const command of [
        success(on.CallbackId, { approved: false }),
        new SendDurableExecutionCallbackFailureCommand({ CallbackId: on.CallbackId }),
        new SendDurableExecutionCallbackHeartbeatCommand({ CallbackId: on.CallbackId }),
      ]) {
        const error = await rejectionOf(on.aws.send(command));
        expect(error).toMatchObject({
          name: "CallbackTimeoutException",
          $metadata: { httpStatusCode: 400 },
        });
      }
    }
    expect(await on.runner.settled()).toMatchObject({ result: "shipped" });
  });

  test("is too late when its timeout has passed", async () => {
    await using on = await waiting();
    expect(await on.runner.runToCompletion()).toMatchObject({ result: "rejected" });
    const error = await rejectionOf(on.aws.send(success(on.CallbackId, { approved: true })));
    expect(error).toMatchObject({ name: "CallbackTimeoutException" });
    expect((error as Error).message).toContain("TIMED_OUT");
  });

  test("must be one that there is", async () => {
    await using on = await waiting();
    const error = await rejectionOf(on.aws.send(success("none", {})));
    expect(error).toMatchObject({
      name: "ResourceNotFoundException",
      message: 'There is no callback with the id "none".',
    });
    expect(on.runner.result.status).toBe("PENDING");
  });

  test("takes as much as the service does, and stays open when it is more", async () => {
    await using on = await waiting();
    const text = (length: number) => ({ approved: true, note: "x".repeat(length - 27) });
    const error = await rejectionOf(on.aws.send(success(on.CallbackId, text(262_145))));
    expect(error).toMatchObject({ name: "InvalidParameterValueException" });
    expect((error as Error).message).toContain("262144");
    const failure = new SendDurableExecutionCallbackFailureCommand({
      CallbackId: on.CallbackId,
      Error: { ErrorMessage: "x".repeat(262_145) },
    });
    expect(await rejectionOf(on.aws.send(failure))).toMatchObject({
      name: "InvalidParameterValueException",
    });
    expect(on.runner.callback("approval").status).toBe("STARTED");
    await on.aws.send(success(on.CallbackId, text(262_144)));
    expect(await on.runner.settled()).toMatchObject({ result: "shipped" });
  });

  test("may be so by the very step that asks for it", async () => {
    let url = "";
    const handler = withDurableExecution(async (_: unknown, context) => {
      const callback = await context.createCallback<number>("answer", { timeout: { hours: 1 } });
      const status = await context.step("ask", async () => {
        const id = encodeURIComponent(callback.callbackId);
        const answer = await fetch(`${url}/2025-12-01/durable-execution-callbacks/${id}/succeed`, {
          method: "POST",
          body: "42",
        });
        return answer.status;
      });
      return [status, await callback.result()];
    });
    await using on = await serving(handler);
    ({ url } = on.server);
    expect(await on.runner.run({})).toMatchObject({
      status: "SUCCEEDED",
      result: [200, 42],
      elapsedMs: 0,
    });
  });

  test("says what went wrong then when somebody waits for it", async () => {
    const handler = async (event: {
      readonly InitialExecutionState: { readonly Operations: readonly unknown[] };
      readonly durableExecutionClient: { readonly checkpoint: (_: object) => Promise<object> };
      readonly DurableExecutionArn: string;
      readonly CheckpointToken: string;
    }) => {
      const { DurableExecutionArn, CheckpointToken } = event;
      if (event.InitialExecutionState.Operations.length > 1) throw new Error("It is broken.");
      await event.durableExecutionClient.checkpoint({
        DurableExecutionArn,
        CheckpointToken,
        Updates: [{ Id: "1", Type: "CALLBACK", Action: "START", Name: "cb" }],
      });
      return { Status: "PENDING" };
    };
    await using on = await serving(handler);
    await on.runner.run();
    await on.aws.send(success(on.runner.callback("cb").callbackId, 1));
    const error = await rejectionOf(on.runner.settled());
    expect(HandlerRejectedError.is(error)).toBe(true);
    expect((error as Error).message).toContain("It is broken.");
  });

  test("is closed to the test as well", async () => {
    await using on = await waiting();
    await on.aws.send(success(on.CallbackId, { approved: true }));
    const error = await rejectionOf(on.runner.callback("approval").fail(new Error("too late")));
    expect(CallbackClosedError.is(error)).toBe(true);
    await on.runner.settled();
  });
});

describe("an execution, looked at over HTTP", () => {
  test("has the history that its result has", async () => {
    await using on = await waiting();
    await on.aws.send(success(on.CallbackId, { approved: true }));
    const { history } = await on.runner.settled();
    const { Events } = await on.aws.send(
      new GetDurableExecutionHistoryCommand({ DurableExecutionArn: arnOf(on.runner) }),
    );
    expect(Events).toEqual(history);
  });

  test("is described as it stands", async () => {
    await using on = await serving(approval);
    await on.runner.run({ id: "order-1" }, { timeout: { days: 7 } });
    const describeIt = async () => {
      const { $metadata: _, ...described } = await on.aws.send(
        new GetDurableExecutionCommand({ DurableExecutionArn: arnOf(on.runner) }),
      );
      return described;
    };
    const running = {
      DurableExecutionArn: arnOf(on.runner),
      DurableExecutionName: "test",
      FunctionArn: "arn:aws:lambda:us-east-1:123456789012:function:durable-test:$LATEST",
      Version: "$LATEST",
      Status: "RUNNING",
      StartTimestamp: new Date("2025-01-01T00:00:00.000Z"),
      InputPayload: '{"id":"order-1"}',
      ExecutionDataIncluded: true,
      DurableConfig: { ExecutionTimeout: 604_800 },
    };
    expect(await describeIt()).toEqual(running);
    await on.runner.callback("approval").succeed({ approved: true });
    expect(await describeIt()).toEqual({
      ...running,
      Status: "SUCCEEDED",
      EndTimestamp: new Date("2025-01-02T00:00:00.000Z"),
      Result: '"shipped"',
    });
  });

  test("is not found before it is started, or by another name", async () => {
    await using on = await serving(approval);
    for (const DurableExecutionArn of ["arn:none", "__proto__", "constructor", "../../etc"]) {
      for (const command of [
        new GetDurableExecutionCommand({ DurableExecutionArn }),
        new GetDurableExecutionHistoryCommand({ DurableExecutionArn }),
        new StopDurableExecutionCommand({ DurableExecutionArn }),
      ]) {
        const error = await rejectionOf(on.aws.send(command as GetDurableExecutionCommand));
        expect(error).toMatchObject({ name: "ResourceNotFoundException" });
      }
      const request = { DurableExecutionArn, CheckpointToken: "1" };
      for (const command of [
        new CheckpointDurableExecutionCommand(request),
        new GetDurableExecutionStateCommand(request),
      ]) {
        const error = await rejectionOf(on.aws.send(command as CheckpointDurableExecutionCommand));
        expect(error).toMatchObject({ name: "InvalidParameterValueException" });
        expect((error as Error).message).not.toMatch(/^Invalid Checkpoint Token/);
      }
    }
  });

  test("is stopped, once", async () => {
    await using on = await waiting();
    await on.runner.advance({ hours: 1 });
    const stop = new StopDurableExecutionCommand({
      DurableExecutionArn: arnOf(on.runner),
      Error: { ErrorType: "Cancelled", ErrorMessage: "No longer wanted." },
    });
    const { StopTimestamp } = await on.aws.send(stop);
    expect(StopTimestamp).toEqual(new Date("2025-01-01T01:00:00.000Z"));
    expect(await on.runner.settled()).toMatchObject({
      status: "STOPPED",
      error: { ErrorType: "Cancelled", ErrorMessage: "No longer wanted." },
    });
    const error = await rejectionOf(on.aws.send(stop));
    expect(error).toMatchObject({ name: "InvalidParameterValueException" });
    expect((error as Error).message).toContain("STOPPED");
  });

  test("is stopped without a reason", async () => {
    await using on = await waiting();
    await on.aws.send(new StopDurableExecutionCommand({ DurableExecutionArn: arnOf(on.runner) }));
    expect(await on.runner.settled()).toMatchObject({
      status: "STOPPED",
      error: { ErrorType: "Stopped" },
    });
  });
});

describe("executions that invoke others", () => {
  const outer = withAwsDurableExecution(async (_: unknown, context) =>
    context.invoke<object, string>("approvals", { id: "order-2" }),
  );

  test("are all there", async () => {
    await using on = await serving(outer, { durableFunctions: { approvals: approval } });
    await on.runner.run({});
    const list = async (FunctionName: string) => {
      const { DurableExecutions = [] } = await on.aws.send(
        new ListDurableExecutionsByFunctionCommand({ FunctionName }),
      );
      return DurableExecutions;
    };
    for (const name of [
      "approvals",
      "approvals:$LATEST",
      "123456789012:function:approvals",
      "arn:aws:lambda:us-east-1:123456789012:function:approvals",
    ]) {
      expect(await list(name)).toMatchObject([
        {
          Status: "RUNNING",
          FunctionArn: expect.stringContaining(":function:approvals:") as string,
        },
      ]);
    }
    expect(await list("durable-test")).toMatchObject([{ DurableExecutionArn: arnOf(on.runner) }]);
    expect(await rejectionOf(list("others"))).toMatchObject({ name: "ResourceNotFoundException" });

    const [inner] = await list("approvals");
    const { Events = [] } = await on.aws.send(
      new GetDurableExecutionHistoryCommand({ DurableExecutionArn: inner?.DurableExecutionArn }),
    );
    const CallbackId = Events.flatMap(
      ({ CallbackStartedDetails }) => CallbackStartedDetails?.CallbackId ?? [],
    )[0];
    await on.aws.send(success(CallbackId ?? "", { approved: true }));
    expect(await on.runner.settled()).toMatchObject({ status: "SUCCEEDED", result: "shipped" });
  });

  test("go on when one of them is stopped", async () => {
    await using on = await serving(outer, { durableFunctions: { approvals: approval } });
    await on.runner.run({});
    const { DurableExecutions: [inner] = [] } = await on.aws.send(
      new ListDurableExecutionsByFunctionCommand({ FunctionName: "approvals" }),
    );
    await on.aws.send(
      new StopDurableExecutionCommand({ DurableExecutionArn: inner?.DurableExecutionArn }),
    );
    expect(await on.runner.settled()).toMatchObject({ status: "FAILED" });
  });
});

describe("several runners", () => {
  test("are served side by side", async () => {
    const runners = [0, 1, 2].map((seed) => new DurableTestRunner(approval, { seed }));
    const [first, second, third] = runners;
    if (first === undefined || second === undefined || third === undefined) throw new Error();
    await using server = await startDurableServer([first, second]);
    expect(server.add(third)).toBe(third);
    const aws = lambdaClient(server);
    await Promise.all(runners.map((runner) => runner.run({ id: "order" })));
    const { DurableExecutions } = await aws.send(
      new ListDurableExecutionsByFunctionCommand({
        FunctionName: "durable-test",
        ReverseOrder: true,
      }),
    );
    expect(DurableExecutions?.map(({ DurableExecutionArn }) => DurableExecutionArn)).toEqual(
      runners.map((runner) => arnOf(runner)),
    );
    await Promise.all(
      runners.map((runner, index) =>
        aws.send(success(runner.callback("approval").callbackId, { approved: index !== 1 })),
      ),
    );
    const results = await Promise.all(runners.map((runner) => runner.settled()));
    expect(results.map(({ result }) => result)).toEqual(["shipped", "rejected", "shipped"]);
    aws.destroy();
  });

  test("are forgotten when they are gone", async () => {
    await using server = await startDurableServer();
    const aws = lambdaClient(server);
    for (const id of ["1", "2", "3"]) {
      await using runner = server.add(new DurableTestRunner(approval));
      await runner.run({ id });
      const { InputPayload } = await aws.send(
        new GetDurableExecutionCommand({ DurableExecutionArn: arnOf(runner) }),
      );
      expect(InputPayload).toBe(`{"id":"${id}"}`);
    }
    const list = new ListDurableExecutionsByFunctionCommand({ FunctionName: "durable-test" });
    expect(await rejectionOf(aws.send(list))).toMatchObject({ name: "ResourceNotFoundException" });
    aws.destroy();
  });

  test("must be told apart by their seeds, until they have ended", async () => {
    await using server = await startDurableServer();
    const first = server.add(new DurableTestRunner(approval));
    expect(() => server.add(first)).not.toThrow();
    expect(() => server.add(new DurableTestRunner(approval))).toThrow(InvalidArgumentError);
    expect(() => server.add(new DurableTestRunner(approval))).toThrow("{ seed: 1 }");
    await first.run({ id: "1" });
    await first.stop();
    const second = server.add(new DurableTestRunner(approval));
    await second.run({ id: "2" });
    const aws = lambdaClient(server);
    await aws.send(success(second.callback("approval").callbackId, { approved: true }));
    expect(await second.settled()).toMatchObject({ result: "shipped" });
    aws.destroy();
  });

  test("are found from the environment that the server has ready", async () => {
    await using server = await startDurableServer();
    expect(server.env).toEqual({
      AWS_ENDPOINT_URL_LAMBDA: server.url,
      AWS_REGION: "us-east-1",
      AWS_DEFAULT_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
    });
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  });

  test.for([undefined, null, {}, "runner", approval])(
    "does not take something else for one: %#",
    async (other) => {
      await using server = await startDurableServer();
      expect(() => server.add(other as never)).toThrow(InvalidArgumentError);
      if (other === undefined) return;
      const error = await rejectionOf(startDurableServer(other as never));
      expect(InvalidArgumentError.is(error)).toBe(true);
    },
  );
});

describe("a server", () => {
  test.for([
    [{ port: -1 }, "port: -1"],
    [{ port: 65_536 }, "port: 65536"],
    [{ port: 1.5 }, "port: 1.5"],
    [{ port: "80" as never }, 'port: "80"'],
    [{ host: "" }, 'host: ""'],
    [{ host: 7 as never }, "host: 7"],
  ] as const)("does not listen at %j", async ([options, message]) => {
    const error = await rejectionOf(startDurableServer([], options));
    expect(InvalidArgumentError.is(error)).toBe(true);
    expect((error as Error).message).toContain(message);
  });

  test("listens where it is told to, and only where nobody else does", async () => {
    await using server = await startDurableServer([], { host: "0.0.0.0" });
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:/);
    expect(await send(server, "GET", "nowhere")).toMatchObject({ status: 404 });
    const port = Number(new URL(server.url).port);
    const error = await rejectionOf(startDurableServer([], { port, host: "0.0.0.0" }));
    expect(error).toMatchObject({ code: "EADDRINUSE" });
  });
});
