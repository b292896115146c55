import { withDurableExecution as awsDurableExecution } from "@aws/durable-execution-sdk-js";
import { withDurableExecution } from "@durabletest/runtime";
import { describe, expect, test } from "vitest";
import { DurableTestRunner, InvalidPayloadError, respond } from "../src/index.ts";

// What a callback's answer is by the time the handler has it.

const ours = withDurableExecution(async (_: unknown, context) =>
  context.waitForCallback<unknown>("word", () => {}),
);
const awsWaiting = awsDurableExecution(async (_: unknown, context) =>
  context.waitForCallback("word", async () => {}),
);
const awsCreating = awsDurableExecution(async (_: unknown, context) => {
  const [word] = await context.createCallback("word");
  return word;
});
/** As middleware does it: what is deployed is no longer what the SDK has made. */
const wrapped = async (event: never, context: never): Promise<unknown> => ours(event, context);

const json = JSON.stringify({ approved: true });
const bytes = (text: string) => new TextEncoder().encode(text);

type Handler = ConstructorParameters<typeof DurableTestRunner>[0];

/** Sent by hand, and by a script: it comes to the same. */
async function answersOf(handler: Handler, payload: unknown): Promise<unknown> {
  const runner = new DurableTestRunner(handler);
  await runner.run({});
  const sent = await runner.callback("word").succeed(payload);
  const scripted = await new DurableTestRunner(handler, {
    callbacks: { word: respond.success(payload) },
  }).run({});
  expect(scripted.result).toEqual(sent.result);
  return sent.result;
}

describe("a handler of AWS's SDK is handed", () => {
  test.for([
    ["a word as it was sent", "hello", "hello"],
    ["JSON text as production sends it, not encoded twice", json, json],
    ["an object as JSON text", { approved: true }, json],
    ["a number as JSON text", 7, "7"],
    ["bytes as the text they are", bytes("hello"), "hello"],
    ["raw text", { raw: '"quoted"' }, '"quoted"'],
    ["raw beside something else as JSON", { raw: "a", b: 1 }, '{"raw":"a","b":1}'],
  ] as const)("%s", async ([, payload, expected]) => {
    expect(await answersOf(awsWaiting, payload)).toBe(expected);
    expect(await answersOf(awsCreating, payload)).toBe(expected);
  });
});

describe("a handler of our runtime reads", () => {
  test.for([
    ["a word as a word", "hello", "hello"],
    ["JSON text as the text it is", json, json],
    ["an object as an object", { approved: true }, { approved: true }],
    ["bytes as the JSON they are", bytes(json), { approved: true }],
    ["raw text as the JSON it is", { raw: json }, { approved: true }],
  ] as const)("%s", async ([, payload, expected]) => {
    expect(await answersOf(ours, payload)).toEqual(expected);
    expect(await answersOf(wrapped, payload)).toEqual(expected);
  });
});

test("respond.raw sends text as it is to either", async () => {
  const callbacks = { word: respond.raw(json).after({ hours: 1 }) };
  const { result, elapsedMs } = await new DurableTestRunner(ours, { callbacks }).run({});
  expect(result).toEqual({ approved: true });
  expect(elapsedMs).toBe(3_600_000);
  expect((await new DurableTestRunner(awsWaiting, { callbacks }).run({})).result).toBe(json);
});

test("respond.raw takes nothing but text", () => {
  const raw = () => respond.raw({ approved: true } as never);
  expect(raw).toThrow(InvalidPayloadError);
  expect(raw).toThrow("The text of respond.raw is {");
});

test("a function that the handler invokes is told by its own SDK", async () => {
  const calling = withDurableExecution(async (_: unknown, context) =>
    context.invoke<string>("inner", {}),
  );
  const runner = new DurableTestRunner(calling, { durableFunctions: { inner: awsWaiting } });
  await runner.run();
  expect((await runner.callback("word").succeed("hello")).result).toBe("hello");
});

test("open callbacks are listed under the names they answer to", async () => {
  const handler = awsDurableExecution(async (_: unknown, context) =>
    context.parallel("both", [
      async (child) => child.waitForCallback("approval", async () => {}),
      async (child) => child.createCallback("payment").then(async ([answer]) => answer),
      async (child) =>
        child.runInChildContext("review", async (inner) =>
          inner.createCallback().then(async ([answer]) => answer),
        ),
    ]),
  );
  const runner = new DurableTestRunner(handler);
  const { pendingCallbacks } = await runner.run({});
  expect(pendingCallbacks.map(({ name }) => name)).toEqual(["payment", "approval", "review"]);
  for (const { name = "", callbackId } of pendingCallbacks) {
    expect(runner.callback(name).callbackId).toBe(callbackId);
  }
});
