/** What `durabletest dev` gives as a test passes as it is: recorded sessions, run by the real Vitest and the real Jest. */
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Framework, TestFile } from "../../src/dev/test-code.ts";
import { openSession, type OpenSession } from "../dev/support/session.ts";
import { createProject } from "../../../jest-plugin/test/projects/project.ts";
import { runVitest } from "../../../jest-plugin/test/projects/vitest.ts";

const HOUR = 3_600_000;

const files = {
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
  "src/aws.ts": `
    import { withDurableExecution } from "@aws/durable-execution-sdk-js";
    export const handler = withDurableExecution(async (order: { id: string }, context) => {
      const text = await context.waitForCallback("approval", async () => {});
      await context.wait({ hours: 1 });
      return order.id + " " + text;
    });`,
};

const modules = Object.keys(files).map((file) => (file === "src/slow.ts" ? `${file}#test` : file));

/** What somebody does on the page; gives the execution whose test is copied. */
type Play = (session: OpenSession) => Promise<string>;

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

const plays: Readonly<Record<string, Play>> = {
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
  stuck: async (s) => s.start("stuck"),
  text: async (s) => {
    const id = await s.start("aws", { id: "o-1" });
    const callbackId = s.callbackId(id, "approval");
    await s.ask({ kind: "succeed", execution: id, callbackId, payload: { raw: "so be it" } });
    await s.ask({ kind: "next", execution: id });
    return id;
  },
};

const swc = {
  jsc: { parser: { syntax: "typescript" }, target: "es2022" },
  module: { type: "commonjs" },
};

test("the tests of recorded sessions pass, in Vitest and in Jest", async () => {
  using project = createProject({
    ...files,
    "vitest.config.mjs": `export default { test: { include: ["src/all.vitest.ts"] } };`,
  });
  const { root } = project;
  mkdirSync(join(root, "node_modules"));
  symlinkSync(
    join(import.meta.dirname, "../../node_modules/@aws"),
    join(root, "node_modules/@aws"),
  );
  const session = await openSession(root, modules);
  const names = Object.keys(plays);
  for (const [name, play] of Object.entries(plays)) {
    const id = await play(session);
    for (const framework of ["vitest", "jest"] as const) {
      const { code } = await testOf(session, id, framework);
      const stem = name.replaceAll(" ", "-");
      project.write(`src/${stem}.${framework === "jest" ? "test" : "vitest"}.ts`, code);
    }
  }
  await session.session.close();
  // In one file each: what every test file loads anew takes longer than all of them.
  const all = (framework: string): string =>
    names.map((name) => `import "./${name.replaceAll(" ", "-")}.${framework}";\n`).join("");
  project.write("src/all.vitest.ts", all("vitest"));
  project.write("src/all.test.ts", all("test"));

  const vitest = await runVitest(root);
  expect(vitest.output).toContain(`Tests  ${names.length} passed (${names.length})`);
  const jest = await project.run({
    config: { testMatch: ["**/all.test.ts"], transform: { "\\.ts$": ["@swc/jest", swc] } },
  });
  expect(Object.values(jest.tests).filter((failure) => failure !== "")).toEqual([]);
  expect(Object.keys(jest.tests)).toHaveLength(names.length);
});

async function testOf(session: OpenSession, id: string, framework: Framework): Promise<TestFile> {
  const reply = await session.ask({ kind: "test", execution: id, framework });
  return (reply as { readonly test: TestFile }).test;
}
