/** What clients of the endpoint do is recorded as if it had been done on the page. */
import {
  LambdaClient,
  ListDurableExecutionsByFunctionCommand,
  SendDurableExecutionCallbackFailureCommand,
  SendDurableExecutionCallbackHeartbeatCommand,
  SendDurableExecutionCallbackSuccessCommand,
  StopDurableExecutionCommand,
} from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Endpoint, openEndpoint } from "../../src/dev/endpoint.ts";
import { project } from "../support/command.ts";
import { openSession, type OpenSession } from "./support/session.ts";

const { directory } = project({
  "src/order.ts": `
    import { withDurableExecution } from "@durabletest/runtime";
    export const handler = withDurableExecution(async (_: unknown, context) => {
      const callback = await context.createCallback<unknown>("approval", { heartbeatTimeout: { hours: 1 } });
      return (await callback.settled()).status;
    });`,
  "src/parent.ts": `
    import { withDurableExecution } from "@durabletest/runtime";
    export const handler = withDurableExecution(async (_: unknown, context) => {
      await context.wait("first", { seconds: 1 });
      return context.invoke("order", {});
    });`,
});

let endpoint: Endpoint;
let session: OpenSession;
let client: LambdaClient;
beforeAll(async () => {
  endpoint = await openEndpoint("127.0.0.1", 0);
  session = await openSession(directory, ["src/order.ts", "src/parent.ts"], endpoint);
  client = new LambdaClient({
    endpoint: endpoint.url,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
});
afterAll(async () => {
  client.destroy();
  await session.session.close();
  await endpoint.close();
});

const bytes = (text: string) => new TextEncoder().encode(text);
const recorded = async (id: string) => {
  // The handler goes on in the background.
  await expect
    .poll(() => {
      session.session.look();
      return session.view(id).status;
    })
    .not.toBe("PENDING");
  return session.records.get(id)?.recording.actions.slice(1) ?? [];
};

test("an answer, as JSON or as text", async () => {
  for (const [text, payload] of [
    ['{"by":"kim"}', { json: { by: "kim" } }],
    ['"yes"', { json: "yes" }],
    ["so be it", { raw: "so be it" }],
  ] as const) {
    const id = await session.start("order");
    const CallbackId = session.callbackId(id, "approval");
    await client.send(
      new SendDurableExecutionCallbackSuccessCommand({ CallbackId, Result: bytes(text) }),
    );
    expect(await recorded(id)).toEqual([
      { action: { kind: "succeed", callback: { name: "approval" }, payload }, by: "client" },
    ]);
  }
});

test("a heartbeat and a failure, beside what is done on the page", async () => {
  const id = await session.start("order");
  const CallbackId = session.callbackId(id, "approval");
  await client.send(new SendDurableExecutionCallbackHeartbeatCommand({ CallbackId }));
  await session.ask({ kind: "heartbeat", execution: id, callbackId: CallbackId });
  await client.send(
    new SendDurableExecutionCallbackFailureCommand({
      CallbackId,
      Error: { ErrorType: "No", ErrorMessage: "declined" },
    }),
  );
  const callback = { name: "approval" };
  const moves = await recorded(id);
  expect(moves.map(({ action, by }) => [action.kind, by])).toEqual([
    ["heartbeat", "client"],
    ["heartbeat", "page"],
    ["fail", "client"],
  ]);
  expect(moves.at(-1)?.action).toMatchObject({ callback, error: { ErrorMessage: "declined" } });
});

test("an execution that is stopped", async () => {
  const id = await session.start("order");
  const command = new ListDurableExecutionsByFunctionCommand({ FunctionName: "order" });
  const { DurableExecutions = [] } = await client.send(command);
  const running = DurableExecutions.find(({ Status }) => Status === "RUNNING");
  const arn = running?.DurableExecutionArn;
  await client.send(
    new StopDurableExecutionCommand({
      DurableExecutionArn: arn,
      Error: { ErrorType: "Enough", ErrorMessage: "that will do" },
    }),
  );
  expect(await recorded(id)).toMatchObject([
    { action: { kind: "stop", error: { ErrorType: "Enough" } }, by: "client" },
  ]);
});

test("an answer to a callback of an execution that was invoked", async () => {
  const id = await session.start("parent");
  expect(session.view(id).due).toMatchObject([{ what: 'wait "first" ends' }]);
  await session.ask({ kind: "next", execution: id });
  expect(session.view(id).due).toMatchObject([{ what: 'callback "approval" misses a heartbeat' }]);
  const CallbackId = session.callbackId(id, "approval");
  await client.send(
    new SendDurableExecutionCallbackSuccessCommand({ CallbackId, Result: bytes("7") }),
  );
  const moves = await recorded(id);
  expect(moves.at(-1)).toEqual({
    action: { kind: "succeed", callback: { name: "approval" }, payload: { json: 7 } },
    by: "client",
  });
});

test("a port that is taken is another one", async () => {
  const other = await openEndpoint("127.0.0.1", Number(new URL(endpoint.url).port));
  expect(other.url).not.toBe(endpoint.url);
  await other.close();
  await expect(openEndpoint("256.0.0.1", 1)).rejects.toThrow("256.0.0.1");
});
