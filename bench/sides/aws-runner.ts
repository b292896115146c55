/** AWS's SDK on AWS's runner, skipping time. It fakes the timers of the whole process. */
import { withDurableExecution } from "@aws/durable-execution-sdk-js";
import {
  LocalDurableTestRunner,
  WaitingOperationStatus,
} from "@aws/durable-execution-sdk-js-testing";
import { answer, APPROVAL, approval, branches, type Case, items, steps, waits } from "../cases.ts";
import { type Timing, time } from "../measure.ts";
import { fewRuns, mustReturn, report } from "./side.ts";

const approvalHandler = withDurableExecution(approval.aws);
const approve = async (): Promise<unknown> => {
  const runner = new LocalDurableTestRunner<unknown>({ handlerFunction: approvalHandler });
  const running = runner.run({ payload: approval.input });
  const callback = await runner.getOperation(APPROVAL).waitForData(WaitingOperationStatus.STARTED);
  await callback.sendCallbackSuccess(JSON.stringify(answer));
  return (await running).getResult();
};

function run<Output>({ aws }: Case<undefined, Output>): () => Promise<unknown> {
  const handlerFunction = withDurableExecution(aws);
  return async () => {
    const runner = new LocalDurableTestRunner<Output>({ handlerFunction });
    return (await runner.run()).getResult();
  };
}

async function timed(
  call: () => Promise<unknown>,
  { bare }: { readonly bare: () => Promise<unknown> },
): Promise<Timing> {
  await mustReturn(call, await bare());
  return time(call, fewRuns);
}

await LocalDurableTestRunner.setupTestEnvironment({ skipTime: true });
const figures = {
  approval: await timed(approve, approval),
  steps100: await timed(run(steps(100)), steps(100)),
  waits100: await timed(run(waits(100)), waits(100)),
  branches300: await timed(run(branches(300)), branches(300)),
  items1000: await timed(run(items(1000, 50)), items(1000, 50)),
};
await LocalDurableTestRunner.teardownTestEnvironment();
report(figures);
