/** What people do on the page, in ten and more ways, so that the tests of it can be looked at and run. */
import type { OpenSession } from "./session.ts";

const HOUR = 3_600_000;

/** Their handlers. */
export const files: Readonly<Record<string, string>> = {
  "src/order.ts": `
    import { createRetryStrategy, withDurableExecution } from "@durabletest/runtime";
    export const handler = withDurableExecution(async (order: { id: string }, context) => {
      const price = await context.step("price", ({ attempt }) => {
        if (attempt === 1) throw new Error("busy");
        return 42 + attempt;
      }, { retryStrategy: createRetryStrategy({ maxAttempts: 3, initialDelay: { seconds: 10 } }) });
      const approval = await context.createCallback<{ by: string }>("approval", {
        timeout: { hours: 48 }, heartbeatTimeout: { hours: 8 },
      });
      const answer = await approval.settled();
      if (answer.status !== "SUCCEEDED") throw new TypeError("not approved: " + answer.status);
      await context.wait("settle", { hours: 1 });
      return { id: order.id, price, by: answer.value.by, "a \\"key\\"": ["\\u2028", null], lot: Math.random() };
    });`,
  "src/parent.ts": `
    import { withDurableExecution } from "@durabletest/runtime";
    export default withDurableExecution(async (order: { id: string }, context) => {
      const result = await context.invoke<object, { id: string }>("order", order);
      return { ...result, lot: 0, arn: context.executionArn };
    });`,
  "src/slow.ts": `
    import { withDurableExecution } from "@durabletest/runtime";
    import { setTimeout as sleep } from "node:timers/promises";
    export const test = withDurableExecution(async (_: undefined, context) => {
      const pause = context.wait("pause", { minutes: 5 });
      const packed = await context.step("pack", async () => {
        await sleep(600_000);
        return new Date().toISOString();
      });
      await pause;
      return packed;
    });`,
  "src/twins.ts": `
    import { withDurableExecution } from "@durabletest/runtime";
    export const handler = withDurableExecution(async (_: unknown, context) => {
      const first = await context.createCallback<string>("twin");
      const second = await context.createCallback<string>("twin");
      const third = await context.createCallback<string>();
      return [await second.result(), await third.result(), await first.result()];
    });`,
  "src/stuck.ts": `
    import { withDurableExecution } from "@durabletest/runtime";
    export const handler = withDurableExecution(async () => { await new Promise(() => {}); });`,
  "src/inside.ts": `
    import { withDurableExecution } from "@durabletest/runtime";
    export default { handler: withDurableExecution(async () => "inside") };`,
  "src/aws.ts": `
    import { withDurableExecution } from "@aws/durable-execution-sdk-js";
    export const handler = withDurableExecution(async (order: { id: string }, context) => {
      const text = await context.waitForCallback("approval", async () => {});
      await context.wait({ hours: 1 });
      return order.id + " " + text;
    });`,
};

/** As they are named to the command. */
export const modules: readonly string[] = Object.keys(files).map((file) =>
  file === "src/slow.ts" ? `${file}#test` : file,
);

/** What somebody does on the page; gives the execution whose test is copied. */
export type Play = (session: OpenSession) => Promise<string>;

const succeed = (s: OpenSession, id: string, name: string, json: unknown, index = 0) => {
  const open = s.view(id).callbacks.filter((callback) => callback.name === name);
  const callbackId = open[index]?.callbackId ?? "";
  return s.ask({ kind: "succeed", execution: id, callbackId, payload: { json } });
};

const startOrder = async (s: OpenSession): Promise<string> => {
  const id = await s.start("order", { id: "o-1" });
  await s.ask({ kind: "next", execution: id });
  return id;
};

export const plays: Readonly<Record<string, Play>> = {
  approved: async (s) => {
    const id = await startOrder(s);
    const callbackId = s.callbackId(id, "approval");
    await s.ask({ kind: "advance", execution: id, ms: 7 * HOUR + 1 });
    await s.ask({ kind: "heartbeat", execution: id, callbackId });
    await succeed(s, id, "approval", { by: "kim" });
    await s.ask({ kind: "next", execution: id });
    return id;
  },
  failed: async (s) => {
    const id = await startOrder(s);
    const callbackId = s.callbackId(id, "approval");
    await s.ask({
      kind: "fail",
      execution: id,
      callbackId,
      errorType: "Declined",
      errorMessage: 'no "budget"\n',
    });
    return id;
  },
  late: async (s) => {
    const id = await startOrder(s);
    await s.ask({ kind: "next", execution: id });
    return id;
  },
  "runs on": async (s) => {
    const id = await s.start("order", { id: "o-1" });
    await s.ask({ kind: "complete", execution: id });
    return id;
  },
  forked: async (s) => {
    const id = await startOrder(s);
    const fork = (await s.ask({ kind: "fork", execution: id })) as { readonly id: string };
    await succeed(s, id, "approval", { by: "kim" });
    await succeed(s, fork.id, "approval", { by: "lee" });
    const again = (await s.ask({ kind: "fork", execution: fork.id })) as { readonly id: string };
    await s.ask({ kind: "complete", execution: again.id });
    return again.id;
  },
  stopped: async (s) => {
    const id = await startOrder(s);
    await s.ask({ kind: "stop", execution: id });
    return id;
  },
  "waits by itself": async (s) => s.start("order", { id: "o-2" }, "auto"),
  killed: async (s) => {
    const id = await s.start("test");
    await s.ask({ kind: "kill", execution: id });
    await s.ask({ kind: "complete", execution: id });
    return id;
  },
  invoked: async (s) => {
    const id = await s.start("parent", { id: "o-1" });
    await s.ask({ kind: "next", execution: id });
    await succeed(s, id, "approval", { by: "kim" });
    await s.ask({ kind: "complete", execution: id });
    return id;
  },
  twins: async (s) => {
    const id = await s.start("twins");
    await succeed(s, id, "twin", "second", 1);
    const unnamed = s.view(id).callbacks.find(({ name }) => name === undefined)?.callbackId ?? "";
    await s.ask({ kind: "succeed", execution: id, callbackId: unnamed, payload: { json: 3 } });
    await succeed(s, id, "twin", "first");
    return id;
  },
  stalled: async (s) => {
    const id = await s.start("twins", {});
    await s.ask({ kind: "advance", execution: id, ms: 0 });
    await s.ask({ kind: "complete", execution: id }).catch(() => {});
    return id;
  },
  inside: async (s) => s.start("inside"),
  stuck: async (s) => s.start("stuck"),
  text: async (s) => {
    const id = await s.start("aws", { id: "o-1" });
    const callbackId = s.callbackId(id, "approval");
    await s.ask({ kind: "succeed", execution: id, callbackId, payload: { raw: "so be it" } });
    await s.ask({ kind: "next", execution: id });
    return id;
  },
};
