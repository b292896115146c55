/** What a suspended execution takes: many of them at once, each waiting for a callback. */
import { withDurableExecution } from "@durabletest/runtime";
import { DurableTestRunner } from "@durabletest/testing";
import { answer, APPROVAL, approval } from "../cases.ts";
import { quick, report } from "./side.ts";

const EXECUTIONS = 10_000;
const ROUNDS = quick ? 1 : 3;

const handler = withDurableExecution(approval.runtime);

async function suspended(count: number): Promise<readonly DurableTestRunner[]> {
  const runners = Array.from({ length: count }, () => new DurableTestRunner(handler));
  // The results are dropped; what lives on is what the runners hold.
  await Promise.all(runners.map(async (runner) => void (await runner.run(approval.input))));
  return runners;
}

async function heapBytes(): Promise<number> {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error("Start this side with --expose-gc.");
  // Finalizers run between turns, and free more.
  for (let pass = 0; pass < 3; pass += 1) {
    await new Promise((resolve) => void setImmediate(resolve));
    gc();
  }
  return process.memoryUsage().heapUsed;
}

async function bytesEach(): Promise<number> {
  const before = await heapBytes();
  const runners = await suspended(EXECUTIONS);
  const bytes = (await heapBytes()) - before;
  // They are alive, all of them, and go on.
  for (const runner of [runners[0], runners.at(-1)]) {
    const result = await runner?.callback(APPROVAL).succeed(answer);
    if (result?.status !== "SUCCEEDED") throw new Error("A suspended execution did not go on.");
  }
  return bytes / EXECUTIONS;
}

await suspended(1000);
const rounds: number[] = [];
for (let round = 0; round < ROUNDS; round += 1) rounds.push(await bytesEach());
report({ suspendedBytes: rounds.toSorted((a, b) => a - b)[Math.floor(rounds.length / 2)] });
