import assert from "node:assert/strict";
import { test } from "node:test";
import { withDurableExecution as awsDurableExecution } from "@aws/durable-execution-sdk-js";
import { Duration, withDurableExecution } from "@durabletest/runtime";
import { DurableTestRunner, formatTimeline, respond } from "@durabletest/testing";
import { startDurableServer } from "@durabletest/testing/server";

interface Order {
  readonly id: string;
}

const handler = withDurableExecution(async (order: Order, context) => {
  const startedAt = Date.now();
  const approval = await context.createCallback<{ by: string }>("approval", {
    timeout: Duration.fromHours(48),
  });
  await context.step("mail", async () => {
    await new Promise((resolve) => setTimeout(resolve, 30_000));
    return order.id;
  });
  const answer = await approval.result();
  if (answer === undefined) return { status: "expired" as const };
  await context.wait("packing", Duration.fromHours(1));
  return {
    status: "shipped" as const,
    by: answer.by,
    startedAt,
    lot: Math.random(),
    id: crypto.randomUUID(),
  };
});

test("waits for an answer, in virtual time", async () => {
  const runner = new DurableTestRunner(handler);
  assert.equal((await runner.run({ id: "o-1" })).status, "PENDING");
  const result = await runner.callback("approval").succeed({ by: "kim" });
  assert.equal(result.result?.status, "shipped");
  assert.equal(result.elapsedMs, 3_630_000);
  assert.match(formatTimeline(result), /wait "packing"/);
});

test("expires in silence", async () => {
  const runner = new DurableTestRunner(handler);
  await runner.run({ id: "o-1" });
  assert.deepEqual((await runner.runToCompletion()).result, { status: "expired" });
});

test("is the same on every run", async () => {
  const callbacks = { approval: respond.success({ by: "kim" }).after({ hours: 3 }) };
  const [one, two] = await Promise.all(
    [1, 2].map(() => new DurableTestRunner(handler, { callbacks }).run({ id: "o-1" })),
  );
  assert.deepEqual(one?.result, two?.result);
  assert.deepEqual(one?.history, two?.history);
});

test("tries steps again", async () => {
  let attempts = 0;
  const flaky = withDurableExecution(async (_: undefined, context) =>
    context.step("flaky", () => {
      attempts += 1;
      if (attempts < 3) throw new Error("not yet");
      return attempts;
    }),
  );
  const result = await new DurableTestRunner(flaky).run();
  assert.equal(result.result, 3);
});

test("runs handlers of AWS's SDK", async () => {
  const aws = awsDurableExecution(async (order: Order, context) => {
    const reserved = await context.step("reserve", async () => `reserved ${order.id}`);
    await context.wait("pause", { days: 1 });
    return `${reserved} ${await context.waitForCallback("approval", async () => {})}`;
  });
  const runner = new DurableTestRunner(aws, { callbacks: { approval: respond.success("yes") } });
  assert.equal((await runner.run({ id: "o-1" })).result, "reserved o-1 yes");
});

test("is answered over HTTP", async () => {
  const runner = new DurableTestRunner(handler);
  const server = await startDurableServer(runner);
  await runner.run({ id: "o-1" });
  const id = encodeURIComponent(runner.callback("approval").callbackId);
  const path = `/2025-12-01/durable-execution-callbacks/${id}/succeed`;
  await fetch(server.url + path, { method: "POST", body: '{"by":"lee"}' });
  assert.equal((await runner.settled()).status, "SUCCEEDED");
  await server.close();
});
