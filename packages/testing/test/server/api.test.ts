import {
  CheckpointDurableExecutionCommand,
  GetDurableExecutionCommand,
  GetDurableExecutionHistoryCommand,
  GetDurableExecutionStateCommand,
  type GetDurableExecutionHistoryCommandInput,
  ListDurableExecutionsByFunctionCommand,
  type ListDurableExecutionsByFunctionCommandInput,
  SendDurableExecutionCallbackFailureCommand,
  SendDurableExecutionCallbackHeartbeatCommand,
  SendDurableExecutionCallbackSuccessCommand,
  StopDurableExecutionCommand,
} from "@aws-sdk/client-lambda";
import { describe, expect, test } from "vitest";
import type { DurableService, ExecutionDescription } from "../../src/server/durable-service.ts";
import { ApiException } from "../../src/server/errors.ts";
import { type HttpServer, listen } from "../../src/server/http.ts";
import { ServiceException } from "../../src/service/service-error.ts";
import { bytes, lambdaClient, rejectionOf, send } from "./support/clients.ts";
import {
  ARN,
  endedAt,
  execution,
  fakeService,
  history,
  type ServiceCall,
  startedAt,
} from "./support/fake-service.ts";

interface Serving extends AsyncDisposable {
  readonly server: HttpServer;
  readonly aws: ReturnType<typeof lambdaClient>;
  readonly calls: readonly ServiceCall[];
}

/** A server in front of a fake service. */
async function serving(answers: Partial<DurableService> = {}): Promise<Serving> {
  const service = fakeService(answers);
  const server = await listen(service, { host: "127.0.0.1", port: 0 });
  const aws = lambdaClient(server);
  return {
    server,
    aws,
    calls: service.calls,
    [Symbol.asyncDispose]: async () => {
      aws.destroy();
      await server.close();
    },
  };
}

const callbackId = "aWQ/with+all=of/its==";

