/** How many schedules an exploration tries, what a fork costs, and how long a failure takes to shrink. */
import { type DurableContext, withDurableExecution } from "@durabletest/runtime";
import { DurableTestRunner, respond } from "@durabletest/testing";
import { explore } from "@durabletest/testing/explore";
import {
  type DurableContext as AwsDurableContext,
  withDurableExecution as withAwsDurableExecution,
} from "@aws/durable-execution-sdk-js";
import { time } from "../measure.ts";
import { manyRuns, quick, report } from "./side.ts";

const RUNS = quick ? 1000 : 5000;
const ROUNDS = quick ? 3 : 7;
/** Decisions of the failure that is shrunk. */
const NEEDED = 40;

// Six operations, with a callback and a wait.
const ours = withDurableExecution(async (_: undefined, context: DurableContext) => {
  await context.step("quote", () => 1);
  await context.step("reserve", () => 2);
  const approval = await context.createCallback<string>("approval", { timeout: { hours: 1 } });
  const answer = await approval.result();
  await context.wait("cooldown", { minutes: 5 });
  await context.step("charge", () => 3);
  await context.step("ship", () => 4);
  return answer ?? "expired";
});
const aws = withAwsDurableExecution(async (_: unknown, context: AwsDurableContext) => {
  await context.step("quote", async () => 1);
  await context.step("reserve", async () => 2);
  const [approval] = await context.createCallback("approval", { timeout: { hours: 1 } });
  const answer = await approval.catch(() => "expired");
  await context.wait("cooldown", { minutes: 5 });
  await context.step("charge", async () => 3);
  await context.step("ship", async () => 4);
  return answer;
});
const options = {
  callbacks: { approval: [respond.success("yes"), respond.failure(new Error("no"))] },
  strategy: "random",
} as const;

/** Schedules in a second, the median of some rounds. */
async function schedulesPerSecond(
  round: (seed: number) => Promise<{ runs: number }>,
): Promise<number> {
  const rates: number[] = [];
  await round(0);
  for (let seed = 1; seed <= ROUNDS; seed += 1) {
    const begun = performance.now();
    const { runs } = await round(seed);
    rates.push((runs / (performance.now() - begun)) * 1000);
  }
  return rates.toSorted((a, b) => a - b)[Math.floor(rates.length / 2)] ?? 0;
}

/** Fails only when every one of its steps has been slow. */
const fussy = withDurableExecution(async (_: undefined, context: DurableContext) => {
  let slow = 0;
  for (let step = 0; step < NEEDED; step += 1) {
    const from = Date.now();
    await context.step(`step ${step}`, () => step);
    if (Date.now() > from) slow += 1;
  }
  return slow;
});
let shrinkMs = 0;
await explore(fussy, {
  seed: 1,
  crashes: 0,
  expect: { replays: false, settles: false, sameOutcomeAfterCrash: false },
  steps: Object.fromEntries(
    Array.from({ length: NEEDED }, (_, step) => [
      `step ${step}`,
      [respond.run().after({ milliseconds: 3 })],
    ]),
  ),
  strategy: "pct",
  check: ({ result }) => {
    if (Number(result.result) < NEEDED - 8) return;
    shrinkMs ||= performance.now();
    throw new Error("slow");
  },
}).catch(() => {
  shrinkMs = performance.now() - shrinkMs;
});

const waiting = new DurableTestRunner(ours);
await waiting.run(undefined);

report({
  schedules: await schedulesPerSecond(async (seed) =>
    explore(ours, { ...options, seed, runs: RUNS }),
  ),
  awsSchedules: await schedulesPerSecond(async (seed) =>
    explore(aws, { ...options, seed, runs: RUNS }),
  ),
  fork: await time(async () => waiting.fork(), manyRuns),
  shrinkMs,
});
