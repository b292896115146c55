import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { withDurableExecution } from "@durabletest/runtime";
import { DurableTestRunner } from "@durabletest/testing";
import { startDurableServer } from "@durabletest/testing/server";
import { afterAll, expect, test } from "vitest";
import { type Found, redactEvent, readRedactPath } from "../src/record/redact.ts";
import { project } from "./support/command.ts";

interface Order {
  readonly email: string;
  readonly items: readonly { readonly card: string }[];
}

const handler = withDurableExecution(async (order: Order, context) => {
  await context.step("charge", () => ({ card: order.items[0]?.card, token: "t-1" }));
  await context.waitForCallback("approval", () => {}, { timeout: { hours: 48 } });
  return "done";
});

const { directory, run } = project({
  "src/order.ts": `
    import { withDurableExecution } from "@durabletest/runtime";
    export default withDurableExecution(async (order, context) => {
      await context.step("charge", () => 1);
      await context.waitForCallback("approval", () => {}, { timeout: { hours: 48 } });
      return "done";
    });`,
});

const input = { email: "ada@example.com", items: [{ card: "4111" }] };

async function servedRunners(count: number): Promise<string> {
  const server = await startDurableServer();
  afterAll(() => server[Symbol.asyncDispose]());
  for (let seed = 0; seed < count; seed += 1) {
    const runner = server.add(new DurableTestRunner(handler, { seed, functionName: "order" }));
    await runner.run(input);
    if (seed === 0) await runner.callback("approval").succeed(true);
  }
  return server.url;
}

const files = (folder: string): readonly string[] => readdirSync(join(directory, folder));
const read = (path: string): string => readFileSync(join(directory, path), "utf8");

test("histories are fetched into files that replay checks", async () => {
  const endpoint = await servedRunners(3);
  const record = ["record", "--function-name", "order", "--endpoint", endpoint];
  const all = await run(record);
  expect(all).toMatchObject({ exitCode: 0, stderr: "" });
  expect(all.stdout.trim().split("\n")).toHaveLength(3);
  expect(files("histories")).toHaveLength(3);
  const history = JSON.parse(read(join("histories", files("histories")[0] ?? ""))) as object;
  expect(history).toMatchObject({
    DurableExecutionArn: expect.stringContaining("order") as unknown,
    Events: expect.arrayContaining([
      expect.objectContaining({ EventType: "StepStarted" }),
    ]) as unknown,
  });
  const replayed = await run(["replay", "src/order.ts", "histories"]);
  expect(replayed).toMatchObject({ exitCode: 0 });
  expect(replayed.stdout).toContain("3 of 3 histories replay.");

  const running = await run([...record, "--status", "RUNNING", "--out", "running", "--json"]);
  expect(JSON.parse(running.stdout)).toMatchObject({
    version: 1,
    recorded: [{ status: "RUNNING", events: 8 }, { status: "RUNNING" }],
  });
  const one = await run([...record, "--max", "1", "--out", "one"]);
  expect(one.exitCode).toBe(0);
  expect(files("one")).toHaveLength(1);
  const none = await run([...record, "--started-after", "2099-01-01", "--out", "none"]);
  expect(none).toMatchObject({ exitCode: 0, stdout: "No execution of order is as asked for.\n" });

  const redacted = await run([
    ...record,
    "--redact",
    "email",
    "--redact",
    "**.card",
    "--out",
    "redacted",
    "--max",
    "1",
  ]);
  expect(redacted).toMatchObject({ exitCode: 0, stderr: "" });
  const text = read(join("redacted", files("redacted")[0] ?? ""));
  expect(text).not.toMatch(/ada@|4111/);
  expect(text).toContain("t-1");

  const mistaken = ["--redact", "items", "--redact", "items[*].card", "--redact", "Email"];
  const missed = await run([...record, ...mistaken, "--out", "missed", "--max", "1"]);
  expect(missed.exitCode).toBe(0);
  expect(missed.stderr).toBe(
    "warning: --redact Email: nothing is there in all that was recorded, so nothing was taken out. Is every name as it stands in the payloads, also in upper and lower case?\n",
  );
});

test("an execution of which little is known is written down all the same", async () => {
  const { url } = await service(
    [200, { DurableExecutions: [{ DurableExecutionArn: "arn/execution" }, {}] }],
    [200, {}],
    [200, { Events: Array.from({ length: 100 }, () => started) }],
  );
  const args = ["record", "--function-name", "order", "--endpoint", url, "--out", "little"];
  const { stdout, stderr } = await run([...args, "--region", "eu-west-1"], { columns: 60 });
  expect(stdout).toBe("little/execution.json  ?, 100 events\n");
  expect(stderr).toContain("recording 1: execution, 100 events");
});

