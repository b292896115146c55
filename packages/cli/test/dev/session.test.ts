import { expect, test } from "vitest";
import { project } from "../support/command.ts";
import { openSession } from "./support/session.ts";

const { directory, write } = project({
  "src/order.ts": `
    import { withDurableExecution } from "@durabletest/runtime";
    export const handler = withDurableExecution(async (order: { id: string }, context) => {
      const price = await context.step("price", () => 42);
      context.logger.info("priced", { price });
      const approval = await context.createCallback<string>("approval", {
        timeout: { hours: 48 }, heartbeatTimeout: { hours: 8 },
      });
      const answer = await approval.result();
      await context.wait("settle", { hours: 1 });
      return { id: order.id, price, answer };
    });`,
});

const opened = () => openSession(directory, ["src/order.ts"]);

test("an execution is started, and stands where only the world can move it", async () => {
  const { start, view } = await opened();
  const id = await start("order", { id: "o-1" });
  expect(view(id)).toMatchObject({
    functionName: "order",
    status: "PENDING",
    busy: undefined,
    input: { id: "o-1" },
    callbacks: [{ name: "approval" }],
    due: [
      { inMs: 8 * 3_600_000, what: 'callback "approval" misses a heartbeat' },
      { inMs: 48 * 3_600_000, what: 'callback "approval" times out' },
    ],
    logs: [{ level: "info", text: 'priced {"price":42}' }],
    actions: [{ text: "started", by: "page" }],
    picture: "<svg><title>PENDING</title></svg>",
  });
});

test("a callback is answered, the clock turned to what is due, and the execution ends", async () => {
  const { start, view, ask, callbackId } = await opened();
  const id = await start("order", { id: "o-1" });
  const callback = callbackId(id, "approval");
  await ask({ kind: "heartbeat", execution: id, callbackId: callback });
  await ask({ kind: "succeed", execution: id, callbackId: callback, payload: { json: "yes" } });
  expect(view(id).due).toMatchObject([{ inMs: 3_600_000, what: 'wait "settle" ends' }]);
  await ask({ kind: "next", execution: id });
  expect(view(id)).toMatchObject({
    status: "SUCCEEDED",
    result: { id: "o-1", price: 42, answer: "yes" },
    actions: [
      { text: "started" },
      { text: "heartbeat of approval" },
      { text: "approval answered" },
      { text: "1 hour later" },
    ],
  });
  const reply = await ask({ kind: "test", execution: id, framework: "vitest" });
  expect(reply).toMatchInlineSnapshot(`
    {
      "test": {
        "code": "import { durableTest } from "@durabletest/vitest-plugin";
    import { handler } from "./order.ts";

    const test = durableTest(handler, { functionName: "order", timeSkipping: "manual" });

    test("order succeeds: heartbeat of approval, approval answered, 1 hour later", async ({ runner, expect }) => {
      await runner.run({ id: "o-1" });
      await runner.callback("approval").heartbeat();
      await runner.callback("approval").succeed("yes");
      await runner.advance({ hours: 1 });
      expect(runner.result.status).toBe("SUCCEEDED");
      expect(runner.result.result).toEqual({ id: "o-1", price: 42, answer: "yes" });
    });
    ",
        "fileName": "order.test.ts",
      },
    }
  `);
});

test("who answers second is told, and nothing is recorded of it", async () => {
  const { start, view, ask, callbackId } = await opened();
  const id = await start("order", { id: "o-1" });
  const answer = {
    kind: "succeed",
    execution: id,
    callbackId: callbackId(id, "approval"),
    payload: { json: "yes" },
  } as const;
  await ask(answer);
  await expect(ask(answer)).rejects.toThrow("has ended already");
  expect(view(id).actions).toHaveLength(2);
});

