/** What is given as a test. That each passes, `test/built` shows, with the real frameworks. */
import { expect, test } from "vitest";
import { literal } from "../../src/dev/literal.ts";
import { testCode, type TestFile, type TestSource } from "../../src/dev/test-code.ts";
import { project } from "../support/command.ts";
import { files, modules, plays } from "./support/recorded-sessions.ts";
import { openSession } from "./support/session.ts";

const { directory, write } = project(files);

test("every way of playing has its test", async () => {
  const session = await openSession(directory, modules);
  for (const [name, play] of Object.entries(plays)) {
    const id = await play(session);
    const reply = await session.ask({ kind: "test", execution: id, framework: "vitest" });
    expect((reply as { readonly test: TestFile }).test.code).toMatchSnapshot(name);
  }
  await session.session.close();
});

test("a test of what was begun on older code is what today's code does, as far as it goes", async () => {
  const version = (name: string): string => `
    import { withDurableExecution } from "@durabletest/runtime";
    export const handler = withDurableExecution(async (_: unknown, context) => {
      await context.step("track", () => 1);
      const callback = await context.createCallback<string>("${name}");
      return callback.result();
    });`;
  write({ "src/edited.ts": version("approval") });
  const { start, ask, session, callbackId } = await openSession(directory, ["src/edited.ts"]);
  const id = await start("edited");
  const callback = callbackId(id, "approval");
  write({ "src/edited.ts": version("consent") });
  await session.reload();
  await ask({ kind: "succeed", execution: id, callbackId: callback, payload: { json: "yes" } });
  const reply = await ask({ kind: "test", execution: id, framework: "jest" });
  const { code } = (reply as { readonly test: TestFile }).test;
  expect(code).toContain(
    "this is what it does today. It ends where the rest cannot be done any more: No callback",
  );
  expect(code).toContain('toEqual(["consent"])');
  await session.close();
});

const source: TestSource = {
  recording: {
    functionName: "2-orders",
    seed: 0,
    time: "auto",
    actions: [{ action: { kind: "start" }, by: "page" }],
  },
  outcome: {
    status: "TIMED_OUT",
    result: undefined,
    error: { type: undefined, message: undefined },
    waitsFor: [],
  },
  handler: {
    functionName: "2-orders",
    from: "./orders.ts",
    exportName: "delete",
    isInDefault: false,
  },
  others: [
    { functionName: "a-b", from: "./a.ts", exportName: "odd name", isInDefault: false },
    { functionName: "a.b", from: "./b.ts", exportName: "default", isInDefault: false },
  ],
};

test("names that the test has for something else, or that are none, are given others", () => {
  expect(testCode(source, { framework: "vitest" })).toMatchInlineSnapshot(`
    "import { durableTest } from "@durabletest/vitest-plugin";
    import { "delete" as OrdersHandler } from "./orders.ts";
    import { "odd name" as aBHandler } from "./a.ts";
    import aBHandler2 from "./b.ts";

    const test = durableTest(OrdersHandler, {
      functionName: "2-orders",
      durableFunctions: { "a-b": aBHandler, "a.b": aBHandler2 },
    });

    test("2-orders times out", async ({ runner, expect }) => {
      await runner.run();
      expect(runner.result.status).toBe("TIMED_OUT");
      expect(runner.result.error).toMatchObject({});
    });
    "
  `);
});

test("handlers inside of a default export are taken out of it", () => {
  const inside = (one: TestSource["handler"]) => ({ ...one, isInDefault: true });
  const { handler, others } = source;
  const code = testCode(
    { ...source, handler: inside(handler), others: others.slice(0, 1).map(inside) },
    { framework: "vitest" },
  );
  expect(code).toContain('import OrdersModule from "./orders.ts";');
  expect(code).toContain("durableTest(OrdersModule.delete, {");
  expect(code).toContain(`durableFunctions: { "a-b": aBModule["odd name"] }`);
});

test("every action has its call", () => {
  const page = "page" as const;
  const actions = [
    { action: { kind: "start" }, by: page },
    { action: { kind: "succeed", callback: { name: "a", index: 1 }, payload: {} }, by: page },
    { action: { kind: "succeed", callback: { id: "x" }, payload: {} }, by: page },
    { action: { kind: "heartbeat", callback: { id: "x" } }, by: page },
    { action: { kind: "fail", callback: { id: "x" }, error: { ErrorType: "E" } }, by: "client" },
    { action: { kind: "advance-to", at: "2025-01-01T00:00:00.001Z" }, by: page },
    { action: { kind: "stop", error: { ErrorType: "E" } }, by: page },
  ] as const;
  const recording = { ...source.recording, actions };
  const code = testCode({ ...source, recording, remark: "Mark this." }, { framework: "jest" });
  expect(code.split("\n").slice(9, -4).join("\n")).toMatchInlineSnapshot(`
    "
    // Mark this.
    test("2-orders times out: a[1] answered, a callback without a name answered, heartbeat of a callback without a name…", async ({ runner, expect }) => {
      await runner.run();
      await runner.callback("a", 1).succeed();
      await runner.sendCallbackSuccess("x");
      await runner.sendCallbackHeartbeat("x");
      await runner.sendCallbackFailure("x", { ErrorType: "E" });
      await runner.advanceTo(new Date("2025-01-01T00:00:00.001Z"));
      await runner.stop({ ErrorType: "E" });"
  `);
});

test("a name of a test is cut", () => {
  const actions = Array.from(
    { length: 40 },
    () => ({ action: { kind: "kill" }, by: "page" }) as const,
  );
  const recording = { ...source.recording, actions: [...source.recording.actions, ...actions] };
  const code = testCode({ ...source, recording }, { framework: "vitest" });
  expect(/test\("(.*)", async/.exec(code)?.[1]).toHaveLength(110);
});

test("data is written as code that gives it again", () => {
  const data = {
    __proto__: null,
    "a b": [1, -0.5, null, true, "\u2028'\"\\"],
    nested: { empty: {}, none: [], long: "x".repeat(90), list: ["y".repeat(50), "z".repeat(50)] },
  };
  const parsed = JSON.parse(`{"__proto__":1,${JSON.stringify(data).slice(1)}`) as unknown;
  const code = literal(parsed);
  // oxlint-disable-next-line no-eval -- what is tested is that it is code
  const again = (0, eval)(`(${code})`) as unknown;
  expect(JSON.stringify(again)).toBe(JSON.stringify(parsed));
  expect(literal(undefined)).toBe("undefined");
});