/** A service that answers what it is told to, in order. */
async function service(...answers: readonly (readonly [status: number, body: object])[]): Promise<{
  readonly url: string;
  readonly asked: readonly string[];
}> {
  const asked: string[] = [];
  const left = [...answers];
  const answer: RequestListener = (request, response) => {
    asked.push(request.url ?? "");
    const [status, body] = left.shift() ?? [500, {}];
    const type = (body as { readonly type?: string }).type ?? "";
    response.writeHead(status, { "content-type": "application/json", "x-amzn-errortype": type });
    response.end(JSON.stringify(body));
  };
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

const ARN =
  "arn:aws:lambda:eu-west-1:123456789012:function:order:1/durable-execution/order-1/0f3c9a12-aaaa";
const started = {
  EventType: "ExecutionStarted",
  EventId: 1,
  EventTimestamp: 1_760_000_000,
  Id: "x",
};
const ended = { ...started, EventType: "ExecutionSucceeded", EventId: 2 };

test("pages are followed to the last one, and a service that is asked too often is asked again", async () => {
  const tooOften = [429, { type: "TooManyRequestsException", message: "slow down" }] as const;
  const slept: number[] = [];
  const { url, asked } = await service(
    tooOften,
    [200, { NextMarker: "page 2" }],
    [200, { DurableExecutions: [{ DurableExecutionArn: ARN }] }],
    [503, { type: "ServiceUnavailable" }],
    [200, { DurableExecutionArn: ARN, Status: "SUCCEEDED", DurableExecutionName: "order-1" }],
    [200, { Events: [started], NextMarker: "2" }],
    tooOften,
    tooOften,
    [200, { NextMarker: "3" }],
    [200, { Events: [ended], NextMarker: "" }],
  );
  const args = ["record", "--function-name", "order", "--endpoint", url, "--out", "paged"];
  const said = await run(args, {
    columns: 60,
    sleep: async (ms) => {
      slept.push(ms);
    },
  });
  expect(said.exitCode).toBe(0);
  expect(said.stderr).toContain("asking for executions of order");
  expect(slept).toEqual([200, 200, 200, 400]);
  expect(asked).toHaveLength(10);
  expect(asked[2]).toContain("Marker=page%202");
  expect(files("paged")).toEqual(["order-1.0f3c9a12.json"]);
  const events = (JSON.parse(read("paged/order-1.0f3c9a12.json")) as { Events: object[] }).Events;
  expect(events).toHaveLength(2);
});

test("what the service refuses is told with what to do", async () => {
  const missing = await service([
    404,
    { type: "ResourceNotFoundException", message: "no function" },
  ]);
  const denied = await service([403, { type: "AccessDeniedException", message: "not allowed" }]);
  const record = (url: string) => run(["record", "--function-name", "f", "--endpoint", url]);
  expect(await record(missing.url)).toMatchObject({
    exitCode: 2,
    stderr:
      "error: AWS answers: ResourceNotFoundException: no function. Are the name, the region and the account right?\n",
  });
  expect((await record(denied.url)).stderr).toContain("lambda:ListDurableExecutionsByFunction");
  expect((await record("http://127.0.0.1:1")).stderr).toContain("does it listen?");
  const busy = await service(
    ...Array.from({ length: 8 }, () => [429, { type: "TooManyRequestsException" }] as const),
  );
  expect((await record(busy.url)).stderr).toContain("AWS answers, 8 times: TooManyRequests");
});

test("a run without a region is told how to name one", async () => {
  const said = await run(["record", "--function-name", "f"], { env: { AWS_PROFILE: "none" } });
  expect(said.exitCode).toBe(2);
  expect(said.stderr).toMatch(/--region|credentials/);
});

test.each([
  [
    "customer.email",
    { customer: { email: "a", name: "b" } },
    { customer: { email: "[redacted]", name: "b" } },
  ],
  [
    "items[*].card",
    { items: [{ card: 1 }, { card: 2, n: 3 }] },
    { items: [{ card: "[redacted]" }, { card: "[redacted]", n: 3 }] },
  ],
  ["$.items[1]", { items: [1, 2] }, { items: [1, "[redacted]"] }],
  [
    "**.token",
    [{ token: 1 }, { a: { token: { b: 1 } } }],
    [{ token: "[redacted]" }, { a: { token: "[redacted]" } }],
  ],
  ["a.**", { a: { b: { c: 1 } }, d: 1 }, { a: "[redacted]", d: 1 }],
  ["a.b", { a: null }, { a: null }],
  [
    `customer["e-mail"]`,
    { customer: { "e-mail": 1, e: 2 } },
    { customer: { "e-mail": "[redacted]", e: 2 } },
  ],
  [
    `$['customer']['a.b [c]']`,
    { customer: { "a.b [c]": 1 } },
    { customer: { "a.b [c]": "[redacted]" } },
  ],
  [`["*"]`, { "*": 1, a: 2 }, { "*": "[redacted]", a: 2 }],
  ["$..email", { a: [{ email: 1 }] }, { a: [{ email: "[redacted]" }] }],
  ["$..['e-mail']", { a: { "e-mail": 1 } }, { a: { "e-mail": "[redacted]" } }],
  [
    "a..email",
    { email: 1, a: { b: { email: 2 } } },
    { email: 1, a: { b: { email: "[redacted]" } } },
  ],
  ["..email", { a: { email: 1 } }, { a: { email: "[redacted]" } }],
  [".first name", { "first name": 1 }, { "first name": "[redacted]" }],
  ["$ref", { $ref: 1, ref: 2 }, { $ref: "[redacted]", ref: 2 }],
  ["*.a", { b: { a: 1 }, a: 2 }, { b: { a: "[redacted]" }, a: 2 }],
  ["items.0", { items: [1, 2] }, { items: ["[redacted]", 2] }],
  ["**", { a: 1 }, "[redacted]"],
  ["a", '{"a":1}', '{"a":"[redacted]"}'],
  ["a", "no JSON", "no JSON"],
])("%s is taken out of payloads", (path, value, expected) => {
  const event = {
    EventTimestamp: new Date(0),
    D: { Result: { Payload: JSON.stringify(value) }, Truncated: false },
  };
  const redacted = redactEvent(event, [readRedactPath(path)]) as typeof event;
  expect(JSON.parse(redacted.D.Result.Payload)).toEqual(expected);
  expect(redacted).toMatchObject({ EventTimestamp: new Date(0), D: { Truncated: false } });
});

test.each([
  "",
  "$",
  " ",
  ".",
  "items[*.card",
  "items[].card",
  "items]",
  "**[",
  "customer.email ",
  " email",
  "a. b",
  "a...b",
  "a..",
  "a.",
  "card*",
  "***",
  "items[-1]",
  "items[0:2]",
  "items[?(@.a)]",
  "$['a','b']",
  "a['b",
  `a["b']`,
  `a[""]`,
  "items[0]card",
  `"email"`,
])("the path %j is refused, with how one is written", async (path) => {
  const { exitCode, stderr } = await run(["record", "--function-name", "f", "--redact", path]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain("error: option '--redact <path>' argument");
  expect(stderr).toContain("as customer.email; [0] or [*]");
});

test("payloads that are no JSON stay as they are", () => {
  const event = {
    Error: { Payload: { ErrorMessage: "m", ErrorData: '{"a":1}' } },
    Input: { Payload: "a: {}" },
  };
  expect(redactEvent(event, [readRedactPath("a")])).toEqual({
    Error: { Payload: { ErrorMessage: "m", ErrorData: '{"a":"[redacted]"}' } },
    Input: { Payload: "a: {}" },
  });
});

test.each([
  ["JSON that was cut off", '{"token":"SECRET","more":"and mo', true],
  ["JSON that was cut off, and is not said to be", '[1,{"token":"SECRET","mo', false],
  ["JSON in a row", '{"token":"SECRET"}\n{"token":"SECRET"}', false],
  ["JSON behind a byte order mark", '\uFEFF{"token":"SECRET"}', false],
  ["a text that was cut off", "token: SECRET, and mo", true],
])("of %s, all is taken out", (_, Payload, Truncated) => {
  const found: Found = new Set();
  const event = {
    D: { Result: { Payload, Truncated } },
    E: { Error: { Payload: { ErrorData: Payload }, Truncated } },
  };
  const text = JSON.stringify(redactEvent(event, [readRedactPath("token")], found));
  expect(text).not.toContain("SECRET");
  expect([...found]).toEqual(["wholly"]);
});

test("in a text inside of a payload that begins as JSON does and is none, nothing is left", () => {
  const event = {
    Payload: JSON.stringify({ lines: '{"token":"SECRET"}\n{}', log: "[INFO] begun", more: "{x}" }),
  };
  expect(redactEvent(event, [readRedactPath("**.token")])).toEqual({
    Payload: JSON.stringify({ lines: "[redacted]", log: "[INFO] begun", more: "{x}" }),
  });
});