describe("CheckpointDurableExecution", () => {
  test("hands over the updates, and tells what has changed", async () => {
    await using on = await serving({
      checkpoint: () => ({
        CheckpointToken: "t-2",
        NewExecutionState: {
          Operations: [
            {
              Id: "1",
              Type: "STEP",
              Status: "PENDING",
              StartTimestamp: startedAt,
              EndTimestamp: undefined,
              StepDetails: { Attempt: 1, NextAttemptTimestamp: endedAt, Error: { ErrorType: "E" } },
            },
          ],
          NextMarker: "m",
        },
      }),
    });
    const Updates = [
      {
        Id: "1",
        ParentId: "0",
        Name: "work",
        Type: "STEP",
        SubType: "Step",
        Action: "RETRY",
        Payload: '"ü"',
        Error: { ErrorType: "E", ErrorMessage: "m", ErrorData: "d", StackTrace: ["at a", "at b"] },
        StepOptions: { NextAttemptDelaySeconds: 5 },
        ContextOptions: { ReplayChildren: true },
        WaitOptions: { WaitSeconds: 6 },
        CallbackOptions: { TimeoutSeconds: 7, HeartbeatTimeoutSeconds: 8 },
        ChainedInvokeOptions: { FunctionName: "f", TenantId: "t" },
      },
    ] as const;
    const response = await on.aws.send(
      new CheckpointDurableExecutionCommand({
        DurableExecutionArn: ARN,
        CheckpointToken: "t-1",
        ClientToken: "c-1",
        Updates: Updates.map((update) => ({
          ...update,
          Error: { ...update.Error, StackTrace: [...update.Error.StackTrace] },
        })),
      }),
    );
    expect(on.calls).toEqual([
      [
        "checkpoint",
        { DurableExecutionArn: ARN, CheckpointToken: "t-1", ClientToken: "c-1", Updates },
      ],
    ]);
    expect(response).toMatchObject({
      CheckpointToken: "t-2",
      NewExecutionState: {
        Operations: [
          {
            Id: "1",
            Status: "PENDING",
            StartTimestamp: startedAt,
            StepDetails: { Attempt: 1, NextAttemptTimestamp: endedAt, Error: { ErrorType: "E" } },
          },
        ],
        NextMarker: "m",
      },
    });
    expect(response.NewExecutionState?.Operations?.[0]).not.toHaveProperty("EndTimestamp");
  });

  test("takes fields that are null as absent, and looks at no others", async () => {
    await using on = await serving();
    const path = `durable-executions/${encodeURIComponent(ARN)}/checkpoint`;
    const body = `{"CheckpointToken":"t","Updates":[{"Id":"1","Type":"STEP","Action":"START","Name":null,
      "__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"More":[[]]}],
      "__proto__":{"polluted":true},"ClientToken":null}`;
    expect(await send(on.server, "POST", path, { body, headers: json })).toMatchObject({
      status: 200,
      contentType: "application/json",
      body: { CheckpointToken: "t-2", NewExecutionState: {} },
    });
    const [[, request] = []] = on.calls;
    expect(request).toEqual({
      DurableExecutionArn: ARN,
      CheckpointToken: "t",
      Updates: [{ Id: "1", Type: "STEP", Action: "START" }],
    });
    expect({}).not.toHaveProperty("polluted");
    expect(request).not.toHaveProperty("polluted");
  });

  test("is refused in the words of the service", async () => {
    await using on = await serving({
      checkpoint: () => {
        throw new ServiceException(
          "InvalidParameterValueException",
          "Invalid Checkpoint Token: t-1",
        );
      },
    });
    const error = await rejectionOf(
      on.aws.send(
        new CheckpointDurableExecutionCommand({ DurableExecutionArn: ARN, CheckpointToken: "t-1" }),
      ),
    );
    expect(error).toMatchObject({
      name: "InvalidParameterValueException",
      message: "Invalid Checkpoint Token: t-1",
      $fault: "client",
      $metadata: { httpStatusCode: 400 },
    });
  });

  const update = '{"Id":"1","Type":"STEP","Action":"START"}';
  test.for([
    ["{", "InvalidRequestContentException", "no JSON"],
    ["", "InvalidRequestContentException", "no JSON"],
    ["null", "InvalidParameterValueException", "The body must be of type object"],
    ["[]", "InvalidParameterValueException", "The body must be of type object"],
    ["{}", "InvalidParameterValueException", "CheckpointToken must be of type string"],
    ['{"CheckpointToken":7}', "InvalidParameterValueException", "CheckpointToken must be of type"],
    [
      '{"CheckpointToken":"t","Updates":{}}',
      "InvalidParameterValueException",
      "Updates must be of type array",
    ],
    [
      '{"CheckpointToken":"t","Updates":[null]}',
      "InvalidParameterValueException",
      "Updates[0] must be of type object",
    ],
    [
      `{"CheckpointToken":"t","Updates":[${update},${update.replace("STEP", "__proto__")}]}`,
      "InvalidParameterValueException",
      "Updates[1].Type must be one of EXECUTION, CONTEXT, STEP",
    ],
    [
      `{"CheckpointToken":"t","Updates":[${update.replace("}", ',"StepOptions":{"NextAttemptDelaySeconds":"5"}}')}]}`,
      "InvalidParameterValueException",
      "Updates[0].StepOptions.NextAttemptDelaySeconds must be of type number",
    ],
  ] as const)("refuses the body %s", async ([body, errorType, message]) => {
    await using on = await serving();
    const path = `durable-executions/${encodeURIComponent(ARN)}/checkpoint`;
    const answer = await send(on.server, "POST", path, { body, headers: json });
    expect(answer).toMatchObject({
      status: 400,
      errorType,
      body: { Type: "User", message: expect.stringContaining(message) as string },
    });
    expect(on.calls).toEqual([]);
  });
});

describe("GetDurableExecutionState", () => {
  test("asks for a page", async () => {
    await using on = await serving({
      executionState: () => ({
        Operations: [
          {
            Id: "1",
            Type: "WAIT",
            Status: "STARTED",
            StartTimestamp: startedAt,
            WaitDetails: { ScheduledEndTimestamp: endedAt },
          },
        ],
        NextMarker: "m-2",
      }),
    });
    const response = await on.aws.send(
      new GetDurableExecutionStateCommand({
        DurableExecutionArn: ARN,
        CheckpointToken: "t/1+&=",
        Marker: "m-1",
        MaxItems: 7,
      }),
    );
    expect(on.calls).toEqual([
      [
        "executionState",
        { DurableExecutionArn: ARN, CheckpointToken: "t/1+&=", Marker: "m-1", MaxItems: 7 },
      ],
    ]);
    expect(response).toMatchObject({
      Operations: [
        { Id: "1", StartTimestamp: startedAt, WaitDetails: { ScheduledEndTimestamp: endedAt } },
      ],
      NextMarker: "m-2",
    });
  });

  test("has pages of 100 when nobody says otherwise", async () => {
    await using on = await serving();
    for (const MaxItems of [undefined, 0]) {
      await on.aws.send(
        new GetDurableExecutionStateCommand({
          DurableExecutionArn: ARN,
          CheckpointToken: "t",
          MaxItems,
        }),
      );
    }
    expect(on.calls).toMatchObject([
      ["executionState", { MaxItems: 100 }],
      ["executionState", { MaxItems: 100 }],
    ]);
  });

  test.for(["-1", "1001", "1.5", "ten", "", "1e2", "99999999999999999999"])(
    "refuses MaxItems=%s",
    async (maxItems) => {
      await using on = await serving();
      const path = `durable-executions/a/state?CheckpointToken=t&MaxItems=${maxItems}`;
      expect(await send(on.server, "GET", path)).toMatchObject({
        status: 400,
        errorType: "InvalidParameterValueException",
      });
    },
  );
});

