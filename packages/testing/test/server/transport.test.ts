import { spawn } from "node:child_process";
import { createServer, request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import {
  CheckpointDurableExecutionCommand,
  GetDurableExecutionStateCommand,
  type LambdaClient,
} from "@aws-sdk/client-lambda";
import { withDurableExecution as withAwsDurableExecution } from "@aws/durable-execution-sdk-js";
import { createRetryStrategy, withDurableExecution } from "@durabletest/runtime";
import { lambdaServiceClient } from "@durabletest/runtime/lambda";
import type { DurableExecutionInvocationInput } from "@durabletest/runtime/protocol";
import { afterEach, describe, expect, test, vi } from "vitest";
import {
  DurableTestRunner,
  HandlerRejectedError,
  InvalidHandlerError,
  respond,
} from "../../src/index.ts";
import { type DurableServer, startDurableServer } from "../../src/server/index.ts";
import { lambdaClient, rejectionOf } from "./support/clients.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

/** As the environment of the function would have it. */
function stubEnvironment({ env }: DurableServer): void {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
}

describe.each(["direct", "http"] as const)("over %s", (transport) => {
  test("a result larger than a response is checkpointed ahead of it", async () => {
    await using server = await startDurableServer();
    stubEnvironment(server);
    const handler = withDurableExecution(async () => "x".repeat(6_500_000));
    const result = await server.add(new DurableTestRunner(handler, { transport })).run({});
    expect(result.status).toBe("SUCCEEDED");
    expect(result.result).toHaveLength(6_500_000);
  });
});

test("a handler whose first request is refused unread has reached the service", async () => {
  await using server = await startDurableServer();
  stubEnvironment(server);
  const handler = withDurableExecution(async () => "x".repeat(26_000_000));
  const runner = server.add(new DurableTestRunner(handler, { transport: "http" }));
  const result = await runner.run({});
  expect(result.status).toBe("FAILED");
  expect(result.error?.ErrorMessage).toContain("more than 25165824 bytes");
});

describe("a handler with the client that it has in production", () => {
  const body = async (
    { orders }: { readonly orders: number },
    context: Parameters<Parameters<typeof withDurableExecution>[0]>[1],
  ) => {
    const retryStrategy = createRetryStrategy({
      initialDelay: { hours: 1 },
      maxDelay: { hours: 2 },
      jitter: "NONE",
    });
    let failures = 0;
    const counted = await context.step(
      "count",
      ({ attempt }) => {
        if (attempt < 3) throw new Error(`failure ${(failures += 1)}`);
        return orders + 1;
      },
      { retryStrategy },
    );
    await context.wait("pause", { days: 1 });
    const answer = await context.waitForCallback<string>("approval", () => {}, {
      timeout: { hours: 48 },
    });
    return { counted, answer, at: new Date().toISOString() };
  };
  const callbacks = { approval: respond.success("yes").after({ hours: 5 }) };
  const expected = { counted: 8, answer: "yes", at: "2025-01-02T08:00:00.000Z" };

  test("sees what it has invoked end beside a long step of its own", async () => {
    const waiting = withDurableExecution(async (hours: number, context) => {
      await context.wait({ hours });
      return `waited ${hours} h`;
    });
    const minutes = (count: number) =>
      new Promise<void>((resolve) => {
        setTimeout(resolve, count * 60_000);
      });
    const caller = withDurableExecution(async (_: unknown, context) =>
      Promise.all([
        context.step("long", () => minutes(10).then(() => "long")),
        context.invoke<string>("steps", {}),
        context.invoke<string>("waiting", 1),
      ]),
    );
    const steps = withDurableExecution(async (_: unknown, context) =>
      context.step("inner", async () => minutes(5).then(() => "inner")),
    );
    const play = async (transport: "direct" | "http") => {
      const durableFunctions = { waiting, steps };
      await using runner = new DurableTestRunner(caller, { transport, durableFunctions });
      await using server = await startDurableServer(runner);
      stubEnvironment(server);
      const { status, result, history } = await runner.run({});
      return { status, result, history };
    };
    const overHttp = await play("http");
    expect(overHttp).toMatchObject({ result: ["long", "inner", "waited 1 h"] });
    expect(overHttp).toEqual(await play("direct"));
  });

  test("is invoked with what Lambda sends, and nothing else", async () => {
    const events: unknown[] = [];
    const durable = withDurableExecution(body);
    const handler = async (event: unknown) => {
      events.push(event);
      return durable(event);
    };
    const runner = new DurableTestRunner(handler, { transport: "http", callbacks });
    await using server = await startDurableServer(runner);
    stubEnvironment(server);
    expect(await runner.run({ orders: 7 })).toMatchObject({
      status: "SUCCEEDED",
      result: expected,
    });
    expect(events.length).toBeGreaterThan(4);
    for (const event of events) {
      expect(JSON.parse(JSON.stringify(event))).toEqual(event);
      expect(Object.keys(event as object)).not.toContain("durableExecutionClient");
    }
  });

  test("has the history that it has with the harness's own", async () => {
    const play = async (transport: "direct" | "http") => {
      const handler = withDurableExecution(body);
      await using runner = new DurableTestRunner(handler, { transport, callbacks });
      await using server = await startDurableServer(runner);
      stubEnvironment(server);
      const { history, result } = await runner.run({ orders: 7 });
      expect(result).toEqual(expected);
      return history;
    };
    expect(await play("http")).toEqual(await play("direct"));
  });

  test("may be made with AWS's SDK", async () => {
    const handler = withAwsDurableExecution(async (input: { readonly n: number }, context) => {
      const doubled = await context.step("double", async () => input.n * 2);
      await context.wait("pause", { hours: 3 });
      const answer = await context.waitForCallback("approval", async () => {}, {
        timeout: { hours: 48 },
      });
      return { doubled, answer };
    });
    const runner = new DurableTestRunner(handler, { transport: "http", callbacks });
    await using server = await startDurableServer(runner);
    stubEnvironment(server);
    const result = await runner.run({ n: 4 });
    expect(result).toMatchObject({
      status: "SUCCEEDED",
      result: { doubled: 8, answer: "yes" },
      elapsedMs: 8 * 3_600_000,
    });
    expect(result.invocations.length).toBeGreaterThan(2);
  });

  test("fetches a long state page by page", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      const steps = Array.from({ length: 1200 }, (_item, index) =>
        context.step(`s${index}`, () => index),
      );
      const sum = (await Promise.all(steps)).reduce((total, value) => total + value, 0);
      await context.wait("pause", { seconds: 1 });
      return sum;
    });
    const runner = new DurableTestRunner(handler, { transport: "http" });
    await using server = await startDurableServer(runner);
    stubEnvironment(server);
    expect(await runner.run({})).toMatchObject({ result: 719_400 });
    expect(runner.result.invocations).toHaveLength(2);
  });

  test("says what is missing where there is no server", async () => {
    const server = await startDurableServer();
    await server.close();
    const aws = lambdaClient(server);
    const handler = withDurableExecution(body, { client: lambdaServiceClient({ client: aws }) });
    const error = await rejectionOf(
      new DurableTestRunner(handler, { transport: "http" }).run({ orders: 7 }),
    );
    expect(InvalidHandlerError.is(error)).toBe(true);
    expect((error as Error).message).toContain("ECONNREFUSED");
    expect((error as Error).message).toContain("startDurableServer");
    aws.destroy();
  });

  test("goes on when its server is back", async () => {
    const first = await startDurableServer();
    const aws = lambdaClient(first);
    const handler = withDurableExecution(body, { client: lambdaServiceClient({ client: aws }) });
    const runner = first.add(new DurableTestRunner(handler, { transport: "http" }));
    await runner.run({ orders: 7 });
    await first.close();
    const error = await rejectionOf(runner.callback("approval").succeed("yes"));
    expect(HandlerRejectedError.is(error)).toBe(true);
    expect((error as Error).message).toContain("ECONNREFUSED");

    const port = Number(new URL(first.url).port);
    await using second = await startDurableServer(runner, { port });
    expect(second.url).toBe(first.url);
    expect(await runner.runToCompletion()).toMatchObject({
      status: "SUCCEEDED",
      result: { counted: 8, answer: "yes" },
    });
    aws.destroy();
  });
});

