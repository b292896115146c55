/** What is refused, what is made again, and code that does not fit. */
import { expect, test } from "vitest";
import { Modules } from "../../src/dev/modules.ts";
import type { ExecutionRecord } from "../../src/dev/open-execution.ts";
import { refusalOf } from "../../src/dev/open-execution.ts";
import { readRequest } from "../../src/dev/request-body.ts";
import { project } from "../support/command.ts";
import { openSession } from "./support/session.ts";

const order = (step = "track", rest = ""): string => `
  import { withDurableExecution } from "@durabletest/runtime";
  export const handler = withDurableExecution(async (_: unknown, context) => {
    await context.step("${step}", () => "T");
    ${rest}
    return (await context.createCallback<string>("approval")).result();
  });`;

const parent = `
  import { withDurableExecution } from "@durabletest/runtime";
  export const handler = withDurableExecution(async (_: unknown, context) => {
    const pause = context.wait({ hours: 2 });
    await context.runInChildContext("group", async (child) => { await child.step(() => 1); });
    await context.invoke("child", {});
    await pause;
  });`;

const slow = (rest = ""): string => `
  import { withDurableExecution } from "@durabletest/runtime";
  import { setTimeout as sleep } from "node:timers/promises";
  export const handler = withDurableExecution(async (_: unknown, context) => {
    const pause = context.wait("pause", { minutes: 5 });
    await context.step("pack", () => sleep(600_000));
    await pause;
    ${rest}
  });`;

/** Deeper than what goes from thread to thread. */
const deep = "[".repeat(20_000) + "]".repeat(20_000);

const { directory, write } = project({
  "src/order.ts": order(),
  "src/child.ts": order(),
  "src/parent.ts": parent,
  "src/slow.ts": slow(),
  "src/broken.ts": "export const handler = (",
  "src/real.ts": `
    import { withDurableExecution } from "@durabletest/runtime";
    import { readFile } from "node:fs/promises";
    export const handler = withDurableExecution(async (_: unknown, context) =>
      context.step("read", async () => (await readFile(import.meta.filename, "utf8")).length > 0));`,
});

test("what cannot be started is told, and leaves nothing behind", async () => {
  const { ask, start, views } = await openSession(directory, ["src/order.ts", "src/broken.ts"]);
  await expect(start("nothing")).rejects.toThrow('There is no function "nothing"');
  await expect(start("broken")).rejects.toThrow("cannot be loaded");
  const bad = { kind: "start", functionName: "order", input: "{", time: "manual" } as const;
  await expect(ask(bad)).rejects.toThrow("The input is no JSON");
  expect(views.size).toBe(0);
});

test("what cannot be done is told, and nothing is recorded of it", async () => {
  const { ask, start, view } = await openSession(directory, ["src/order.ts"]);
  const execution = await start("order");
  await expect(ask({ kind: "next", execution })).rejects.toThrow("Nothing is due");
  await expect(ask({ kind: "kill", execution })).rejects.toThrow("no invocation is going on");
  await expect(ask({ kind: "heartbeat", execution, callbackId: "none" })).rejects.toThrow("none");
  expect(view(execution).actions).toHaveLength(1);
  await ask({ kind: "stop", execution });
  await expect(ask({ kind: "stop", execution })).rejects.toThrow("has ended");
  await ask({ kind: "close", execution });
  await expect(ask({ kind: "stop", execution })).rejects.toThrow(
    'There is no execution "e1" any more',
  );
});

test("one thing is done at a time, and what goes on by itself is shown when it rests", async () => {
  const { ask, session, view, views } = await openSession(directory, ["src/real.ts"]);
  const starting = ask({ kind: "start", functionName: "real", input: "", time: "manual" });
  await expect(ask({ kind: "stop", execution: "e1" })).rejects.toThrow("still going on (started)");
  session.look();
  session.look();
  session.look();
  expect(views.get("e1")?.busy).toBe("started");
  await starting;
  session.look();
  expect(view("e1")).toMatchObject({ status: "SUCCEEDED", result: true, busy: undefined });
});

