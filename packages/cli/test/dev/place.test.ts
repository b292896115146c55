/** The place as a whole: the thread, the server, files that change. */
import { LambdaClient, SendDurableExecutionCallbackSuccessCommand } from "@aws-sdk/client-lambda";
import { createServer } from "node:net";
import { expect, test } from "vitest";
import { project } from "../support/command.ts";
import { openPlace, type Place, TOKEN } from "./support/place.ts";

const order = (rest = "return { id: order.id, answer };") => `
  import { withDurableExecution } from "@durabletest/runtime";
  export const handler = withDurableExecution(async (order: { id: string; tracked?: boolean; small?: boolean }, context) => {
    if (order.tracked) await context.step("track", () => "T");
    const approval = await context.createCallback<string>("approval");
    const answer = await approval.result();
    ${rest}
  });`;

const { directory, write } = project({
  "src/order.ts": order(),
  "src/spin.ts": `
    import { withDurableExecution } from "@durabletest/runtime";
    export const handler = withDurableExecution(async (_: unknown, context) => {
      await (await context.createCallback("go")).result();
      await context.step("spin", () => { for (;;); });
    });`,
});

const ready = (place: Place): Promise<unknown> =>
  place.until(() => place.session()?.thread.state === "ready");

const started = async (place: Place, functionName: string, input: object = {}): Promise<string> => {
  const reply = await place.ask({ kind: "start", functionName, input: JSON.stringify(input) });
  return String(reply["id"]);
};

const callbackId = (place: Place, id: string): string =>
  place.executions.get(id)?.callbacks[0]?.callbackId ?? "";

const answer = (place: Place, id: string) =>
  place.ask({
    kind: "succeed",
    execution: id,
    callbackId: callbackId(place, id),
    payload: '"yes"',
  });

