/**
 * `pnpm demo`: runs the tests of the order approval, then shows what happened in one execution of it.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { DurableTestRunner, formatTimeline, respond } from "@durabletest/testing";
import { createHandler } from "./order-approval/handler.ts";

const workspace = fileURLToPath(new URL("..", import.meta.url));
const vitest = fileURLToPath(new URL("vitest.mjs", import.meta.resolve("vitest/package.json")));

const tests = spawnSync(
  process.execPath,
  [vitest, "run", "--project", "examples", "--reporter", "verbose", "examples/order-approval/"],
  { cwd: workspace, stdio: "inherit" },
);
if (tests.status !== 0) process.exit(tests.status ?? 1);

const handler = createHandler({
  requestApproval: async () => {},
  processOrder: async (orderId) => `shipment of ${orderId}`,
});
await using runner = new DurableTestRunner(handler, {
  callbacks: {
    order_approval: respond
      .heartbeatEvery({ hours: 10 })
      .times(3)
      .thenRespond(respond.success({ approved: true, approver: "Ada" }).after({ hours: 6 })),
  },
});

const begun = performance.now();
const result = await runner.run({ orderId: "order-123", amount: 1000 });
const tookMs = performance.now() - begun;

const hours = result.elapsedMs / 3_600_000;

console.log(`
One such execution, as it happened: ${hours} hours, in ${Math.ceil(tookMs)} ms.

${formatTimeline(result, { color: process.stdout.isTTY })}
`);
