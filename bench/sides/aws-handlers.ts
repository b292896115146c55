/** AWS's SDK, handlers unmodified, on our harness. */
import { withDurableExecution } from "@aws/durable-execution-sdk-js";
import { DurableTestRunner } from "@durabletest/testing";
import { answer, APPROVAL, approval, branches, type Case, items, steps, waits } from "../cases.ts";
import { type Timing, time } from "../measure.ts";
import { manyRuns, mustReturn, report } from "./side.ts";

const approvalHandler = withDurableExecution(approval.aws);
const approve = async (): Promise<unknown> => {
  const runner = new DurableTestRunner(approvalHandler);
  await runner.run(approval.input);
  const { result } = await runner.callback(APPROVAL).succeed(answer);
  return result;
};

function run<Output>({ aws }: Case<undefined, Output>): () => Promise<unknown> {
  const handler = withDurableExecution(aws);
  return async () => (await new DurableTestRunner(handler).run()).result;
}

async function timed(
  call: () => Promise<unknown>,
  { bare }: { readonly bare: () => Promise<unknown> },
): Promise<Timing> {
  await mustReturn(call, await bare());
  return time(call, manyRuns);
}

report({
  approval: await timed(approve, approval),
  steps100: await timed(run(steps(100)), steps(100)),
  waits100: await timed(run(waits(100)), waits(100)),
  branches300: await timed(run(branches(300)), branches(300)),
  items1000: await timed(run(items(1000, 50)), items(1000, 50)),
});