test("an execution is started on the page, and a client of Lambda's API answers it; both are recorded", async () => {
  const place = await openPlace(directory, ["src/order.ts"]);
  await ready(place);
  const id = await started(place, "order", { id: "o-1" });
  await place.until(() => callbackId(place, id) !== "");
  const client = new LambdaClient({
    endpoint: place.session()?.endpoint ?? "",
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  await client.send(
    new SendDurableExecutionCallbackSuccessCommand({
      CallbackId: callbackId(place, id),
      Result: new TextEncoder().encode('"by mail"'),
    }),
  );
  client.destroy();
  await place.until(() => place.executions.get(id)?.actions.length === 2);
  expect(place.executions.get(id)).toMatchObject({
    status: "SUCCEEDED",
    result: { id: "o-1", answer: "by mail" },
    actions: [
      { text: "started", by: "page" },
      { text: "approval answered", by: "client" },
    ],
  });
  const reply = await place.ask({ kind: "test", execution: id, framework: "vitest" });
  expect(JSON.stringify(reply)).toContain('runner.callback(\\"approval\\").succeed(\\"by mail\\")');
});

test("a handler that spins is killed; it is where it was before, and so is everybody else", async () => {
  const place = await openPlace(directory, ["src/order.ts", "src/spin.ts"]);
  await ready(place);
  const other = await started(place, "order", { id: "o-1" });
  const id = await started(place, "spin");
  const { endpoint } = place.session() ?? {};
  const spinning = answer(place, id);
  await place.until(() => place.session()?.thread.state === "unresponsive");
  expect(place.executions.get(id)?.busy).toBe("go answered");
  expect(await place.ask({ kind: "kill", execution: id })).toEqual({});
  expect(await spinning).toMatchObject({ error: { code: "THREAD_KILLED" } });
  await ready(place);
  await place.until(() => place.executions.get(id)?.busy === undefined);
  expect(place.executions.get(id)).toMatchObject({
    status: "PENDING",
    actions: [{ text: "started" }],
    note: expect.stringContaining("was killed") as string,
  });
  expect(place.session()?.endpoint).toBe(endpoint);
  await answer(place, other);
  expect(place.executions.get(other)).toMatchObject({ status: "SUCCEEDED" });
});

test("an edit of the file: one goes on, one ends, one is told where it parts; then a syntax error, and the old code goes on", async () => {
  const place = await openPlace(directory, ["src/order.ts"]);
  await ready(place);
  const goesOn = await started(place, "order", { id: "o-1" });
  const ends = await started(place, "order", { id: "o-2", small: true });
  const parts = await started(place, "order", { id: "o-3", tracked: true });
  write({
    "src/order.ts": order("return 'new ' + answer;")
      .replace('"track"', '"trace"')
      .replace("const answer", "if (order.small) return 'small';\n    const answer"),
  });
  await place.until(() => place.executions.get(parts)?.diverged);
  expect(place.executions.get(parts)?.diverged).toMatchObject({ recorded: 'Step "track"' });
  expect(place.executions.get(ends)).toMatchObject({ status: "SUCCEEDED", result: "small" });
  await answer(place, goesOn);
  expect(place.executions.get(goesOn)).toMatchObject({ result: "new yes" });
  write({ "src/order.ts": "export const handler = (" });
  await place.until(() => place.session()?.functions[0]?.problem);
  expect(place.session()?.functions[0]).toMatchObject({ isLoaded: true });
  await answer(place, parts);
  expect(place.executions.get(parts)).toMatchObject({ result: { answer: "yes" } });
  write({ "src/order.ts": order() });
  await place.until(() => place.session()?.functions[0]?.problem === undefined);
});

test("a module that takes the process down while it is loaded is told, and comes back when it has been mended", async () => {
  write({ "src/exits.ts": "process.exit(3);" });
  const place = await openPlace(directory, ["src/exits.ts", "src/order.ts"]);
  await ready(place);
  const [exits, other] = place.session()?.functions ?? [];
  expect(exits?.problem).toContain("src/exits.ts ends the process while it is loaded");
  expect(other?.isLoaded).toBe(true);
  expect(other?.problem).toBeUndefined();
  const start = { kind: "start", functionName: "exits", input: "", time: "manual" };
  expect(await place.ask(start)).toMatchObject({ error: { code: "FUNCTION_UNKNOWN" } });
  write({ "src/exits.ts": order() });
  await place.until(() => place.session()?.functions[0]?.isLoaded);
  expect(await place.ask(start)).toHaveProperty("id");
});

test("a thread that dies is followed by another with the same executions, but not for ever", async () => {
  // In the thread itself, some time after it is ready.
  const dies = `${order()}\nsetTimeout(() => { throw new Error("nobody catches it"); }, 1500);`;
  write({ "src/dies.ts": dies });
  const place = await openPlace(directory, ["src/dies.ts"]);
  await ready(place);
  const id = await started(place, "dies", { id: "o-1" });
  await place.until(() => place.session()?.thread.state === "down");
  expect(place.session()?.thread.problem).toContain("nobody catches it");
  const start = { kind: "start", functionName: "dies", input: "{}", time: "manual" };
  expect(await place.ask(start)).toEqual({
    error: {
      code: "THREAD_KILLED",
      message: "The thread of the handlers has died: Error: nobody catches it",
    },
  });
  write({ "src/dies.ts": order() });
  await ready(place);
  await answer(place, id);
  await place.until(() => place.executions.get(id)?.status === "SUCCEEDED");
});

test("an execution that spins as it starts is gone when it is killed; others can be closed", async () => {
  write({
    "src/spins.ts": `
      import { withDurableExecution } from "@durabletest/runtime";
      export const handler = withDurableExecution(async () => { for (;;); });`,
  });
  const place = await openPlace(directory, ["src/spins.ts", "src/order.ts"]);
  await ready(place);
  const id = await started(place, "order", { id: "o-1" });
  const spinning = place.ask({ kind: "start", functionName: "spins", input: "", time: "manual" });
  await place.until(() => place.executions.size === 2);
  await place.ask({ kind: "kill", execution: "e2" });
  expect(await spinning).toMatchObject({ error: { code: "THREAD_KILLED" } });
  await ready(place);
  await place.until(() => place.executions.size === 1);
  expect([...place.executions.keys()]).toEqual([id]);
  await place.ask({ kind: "close", execution: id });
  await place.until(() => place.executions.size === 0);
  expect(await place.ask({ kind: "kill", execution: id })).toMatchObject({
    error: { code: "NO_SUCH_EXECUTION" },
  });
});

test("a port that is taken is told; without one, the next is tried", async () => {
  const taken = createServer();
  const port = await new Promise<number>((resolve) => {
    taken.listen(0, "127.0.0.1", () => {
      const address = taken.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    });
  });
  await expect(openPlace(directory, ["src/order.ts"], { port })).rejects.toThrow(
    `Somebody listens on port ${port} already`,
  );
  taken.close();
  const first = await openPlace(directory, ["src/order.ts"], { port: undefined });
  const second = await openPlace(directory, ["src/order.ts"], { port: undefined });
  expect(second.port).not.toBe(first.port);
  expect(second.dev.isElsewhere).toBe(true);
});

test("an address that is none of this machine is told", async () => {
  await expect(openPlace(directory, ["src/order.ts"], { host: "256.1.1.1" })).rejects.toThrow(
    "Nobody can listen at 256.1.1.1: ",
  );
});

test("whoever is not the page is refused", async () => {
  const place = await openPlace(directory, ["src/order.ts"]);
  await ready(place);
  const { port, send } = place;
  const json = { "content-type": "application/json" };
  const page = { ...json, "x-durabletest-token": TOKEN, origin: `http://127.0.0.1:${port}` };
  const post = { method: "POST", path: "/request", body: '{"kind":"reload"}' };
  const statuses = async (...all: readonly Parameters<typeof send>[0][]) =>
    Promise.all(all.map(async (one) => (await send(one)).status));
  expect(await statuses({ ...post, headers: page })).toEqual([200]);
  expect(
    await statuses(
      { ...post, headers: { ...page, origin: "https://evil.test" } },
      { ...post, headers: { ...page, origin: "null" } },
      { ...post, headers: { ...page, host: `evil.test:${port}` } },
      { ...post, headers: { ...page, host: "127.0.0.1:1" } },
      { ...post, headers: { ...page, "sec-fetch-site": "cross-site" } },
      { ...post, headers: json },
      { ...post, headers: { ...page, "x-durabletest-token": "a-secret-of-that-test" } },
      { path: "/", headers: { host: `evil.test:${port}` } },
      { path: "/events" },
    ),
  ).toEqual(Array.from({ length: 9 }, () => 403));
  expect(
    await statuses(
      { ...post, headers: { ...page, "content-type": "text/plain" } },
      { ...post, method: "PUT", headers: page },
      { path: "/request", headers: page },
      { method: "DELETE" },
      { path: "/etc/passwd" },
      { path: "/page/../server.ts" },
      { path: "/page/%2e%2e%2fserver.ts" },
      { path: "/page/nothing.css" },
      { path: "//" },
      { path: "http://[" },
      { ...post, headers: page, body: "{" },
      { ...post, headers: page, body: "7" },
      { ...post, headers: page, body: `{"kind":"${"x".repeat(7_000_000)}"}` },
    ),
  ).toEqual([415, 405, 405, 405, 404, 404, 404, 404, 400, 400, 400, 400, 413]);
  const localhost = { host: `localhost:${port}`, "sec-fetch-site": "none" };
  const { status, headers, text } = await send({ headers: localhost });
  expect(status).toBe(200);
  expect(text).toContain(TOKEN);
  expect(headers).toMatchObject({
    "content-security-policy": expect.stringContaining("script-src 'self'") as string,
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
  });
});