test("a fork goes its own way", async () => {
  const { start, view, ask, callbackId } = await opened();
  const id = await start("order", { id: "o-1" });
  const fork = (await ask({ kind: "fork", execution: id })) as { id: string };
  const callback = callbackId(id, "approval");
  await ask({
    kind: "fail",
    execution: fork.id,
    callbackId: callback,
    errorType: "No",
    errorMessage: "declined",
  });
  await ask({ kind: "advance", execution: id, ms: 9 * 3_600_000 });
  expect(view(fork.id)).toMatchObject({
    status: "FAILED",
    forkOf: id,
    error: { message: "declined" },
  });
  expect(view(id).operations.find(({ kind }) => kind === "Callback")?.status).toBe("TIMED_OUT");
  expect(await ask({ kind: "test", execution: fork.id, framework: "jest" })).toMatchInlineSnapshot(`
    {
      "test": {
        "code": "import { durableTest } from "@durabletest/jest-plugin";
    import { handler } from "./order";

    const test = durableTest(handler, { functionName: "order", timeSkipping: "manual" });

    test("order fails: forked, approval failed", async ({ runner, expect }) => {
      await runner.run({ id: "o-1" });
      const fork = runner.fork();
      await fork.callback("approval").fail({ ErrorType: "No", ErrorMessage: "declined" });
      expect(fork.result.status).toBe("FAILED");
      expect(fork.result.error).toMatchObject({ ErrorType: "CallbackExternalError", ErrorMessage: "declined" });
    });
    ",
        "fileName": "order.test.ts",
      },
    }
  `);
});

test("an edit: one goes on, one ends, one is told where the code parts from its history", async () => {
  const v1 = (rest: string) => `
    import { withDurableExecution } from "@durabletest/runtime";
    import { fee } from "./fee.ts";
    export const handler = withDurableExecution(async (order: { small?: boolean, tracked?: boolean }, context) => {
      ${rest}
      const approval = await context.createCallback<string>("approval");
      return { fee, answer: await approval.result() };
    });`;
  write({
    "src/edited.ts": v1('if (order.tracked) await context.step("track", () => "T");'),
    "src/fee.ts": "export const fee: number = 1;",
  });
  const { start, view, ask, session, callbackId } = await openSession(directory, ["src/edited.ts"]);
  const goesOn = await start("edited", {});
  const ends = await start("edited", { small: true });
  const diverges = await start("edited", { tracked: true });
  write({
    "src/edited.ts": v1('if (order.tracked) await context.step("trace", () => "T");').replace(
      "return {",
      "if (order.small) return 'too small'; return {",
    ),
    "src/fee.ts": "export const fee: number = 2;",
  });
  await session.reload();
  expect(view(ends)).toMatchObject({ status: "SUCCEEDED", result: "too small", version: 2 });
  expect(view(diverges)).toMatchObject({
    status: "PENDING",
    version: 1,
    diverged: {
      event: "event 2, StepStarted",
      recorded: 'Step "track"',
      requested: 'Step "trace"',
    },
  });
  expect(view(diverges).diverged?.callSite).toMatch(/edited\.ts:5:\d+/);
  await ask({
    kind: "succeed",
    execution: goesOn,
    callbackId: callbackId(goesOn, "approval"),
    payload: { json: "yes" },
  });
  expect(view(goesOn)).toMatchObject({ version: 2, result: { fee: 2, answer: "yes" } });
  write({ "src/edited.ts": "export const handler = (" });
  await session.reload();
  expect(session.view.functions[0]).toMatchObject({ isLoaded: true });
  expect(session.view.functions[0]?.problem).toContain("cannot be loaded");
  expect(await ask({ kind: "test", execution: ends, framework: "vitest" })).toMatchInlineSnapshot(`
    {
      "test": {
        "code": "import { durableTest } from "@durabletest/vitest-plugin";
    import { handler } from "./edited.ts";

    const test = durableTest(handler, { functionName: "edited", seed: 1, timeSkipping: "manual" });

    // The handler was edited while this was recorded; this is what it does today.
    test("edited succeeds", async ({ runner, expect }) => {
      await runner.run({ small: true });
      expect(runner.result.status).toBe("SUCCEEDED");
      expect(runner.result.result).toEqual("too small");
    });
    ",
        "fileName": "edited.test.ts",
      },
    }
  `);
});
