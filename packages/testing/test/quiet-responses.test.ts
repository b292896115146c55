/**
 * A step that reads an answer which comes with long silences (a language model's, say), in runs as a user makes
 * them. By whom a silence is recognised: in-flight/quiet.test.ts.
 */
import net from "node:net";

import { withDurableExecution as withAwsDurableExecution } from "@aws/durable-execution-sdk-js";
import { withDurableExecution } from "@durabletest/runtime";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { DurableTestRunner, HandlerStuckError } from "../src/index.ts";
import { startServers } from "./in-flight/fixtures/servers.ts";
import type { Servers } from "./in-flight/fixtures/servers.ts";

let servers: Servers;

beforeAll(async () => {
  servers = await startServers({ pauseMs: 1500 });
});

afterAll(() => servers[Symbol.asyncDispose]());

const noRetry = { retryStrategy: () => ({ shouldRetry: false }) };

const runners = {
  "our runtime": (work: () => Promise<unknown>) =>
    withDurableExecution((_input: unknown, context) => context.step("ask", work, noRetry)),
  "AWS's SDK": (work: () => Promise<unknown>) =>
    withAwsDurableExecution((_input: unknown, context) => context.step("ask", work, noRetry)),
};

const words = async (signal?: AbortSignal) =>
  (await fetch(`${servers.url}/pause`, signal && { signal })).text();

describe.concurrent.each(Object.entries(runners))("with %s", (_name, handlerOf) => {
  test("the whole answer arrives, however long a silence in it is", async () => {
    await using runner = new DurableTestRunner(handlerOf(() => words()));
    expect((await runner.run({})).result).toBe("ab");
  });

  test("a virtual timeout of a minute does not cut it off", async () => {
    await using runner = new DurableTestRunner(handlerOf(() => words(AbortSignal.timeout(60_000))));
    const result = await runner.run({});
    expect(result.error).toBeUndefined();
    expect(result.result).toBe("ab");
  });

  test("a raw connection that is listened to is waited for", async () => {
    await using runner = new DurableTestRunner(
      handlerOf(
        () =>
          new Promise((resolve, reject) => {
            let said = "";
            const socket = net.connect(servers.linePort, "127.0.0.1", () =>
              socket.write("pause\n"),
            );
            socket.on("error", reject).on("data", (data) => {
              said += data.toString();
              if (said.split("\n").length <= 2) return;
              socket.destroy();
              resolve(said.length);
            });
          }),
      ),
    );
    expect((await runner.run({})).result).toBe("hello\nrow\n".length);
  });
});

test("where nothing tells that a handler waits, the error names what is open, and realWork()", async () => {
  await using runner = new DurableTestRunner(
    withDurableExecution(async () => {
      const response = await fetch(`${servers.url}/hold`);
      await new Promise(() => {});
      return response.status;
    }),
  );
  const error: unknown = await runner.run({}).catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(HandlerStuckError);
  expect(String(error)).toContain(`Still open: GET ${servers.url}/hold.`);
  expect(String(error)).toContain("realWork()");
});
