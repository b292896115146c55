/** Our runtime on our harness. */
import { withDurableExecution } from "@durabletest/runtime";
import { DurableTestRunner } from "@durabletest/testing";
import { answer, APPROVAL, approval, branches, type Case, items, steps, waits } from "../cases.ts";
import { type Timing, time } from "../measure.ts";
import { fewRuns, manyRuns, mustReturn, report } from "./side.ts";

const approve = async (): Promise<unknown> => {
  const runner = new DurableTestRunner(approvalHandler);
  await runner.run(approval.input);
  const { result } = await runner.callback(APPROVAL).succeed(answer);
  return result;
};
const approvalHandler = withDurableExecution(approval.runtime);

function run<Output>({ runtime }: Case<undefined, Output>): () => Promise<unknown> {
  const handler = withDurableExecution(runtime);
  return async () => (await new DurableTestRunner(handler).run()).result;
}

async function timed(
  call: () => Promise<unknown>,
  { bare }: { readonly bare: () => Promise<unknown> },
  effort = manyRuns,
): Promise<Timing> {
  await mustReturn(call, await bare());
  return time(call, effort);
}

report({
  approval: await timed(approve, approval),
  steps100: await timed(run(steps(100)), steps(100)),
  steps1000: await timed(run(steps(1000)), steps(1000)),
  steps10000: await timed(run(steps(10_000)), steps(10_000)),
  waits100: await timed(run(waits(100)), waits(100)),
  branches300: await timed(run(branches(300)), branches(300)),
  items1000: await timed(run(items(1000, 50)), items(1000, 50)),
  waits1000: await timed(run(waits(1000)), waits(1000), fewRuns),
});