/** A way to the server on which answers get lost: those to the checkpoints with these numbers. */
async function lossy(
  { url }: DurableServer,
  losesAnswer: (checkpoint: number) => boolean,
): Promise<{ readonly url: string; readonly close: () => void }> {
  let checkpoints = 0;
  const proxy = createServer((incoming, outgoing) => {
    const { method, url: path, headers } = incoming;
    const forwarded = httpRequest(`${url}${path}`, { method, headers }, (answer) => {
      const lost = path?.endsWith("/checkpoint") === true && losesAnswer((checkpoints += 1));
      if (lost) {
        answer.resume();
        outgoing.writeHead(503, { "x-amzn-errortype": "ServiceUnavailable" }).end("{}");
        return;
      }
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(forwarded);
  });
  await new Promise<void>((resolve) => {
    proxy.listen(0, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    close: () => {
      proxy.close();
      proxy.closeAllConnections();
    },
  };
}

describe("a checkpoint whose answer is lost", () => {
  const body = (ran: string[], client: LambdaClient) =>
    withDurableExecution(
      async (_: unknown, context) => {
        for (const name of ["a", "b", "c"]) {
          await context.step(name, () => {
            ran.push(name);
          });
          await context.wait(`after ${name}`, { minutes: 1 });
        }
        return "done";
      },
      { client: lambdaServiceClient({ client }) },
    );

  test("is sent again by the AWS client, and counts once", async () => {
    const server = await startDurableServer();
    const proxy = await lossy(server, (checkpoint) => checkpoint % 2 === 1);
    const aws = lambdaClient(proxy, { maxAttempts: 2 });
    const ran: string[] = [];
    const runner = server.add(new DurableTestRunner(body(ran, aws), { transport: "http" }));
    const result = await runner.run({});
    expect(result).toMatchObject({ status: "SUCCEEDED", result: "done" });
    expect(ran).toEqual(["a", "b", "c"]);
    expect(result.invocations.map(({ status }) => status)).not.toContain("DIED");
    expect(result.history.filter(({ EventType }) => EventType === "StepSucceeded")).toHaveLength(3);
    aws.destroy();
    proxy.close();
    await server.close();
  });

  test("costs an invocation when the AWS client gives up, and no update", async () => {
    const server = await startDurableServer();
    const proxy = await lossy(server, (checkpoint) => checkpoint % 3 === 1);
    const aws = lambdaClient(proxy);
    const ran: string[] = [];
    const runner = server.add(new DurableTestRunner(body(ran, aws), { transport: "http" }));
    const result = await runner.run({});
    expect(result).toMatchObject({ status: "SUCCEEDED", result: "done" });
    // What was recorded is not run again.
    expect(ran).toEqual(["a", "b", "c"]);
    expect(result.invocations.map(({ status }) => status)).toContain("DIED");
    aws.destroy();
    proxy.close();
    await server.close();
  });
});

describe("the token of a checkpoint", () => {
  /** A handler that speaks to the service itself. */
  async function speaking(
    body: (
      aws: LambdaClient,
      execution: { readonly DurableExecutionArn: string; readonly CheckpointToken: string },
    ) => Promise<void>,
  ): Promise<DurableTestRunner> {
    const server = await startDurableServer();
    const aws = lambdaClient(server);
    const handler = async (event: DurableExecutionInvocationInput) => {
      const { DurableExecutionArn, CheckpointToken } = event;
      await body(aws, { DurableExecutionArn, CheckpointToken });
      return { Status: "SUCCEEDED", Result: '"done"' };
    };
    const runner = server.add(new DurableTestRunner(handler, { transport: "http" }));
    expect(await runner.run()).toMatchObject({ status: "SUCCEEDED" });
    aws.destroy();
    await server.close();
    return runner;
  }

  const step = (Id: string) => ({ Id, Type: "STEP", Action: "SUCCEED", Payload: "1" }) as const;

  test("is good for one checkpoint, and brings the next", async () => {
    const runner = await speaking(async (aws, execution) => {
      const first = await aws.send(
        new CheckpointDurableExecutionCommand({ ...execution, Updates: [step("1")] }),
      );
      expect(first.CheckpointToken).not.toBe(execution.CheckpointToken);
      for (const command of [
        new CheckpointDurableExecutionCommand({ ...execution, Updates: [step("2")] }),
        new GetDurableExecutionStateCommand(execution),
      ]) {
        const error = await rejectionOf(aws.send(command as CheckpointDurableExecutionCommand));
        expect(error).toMatchObject({ name: "InvalidParameterValueException" });
        expect((error as Error).message).toMatch(/^Invalid Checkpoint Token/);
      }
      const { CheckpointToken } = first;
      await aws.send(
        new CheckpointDurableExecutionCommand({
          ...execution,
          CheckpointToken,
          Updates: [step("3")],
        }),
      );
    });
    expect(runner.result.operations.map(({ id }) => id)).toEqual(["1", "3"]);
  });

  test("may be used again by the same request, which changes nothing", async () => {
    const runner = await speaking(async (aws, execution) => {
      const request = { ...execution, ClientToken: "once", Updates: [step("1")] };
      const answers = [];
      for (let time = 0; time < 3; time += 1) {
        const { $metadata: _, ...answer } = await aws.send(
          new CheckpointDurableExecutionCommand(request),
        );
        answers.push(answer);
      }
      expect(answers[1]).toEqual(answers[0]);
      expect(answers[2]).toEqual(answers[0]);
      const other = { ...execution, ClientToken: "other", Updates: [step("2")] };
      expect(
        await rejectionOf(aws.send(new CheckpointDurableExecutionCommand(other))),
      ).toMatchObject({ name: "InvalidParameterValueException" });
    });
    expect(
      runner.result.history.filter(({ EventType }) => EventType === "StepSucceeded"),
    ).toHaveLength(1);
  });

  test("gives the state it began with, page by page", async () => {
    await speaking(async (aws, execution) => {
      const { Operations, NextMarker } = await aws.send(
        new GetDurableExecutionStateCommand({ ...execution, MaxItems: 1 }),
      );
      expect(Operations).toMatchObject([{ Type: "EXECUTION", Status: "STARTED" }]);
      expect(NextMarker).toBeUndefined();
      const error = await rejectionOf(
        aws.send(new GetDurableExecutionStateCommand({ ...execution, Marker: "none" })),
      );
      expect(error).toMatchObject({ name: "InvalidParameterValueException" });
    });
  });
});

describe("processes of their own", () => {
  interface Run {
    readonly code: number | null;
    readonly out: string;
    readonly errors: string;
  }

  function run(
    command: string,
    args: readonly string[],
    { env = {}, input = "" }: { readonly env?: object; readonly input?: string } = {},
  ): Promise<Run> {
    return new Promise((resolve, reject) => {
      const child = spawn(command, args, { cwd, env: { ...process.env, ...env } });
      let out = "";
      let errors = "";
      child.stdout.on("data", (chunk) => {
        out += String(chunk);
      });
      child.stderr.on("data", (chunk) => {
        errors += String(chunk);
      });
      child.on("error", reject);
      child.on("close", (code) => {
        resolve({ code, out, errors });
      });
      child.stdin.end(input);
    });
  }

  /** Where the packages are found. */
  const cwd = fileURLToPath(new URL("../..", import.meta.url));
  const types = process.features.typescript === false ? ["--experimental-strip-types"] : [];
  const node = ["--conditions=@durabletest/source", "--no-warnings", ...types];

  /** Invokes the handler as Lambda does: in another process, with an event, and an environment. */
  const sandboxOf = (server: DurableServer) => async (event: unknown) => {
    const file = fileURLToPath(new URL("./support/child-handler.ts", import.meta.url));
    const { code, out, errors } = await run(process.execPath, [...node, file], {
      env: { ...server.env, NODE_OPTIONS: "" },
      input: JSON.stringify(event),
    });
    if (code !== 0) throw new Error(`The sandbox ended with ${code}: ${errors}`);
    return JSON.parse(out) as unknown;
  };

  test("may run the handler, and answer its callback", async () => {
    const server = await startDurableServer();
    const runner = server.add(new DurableTestRunner(sandboxOf(server), { transport: "http" }));
    await runner.run({ id: "order-1" });
    const waiting = await runner.advance({ hours: 1 });
    expect(waiting).toMatchObject({ status: "PENDING", elapsedMs: 3_600_000 });

    const id = encodeURIComponent(runner.callback("approval").callbackId);
    const url = `${server.url}/2025-12-01/durable-execution-callbacks/${id}/succeed`;
    const answering = await answer(url, '{"approved":true}');
    expect(answering).toMatchObject({ code: 0, out: expect.stringContaining("200") as string });
    expect(await runner.settled()).toMatchObject({
      status: "SUCCEEDED",
      result: { asked: "Approve order-1?", approved: true },
    });
    expect(runner.result.invocations).toHaveLength(3);
    await server.close();
  });

  /** With Python where there is one: a client in another language, which knows nothing of AWS. */
  async function answer(url: string, body: string): Promise<Run> {
    const script = [
      "import sys, urllib.request",
      "request = urllib.request.Request(sys.argv[1], sys.argv[2].encode(), method='POST')",
      "print(urllib.request.urlopen(request, timeout=10).status)",
    ].join("\n");
    try {
      return await run("python3", ["-c", script, url, body]);
    } catch {
      const fetching = `console.log((await fetch(process.argv[1], { method: "POST", body: process.argv[2] })).status)`;
      return run(process.execPath, ["--input-type=module", "--eval", fetching, url, body]);
    }
  }

  test("end when their server is closed, whatever is open", async () => {
    const script = `
      import { DurableTestRunner } from "@durabletest/testing";
      import { startDurableServer } from "@durabletest/testing/server";
      import { withDurableExecution } from "@durabletest/runtime";
      import { connect } from "node:net";
      const handler = withDurableExecution(async (_, context) => {
        const callback = await context.createCallback("open", { timeout: { hours: 1 } });
        return callback.result();
      });
      const runner = new DurableTestRunner(handler);
      const server = await startDurableServer(runner);
      await runner.run({});
      await fetch(server.url);
      connect(Number(new URL(server.url).port), "127.0.0.1").on("error", () => {}).unref();
      await server.close();
      console.log((await runner.runToCompletion()).status);
    `;
    const args = [...node, "--input-type=module", "--eval", script];
    expect(await run(process.execPath, args)).toMatchObject({ code: 0, out: "SUCCEEDED\n" });
  });
});