describe("GetDurableExecution", () => {
  test("describes the execution", async () => {
    await using on = await serving();
    const response = await on.aws.send(
      new GetDurableExecutionCommand({ DurableExecutionArn: ARN }),
    );
    expect(on.calls).toEqual([["execution", ARN]]);
    const { $metadata: _, ...described } = response;
    expect(described).toEqual({
      DurableExecutionArn: ARN,
      DurableExecutionName: "test",
      FunctionArn: execution.functionArn,
      Version: "$LATEST",
      Status: "SUCCEEDED",
      StartTimestamp: startedAt,
      EndTimestamp: endedAt,
      InputPayload: '{"order":7}',
      Result: '"done"',
      ExecutionDataIncluded: true,
      DurableConfig: { ExecutionTimeout: 3600 },
    });
  });

  test("leaves the data out when it is told to", async () => {
    const { timeoutSeconds: _, ...failed }: ExecutionDescription = {
      ...execution,
      status: "FAILED",
      error: { ErrorMessage: "secret" },
    };
    await using on = await serving({
      execution: () => ({ ...failed, timeoutSeconds: undefined }),
    });
    const ask = async (IncludeExecutionData: boolean): Promise<object> =>
      on.aws.send(
        new GetDurableExecutionCommand({ DurableExecutionArn: ARN, IncludeExecutionData }),
      );
    expect(await ask(true)).toMatchObject({
      ExecutionDataIncluded: true,
      Error: { ErrorMessage: "secret" },
    });
    const brief = await ask(false);
    expect(brief).toMatchObject({ Status: "FAILED", ExecutionDataIncluded: false });
    expect(JSON.stringify(brief)).not.toMatch(/secret|order|done/);
    expect(brief).not.toHaveProperty("DurableConfig");
  });

  test("of one that nobody knows is not found", async () => {
    await using on = await serving({
      execution: (arn) => {
        throw new ApiException("ResourceNotFoundException", `No ${arn}.`);
      },
    });
    const error = await rejectionOf(
      on.aws.send(new GetDurableExecutionCommand({ DurableExecutionArn: "arn:none" })),
    );
    expect(error).toMatchObject({
      name: "ResourceNotFoundException",
      message: "No arn:none.",
      $metadata: { httpStatusCode: 404 },
    });
  });
});

describe("GetDurableExecutionHistory", () => {
  const ask = async (on: Serving, input: Partial<GetDurableExecutionHistoryCommandInput> = {}) =>
    on.aws.send(new GetDurableExecutionHistoryCommand({ DurableExecutionArn: ARN, ...input }));

  test("tells the events as they are", async () => {
    await using on = await serving();
    const { Events, NextMarker } = await ask(on);
    expect(Events).toEqual(history);
    expect(NextMarker).toBeUndefined();
  });

  test.for([false, true])("goes page by page; in reverse: %s", async (ReverseOrder) => {
    const grown = [...history];
    await using on = await serving({ history: () => grown });
    const seen: (number | undefined)[] = [];
    let Marker: string | undefined;
    do {
      const page = await ask(on, { MaxItems: 3, Marker, ReverseOrder });
      expect(page.Events?.length).toBeLessThanOrEqual(3);
      seen.push(...(page.Events ?? []).map(({ EventId }) => EventId));
      Marker = page.NextMarker;
      // It grows meanwhile: who began at the end sees nothing of it.
      if (ReverseOrder) grown.push({ ...history[1], EventId: grown.length + 1 } as never);
    } while (Marker !== undefined);
    const ids = history.map(({ EventId }) => EventId);
    expect(seen).toEqual(ReverseOrder ? ids.toReversed() : ids);
  });

  test("leaves the data out when it is told to", async () => {
    await using on = await serving();
    const { Events = [] } = await ask(on, { IncludeExecutionData: false });
    expect(JSON.stringify(Events)).not.toMatch(/secret|order/);
    expect(Events).toMatchObject([
      { ExecutionStartedDetails: { ExecutionTimeout: 3600 } },
      { Name: "work" },
      { StepFailedDetails: { RetryDetails: { CurrentAttempt: 1 }, Error: { Truncated: false } } },
      { WaitStartedDetails: { ScheduledEndTimestamp: endedAt } },
      { CallbackStartedDetails: { CallbackId: "cb" } },
      { InvocationCompletedDetails: { RequestId: "r-1" } },
      { ExecutionSucceededDetails: { Result: { Truncated: false } } },
    ]);
  });

  test.for(["Marker=none", "Marker=", "ReverseOrder=yes", "IncludeExecutionData=1"])(
    "refuses %s",
    async (query) => {
      await using on = await serving();
      const answer = await send(on.server, "GET", `durable-executions/a/history?${query}`);
      expect(answer).toMatchObject({ status: 400, errorType: "InvalidParameterValueException" });
    },
  );
});

