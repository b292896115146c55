/** What a handler does silently, and may not have meant: in the result, and in the timeline. */
import { withDurableExecution as withAwsDurableExecution } from "@aws/durable-execution-sdk-js";
import { type DurableContext, withDurableExecution } from "@durabletest/runtime";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DurableTestRunner, formatTimeline, respond } from "../src/index.ts";
import { startServers } from "./in-flight/fixtures/servers.ts";
import type { Servers } from "./in-flight/fixtures/servers.ts";

type Body = (context: DurableContext) => Promise<unknown>;

const run = async (body: Body) => {
  const handler = withDurableExecution((_input: unknown, context) => body(context));
  await using runner = new DurableTestRunner(handler, {
    callbacks: { approval: respond.success("yes").after({ minutes: 1 }) },
    functions: { quote: () => 1 },
  });
  await runner.run({});
  return await runner.runToCompletion();
};

const kindsOf = ({ notices, operations }: Awaited<ReturnType<typeof run>>) =>
  notices.map(({ kind, operationId }) => {
    const name = operations.find(({ id }) => id === operationId)?.name;
    return name === undefined ? kind : `${kind}: ${name}`;
  });

/** By kind: an operation that is only started, and one that is over by then. */
const started: Readonly<Record<string, (context: DurableContext) => Promise<unknown>>> = {
  step: (context) => context.step("x", () => new Promise<void>(() => {})),
  wait: (context) => context.wait("x", { hours: 1 }),
  invoke: (context) => context.invoke("quote", 1, { name: "x" }),
  "child context": (context) => context.runInChildContext("x", (child) => child.wait({ hours: 1 })),
  map: (context) => context.map("x", [1], (child) => child.wait({ hours: 1 })),
  parallel: (context) => context.parallel("x", [(branch) => branch.wait({ hours: 1 })]),
  "wait for condition": (context) =>
    context.waitForCondition("x", () => 1, {
      initialState: 0,
      waitStrategy: () => ({ shouldContinue: true, delay: { hours: 1 } }),
    }),
  "wait for callback": (context) => context.waitForCallback("x", () => {}),
  "callback, its result": async (context) => {
    const callback = await context.createCallback("x");
    void callback.result();
  },
  "callback, never asked": (context) => context.createCallback("x"),
};

describe.each(Object.entries(started))("%s", (_kind, start) => {
  test("merely started when the handler returns: a notice", async () => {
    const result = await run(async (context) => {
      void start(context);
      await context.step("last", () => 1);
    });
    expect(result.status).toBe("SUCCEEDED");
    expect(kindsOf(result)).toEqual(["operation-not-awaited: x"]);
  });

  test("that has lost a race: none", async () => {
    const result = await run(async (context) => {
      await Promise.race([start(context), context.step("first", () => 1)]);
    });
    expect(result.status).toBe("SUCCEEDED");
    expect(kindsOf(result).filter((kind) => kind !== "operation-not-awaited: x")).toEqual([]);
  });
});

test("a promise that nobody ever awaited, though its operation is over", async () => {
  const result = await run(async (context) => {
    void context.step("mail", () => 1);
    void context.runInChildContext("book", (child) => child.step("seat", () => 1));
    await context.wait({ hours: 1 });
  });
  expect(kindsOf(result)).toEqual(["promise-not-awaited: mail", "promise-not-awaited: book"]);
  expect(result.notices[0]).toMatchObject({ invocation: 2, callSite: undefined });
});

test("whoever looks at a promise once has awaited it", async () => {
  const result = await run(async (context) => {
    void context.step("then", () => 1).then(() => {});
    void context.step("catch", () => 1).catch(() => {});
    const later = context.step("later", () => 1);
    const all = Promise.all([context.step("all", () => 1), context.wait("wait", { seconds: 1 })]);
    await context.promise.all([context.step("combined", () => 1)]);
    await all;
    await later;
    return context.step("returned", () => 1);
  });
  expect(result.notices).toEqual([]);
});

