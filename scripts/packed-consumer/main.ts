/** Run without a test framework, in either module format, on every Node version that is checked. */
import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { durableSnapshotSerializer, DurableTestRunner, respond } from "@durabletest/testing";
import { handler } from "./handler.ts";

async function main(): Promise<void> {
  await using runner = new DurableTestRunner(handler, { startTime: "2026-01-01T00:00:00Z" });
  const pending = await runner.run({ id: "o-1", total: 250 });
  strictEqual(pending.status, "PENDING");

  const [callback] = pending.pendingCallbacks;
  ok(callback?.callbackId !== undefined);
  const done = await runner.sendCallbackSuccess(callback.callbackId, { approved: true, by: "kim" });
  strictEqual(done.status, "SUCCEEDED");
  deepStrictEqual(done.result, { status: "shipped", by: "kim" });
  ok(done.elapsedMs >= 3_600_000);

  await using scripted = new DurableTestRunner(handler, {
    callbacks: { approval: respond.never() },
  });
  const expired = await scripted.run({ id: "o-2", total: 250 });
  strictEqual(expired.result?.status, "expired");
  ok(durableSnapshotSerializer.test(expired));
}

main().then(
  () => {
    console.log(`ok on Node ${process.version}`);
  },
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
