/** How many schedules an exploration tries, what a fork costs, and how long a failure takes to shrink. */
import { type DurableContext, withDurableExecution } from "@durabletest/runtime";
import { DurableTestRunner, respond } from "@durabletest/testing";
import { explore } from "@durabletest/testing/explore";
import { explored } from "../explored-handlers.ts";
import { perSecond, time } from "../measure.ts";
import { manyRuns, quick, report } from "./side.ts";

const RUNS = quick ? 1000 : 5000;
const ROUNDS = quick ? 3 : 7;
/** Decisions of the failure that is shrunk. */
const NEEDED = 40;

const options = {
  callbacks: { approval: [respond.success("yes"), respond.failure(new Error("no"))] },
  strategy: "random",
} as const;

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

const waiting = new DurableTestRunner(explored.ours);
await waiting.run(undefined);

report({
  schedules: await perSecond(RUNS, ROUNDS, (seed) =>
    explore(explored.ours, { ...options, seed, runs: RUNS }),
  ),
  awsSchedules: await perSecond(RUNS, ROUNDS, (seed) =>
    explore(explored.aws, { ...options, seed, runs: RUNS }),
  ),
  fork: await time(async () => waiting.fork(), manyRuns),
  shrinkMs,
});