test("a handler that throws has awaited what it could", async () => {
  const result = await run(async (context) => {
    const second = context.step("second", () => 1);
    await context.step("first", () => Promise.reject(new Error("no")), {
      retryStrategy: () => ({ shouldRetry: false }),
    });
    await second;
  });
  expect(result.status).toBe("FAILED");
  expect(result.notices).toEqual([]);
});

describe("a timer that a suspension cuts off", () => {
  test("is told once, with its line, however often the handler is replayed", async () => {
    const result = await run(async (context) => {
      void sleep(5000).then(() => {});
      for (let hour = 0; hour < 3; hour += 1) await context.wait({ hours: 1 });
    });
    expect(result.invocations.length).toBeGreaterThan(2);
    expect(result.notices).toHaveLength(1);
    const [notice] = result.notices;
    expect(notice).toMatchObject({ kind: "timer-cut-off", invocation: 1 });
    expect(notice?.message).toContain("a timer of 5s");
    expect(notice?.callSite).toMatch(/^at .*notices\.test\.ts:\d+:\d+\)?$/);
    expect(formatTimeline(result)).toContain("notice: A suspension has cut off a timer of 5s");
  });

  test("is nobody's concern when a step made it, it was cleared, or it holds nothing open", async () => {
    const result = await run(async (context) => {
      await context.step("charge", async () => {
        const deadline = new Promise((_resolve, reject) => setTimeout(reject, 60_000));
        await Promise.race([sleep(1), deadline]);
      });
      clearTimeout(setTimeout(() => {}, 5000));
      setTimeout(() => {}, 5000).unref();
      AbortSignal.timeout(5000).addEventListener("abort", () => {});
      await context.wait({ hours: 1 });
    });
    expect(result.notices).toEqual([]);
  });

  test("is none of ours when the handler returns", async () => {
    const result = await run(async (context) => {
      await context.step("charge", () => 1);
      setTimeout(() => {}, 5000);
    });
    expect(result.notices).toEqual([]);
  });
});

describe("in a handler of AWS's SDK", () => {
  test("a timer outside steps is told, one in a step and the SDK's own are not", async () => {
    const handler = withAwsDurableExecution(async (_input: unknown, context) => {
      setTimeout(() => {}, 3_600_000 * 5);
      await context.step("charge", async () => {
        const deadline = new Promise((_resolve, reject) => setTimeout(reject, 60_000));
        await Promise.race([sleep(1), deadline]);
      });
      await context.step("ship", async () => void setTimeout(() => {}, 60_000));
      await context.wait("pause", { hours: 1 });
      await context.wait("pause", { hours: 1 });
    });
    await using runner = new DurableTestRunner(handler);
    const result = await runner.run({});
    expect(result.status).toBe("SUCCEEDED");
    expect(result.notices.map(({ kind, message }) => [kind, message.includes("5h")])).toEqual([
      ["timer-cut-off", true],
    ]);
  });
});

describe("real work that a suspension cuts off", () => {
  let servers: Servers;
  beforeAll(async () => {
    servers = await startServers();
  });
  afterAll(() => servers[Symbol.asyncDispose]());

  test("is told by name when it was begun outside steps", async () => {
    const result = await run(async (context) => {
      const answer = fetch(`${servers.url}/hang`).catch(() => {});
      await Promise.race([context.wait({ hours: 1 }), answer]);
    });
    expect(result.notices.map(({ kind }) => kind)).toEqual(["promise-cut-off"]);
    expect(result.notices[0]?.message).toContain(`GET ${servers.url}/hang`);
  });

  test("is not when a step has left it behind", async () => {
    const result = await run(async (context) => {
      await context.step("ask", async () => void fetch(`${servers.url}/hang`).catch(() => {}));
      await context.wait({ hours: 1 });
    });
    expect(result.notices).toEqual([]);
  });
});

test("another fork of an execution knows what was told before", async () => {
  const handler = withDurableExecution(async (_input: unknown, context) => {
    void sleep(5000);
    const callback = await context.createCallback("answer");
    return callback.result();
  });
  await using runner = new DurableTestRunner(handler);
  await runner.run({});
  await using fork = runner.fork();
  const result = await fork.callback("answer").succeed(1);
  expect(result.notices.map(({ kind }) => kind)).toEqual(["timer-cut-off"]);
});