describe("StopDurableExecution", () => {
  test("hands over the reason, and tells when it was stopped", async () => {
    await using on = await serving();
    for (const Error of [undefined, { ErrorType: "T", ErrorMessage: "enough" }]) {
      const response = await on.aws.send(
        new StopDurableExecutionCommand({ DurableExecutionArn: ARN, Error }),
      );
      expect(response.StopTimestamp).toEqual(endedAt);
    }
    expect(on.calls).toEqual([
      ["stop", ARN, undefined],
      ["stop", ARN, { ErrorType: "T", ErrorMessage: "enough" }],
    ]);
  });
});

describe("ListDurableExecutionsByFunction", () => {
  const executions = Array.from({ length: 5 }, (_, index): ExecutionDescription => ({
    ...execution,
    arn: `${ARN}/${index}`,
    name: index === 1 ? "named" : "test",
    status: index === 4 ? "RUNNING" : "SUCCEEDED",
    startedAt: new Date(startedAt.getTime() + index * 1000),
    endedAt: index === 4 ? undefined : endedAt,
  }));
  const list = async (
    on: Serving,
    input: Partial<ListDurableExecutionsByFunctionCommandInput> = {},
  ): Promise<readonly string[]> => {
    const { DurableExecutions = [] } = await on.aws.send(
      new ListDurableExecutionsByFunctionCommand({ FunctionName: "f", ...input }),
    );
    return DurableExecutions.map(({ DurableExecutionArn }) => DurableExecutionArn?.at(-1) ?? "");
  };

  test("tells of each execution, the newest first", async () => {
    await using on = await serving({ executionsOf: () => executions });
    const { DurableExecutions } = await on.aws.send(
      new ListDurableExecutionsByFunctionCommand({ FunctionName: "arn:aws:lambda:::function:f" }),
    );
    expect(on.calls).toEqual([["executionsOf", "arn:aws:lambda:::function:f"]]);
    expect(DurableExecutions?.slice(0, 2)).toEqual([
      {
        DurableExecutionArn: `${ARN}/4`,
        DurableExecutionName: "test",
        FunctionArn: execution.functionArn,
        Status: "RUNNING",
        StartTimestamp: executions[4]?.startedAt,
      },
      expect.objectContaining({ DurableExecutionArn: `${ARN}/3`, EndTimestamp: endedAt }),
    ]);
    expect(await list(on)).toEqual(["4", "3", "2", "1", "0"]);
    expect(await list(on, { ReverseOrder: true })).toEqual(["0", "1", "2", "3", "4"]);
  });

  test("can be narrowed down", async () => {
    await using on = await serving({ executionsOf: () => executions });
    expect(await list(on, { Statuses: ["RUNNING"] })).toEqual(["4"]);
    expect(await list(on, { Statuses: ["RUNNING", "SUCCEEDED"] })).toHaveLength(5);
    expect(await list(on, { Statuses: ["FAILED"] })).toEqual([]);
    expect(await list(on, { DurableExecutionName: "named" })).toEqual(["1"]);
    expect(await list(on, { Qualifier: "$LATEST" })).toHaveLength(5);
    expect(await list(on, { Qualifier: "7" })).toEqual([]);
    const [, second, , fourth] = executions;
    expect(
      await list(on, { StartedAfter: second?.startedAt, StartedBefore: fourth?.startedAt }),
    ).toEqual(["2"]);
  });

  test("goes page by page", async () => {
    await using on = await serving({ executionsOf: () => executions });
    const seen: string[] = [];
    let Marker: string | undefined;
    do {
      const page = await on.aws.send(
        new ListDurableExecutionsByFunctionCommand({ FunctionName: "f", MaxItems: 2, Marker }),
      );
      seen.push(
        ...(page.DurableExecutions ?? []).map((listed) => listed.DurableExecutionArn?.at(-1) ?? ""),
      );
      Marker = page.NextMarker;
    } while (Marker !== undefined);
    expect(seen).toEqual(["4", "3", "2", "1", "0"]);
  });

  test.for(["StartedAfter=yesterday", "Marker=none", "ReverseOrder=1", "MaxItems=x"])(
    "refuses %s",
    async (query) => {
      await using on = await serving({ executionsOf: () => executions });
      const answer = await send(on.server, "GET", `functions/f/durable-executions?${query}`);
      expect(answer).toMatchObject({ status: 400, errorType: "InvalidParameterValueException" });
    },
  );
});