test("executions are made again from what was recorded, as far as the code lets them", async () => {
  const first = await openSession(directory, ["src/order.ts"]);
  const id = await first.start("order");
  const callbackId = first.callbackId(id, "approval");
  const fork = (await first.ask({ kind: "fork", execution: id })) as { readonly id: string };
  await first.ask({ kind: "succeed", execution: fork.id, callbackId, payload: { json: "yes" } });
  const records = [...first.records.values()];
  const [record] = records;
  if (record === undefined) throw new Error("Nothing was recorded.");
  const refused = {
    action: { kind: "kill" },
    by: "page",
    refusal: { code: "X", message: "no" },
  } as const;
  const impossible = {
    action: { kind: "heartbeat", callback: { name: "consent" } },
    by: "page",
  } as const;
  const odd: ExecutionRecord = {
    ...record,
    id: "e7",
    recording: { ...record.recording, actions: [...record.recording.actions, refused, impossible] },
  };
  const lost = { ...record, id: "e8", recording: { ...record.recording, functionName: "gone" } };
  const again = await openSession(directory, ["src/order.ts", "src/mended.ts#handler"]);
  await again.session.restore([...records, odd, lost], [{ id, text: "it was killed" }]);
  expect(again.view(id)).toMatchObject({ status: "PENDING", note: "it was killed" });
  expect(again.view(fork.id)).toMatchObject({ status: "SUCCEEDED", result: "yes", forkOf: id });
  expect(again.view("e7").note).toContain("as far as it went: 2 of 3 actions. Then: No callback");
  await expect(again.ask({ kind: "stop", execution: "e8" })).rejects.toThrow("will be made again");
  await again.ask({ kind: "reload" });
  expect(await again.start("order")).toBe("e9");
});

test("new code waits for an invocation that is going on", async () => {
  const { ask, session, start, view } = await openSession(directory, ["src/slow.ts"]);
  const execution = await start("slow");
  write({ "src/slow.ts": slow("return 'new';") });
  await session.reload();
  expect(view(execution)).toMatchObject({ version: 1 });
  expect(view(execution).note).toContain("The next one will have the new code");
  await ask({ kind: "complete", execution });
  expect(view(execution).status).toBe("SUCCEEDED");
  await session.reload();
});

test("a function that was invoked is held against its own history", async () => {
  const modules = ["src/parent.ts", "src/child.ts"];
  const { ask, session, start, view } = await openSession(directory, modules);
  const execution = await start("parent");
  expect(view(execution).operations.map(({ depth }) => depth)).toContain(1);
  write({ "src/child.ts": order("trace") });
  await session.reload();
  expect(view(execution).diverged).toMatchObject({
    event: "In child: event 2, StepStarted",
    recorded: 'Step "track"',
  });
  write({ "src/child.ts": order("track", "if (Date.now() > 0) return 'at once';") });
  await session.reload();
  expect(view(execution).diverged?.requested).toBeUndefined();
  write({ "src/child.ts": order() });
  await session.reload();
  expect(view(execution)).toMatchObject({ diverged: undefined, version: 4 });
  await ask({ kind: "test", execution, framework: "vitest" });
});

test("functions are called after their files, their exports, or the folder", async () => {
  const names = ["src/a b.ts", "b/a-b.ts", "fulfil/index.ts", "x.ts#charge", "äö.ts", "handler.ts"];
  const modules = new Modules(names, () => Promise.reject(new Error("no reason")));
  expect(modules.all.map(({ functionName }) => functionName)).toEqual([
    "a-b",
    "a-b-2",
    "fulfil",
    "charge",
    "handler",
    "handler-2",
  ]);
  expect(await modules.load()).toBe(false);
  expect(modules.all[0]?.problem).toBe("no reason");
  expect(modules.version).toBe(0);
  expect(modules.folders).toEqual([]);
});

test("whatever is thrown is told in words", () => {
  expect(refusalOf("a text")).toEqual({ code: "ERROR", message: "a text" });
  expect(refusalOf(new TypeError("t\nTimeline\n  +0s"))).toEqual({
    code: "TypeError",
    message: "t",
  });
});

test("an input, or an answer, that is too deep to be sent on is refused with what to do", async () => {
  const { session, start, callbackId } = await openSession(directory, ["src/order.ts"]);
  const refused = "Give one that is less deep.";
  const at = { kind: "start", functionName: "order", time: "manual" } as const;
  await expect(session.request({ ...at, input: deep })).rejects.toThrow(refused);
  const id = await start("order");
  const answer = {
    kind: "succeed",
    execution: id,
    callbackId: callbackId(id, "approval"),
    payload: deep,
  };
  expect(() => readRequest(JSON.stringify(answer))).toThrow(refused);
  await session.close();
});