describe("a callback", () => {
  test("succeeds with the bytes that were sent, as they are", async () => {
    await using on = await serving();
    for (const Result of [bytes('{"approved":true, "name":"ü"}'), bytes("no JSON"), undefined]) {
      await on.aws.send(
        new SendDurableExecutionCallbackSuccessCommand({
          CallbackId: callbackId,
          ...(Result === undefined ? {} : { Result }),
        }),
      );
    }
    const success = (payload: string | undefined) => ({ kind: "success", payload });
    expect(on.calls).toEqual([
      ["moveCallback", callbackId, success('{"approved":true, "name":"ü"}')],
      ["moveCallback", callbackId, success("no JSON")],
      ["moveCallback", callbackId, success(undefined)],
    ]);
  });

  test("whose result is no text is refused", async () => {
    await using on = await serving();
    const body = new Uint8Array([0x22, 0xff, 0xfe, 0x22]);
    const answer = await send(on.server, "POST", "durable-execution-callbacks/cb/succeed", {
      body,
    });
    expect(answer).toMatchObject({
      status: 400,
      errorType: "InvalidParameterValueException",
      body: { message: "The body of the request is no UTF-8." },
    });
    expect(on.calls).toEqual([]);
  });

  test("fails with the error that was sent", async () => {
    await using on = await serving();
    const Error = { ErrorType: "T", ErrorMessage: "m", ErrorData: "d", StackTrace: ["at a"] };
    for (const error of [Error, undefined, {}]) {
      await on.aws.send(
        new SendDurableExecutionCallbackFailureCommand({ CallbackId: callbackId, Error: error }),
      );
    }
    expect(on.calls).toEqual([
      ["moveCallback", callbackId, { kind: "failure", error: Error }],
      ["moveCallback", callbackId, { kind: "failure", error: {} }],
      ["moveCallback", callbackId, { kind: "failure", error: {} }],
    ]);
  });

  test.for(['"text"', "[]", '{"ErrorType":7}', '{"StackTrace":[7]}', "{"])(
    "does not fail with %s",
    async (body) => {
      await using on = await serving();
      const path = "durable-execution-callbacks/cb/fail";
      expect(await send(on.server, "POST", path, { body, headers: json })).toMatchObject({
        status: 400,
      });
      expect(on.calls).toEqual([]);
    },
  );

  test("gives a sign of life", async () => {
    await using on = await serving();
    await on.aws.send(new SendDurableExecutionCallbackHeartbeatCommand({ CallbackId: callbackId }));
    expect(on.calls).toEqual([["moveCallback", callbackId, { kind: "heartbeat" }]]);
  });

  test("that is closed is refused with a CallbackTimeoutException", async () => {
    await using on = await serving({
      moveCallback: () => {
        throw new ServiceException("CallbackTimeoutException", "Too late.");
      },
    });
    const error = await rejectionOf(
      on.aws.send(new SendDurableExecutionCallbackHeartbeatCommand({ CallbackId: callbackId })),
    );
    expect(error).toMatchObject({
      name: "CallbackTimeoutException",
      message: "Too late.",
      $metadata: { httpStatusCode: 400 },
    });
  });
});

test("what fails in the service is its fault, not the client's", async () => {
  await using on = await serving({
    execution: () => {
      throw new TypeError("A bug.");
    },
  });
  const error = await rejectionOf(
    on.aws.send(new GetDurableExecutionCommand({ DurableExecutionArn: ARN })),
  );
  expect(error).toMatchObject({
    name: "ServiceException",
    message: "A bug.",
    $fault: "server",
    $metadata: { httpStatusCode: 500 },
  });
});

const json = { "content-type": "application/json" };
