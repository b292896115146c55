import { type DurableContext, withDurableExecution } from "@aws/durable-execution-sdk-js";
import { expect, test } from "vitest";
import { LocalDurableTestRunner, WaitingOperationStatus } from "../../src/aws/index.ts";
import { useEnvironment } from "./support/environment.ts";
import { ours } from "./support/modules.ts";
import { rejectionOf } from "../server/support/clients.ts";

useEnvironment(ours, { skipTime: true });

const order = withDurableExecution(async (_: unknown, context: DurableContext) => {
  await context.step("reserve", async () => "r-1");
  await context.step("mail", async () => Promise.reject(new Error("no credentials")), {
    retryStrategy: () => ({ shouldRetry: false }),
  });
  await context.createCallback("approval");
});

type Runner = LocalDurableTestRunner;

/** What somebody is told who waits for an operation that does not come. */
async function told(
  ask: (runner: Runner) => ReturnType<Runner["getOperation"]>,
  status?: WaitingOperationStatus,
): Promise<Error> {
  const runner = new LocalDurableTestRunner({ handlerFunction: order });
  const run = runner.run({ payload: {} });
  const error = (await rejectionOf(ask(runner).waitForData(status))) as Error;
  await run;
  return error;
}

const prefix = "Operation was not found after execution completion. Expected status: STARTED.";
const failed = "The execution has ended: FAILED, StepError: no credentials.";

test("an execution that failed first says so, and why, with what happened", async () => {
  const { message } = await told((runner) => runner.getOperation("approval"));
  expect(message).toContain(
    `${prefix} There is no operation "approval". There are: "reserve", "mail". ${failed}\n\nTimeline\n`,
  );
  expect(message).toContain('step "mail"');
});

test("a misspelt name has its near misses", async () => {
  const { message } = await told((runner) => runner.getOperation("mial"));
  expect(message).toContain(`There is no operation "mial". Did you mean "mail"? ${failed}`);
});

test("an index beyond those there are says how many there are", async () => {
  expect((await told((runner) => runner.getOperation("mail", 2))).message).toContain(
    'There is no operation "mail" in place 2 of that name. There is 1 of that name, counted from 0.',
  );
  expect((await told((runner) => runner.getOperationByIndex(9))).message).toContain(
    "There is no operation in place 9. There are 2, counted from 0.",
  );
  expect((await told((runner) => runner.getOperationById("x"))).message).toContain(
    'There is no operation with the id "x".',
  );
});

test("the stack leads to the line of the test, and begins with what is said", async () => {
  const { message, stack } = await told((runner) => runner.getOperation("approval"));
  expect(stack).toContain(message);
  expect(stack).toContain("missing-operations.test.ts");
});

test("an operation that has not come so far says where it stands", async () => {
  const handler = withDurableExecution(async (_: unknown, context: DurableContext) => {
    void context.createCallback("open");
    await context.step("work", async () => {});
  });
  const runner = new LocalDurableTestRunner({ handlerFunction: handler });
  const run = runner.run({ payload: {} });
  const waiting = runner.getOperation("open").waitForData(WaitingOperationStatus.COMPLETED);
  const { message } = (await rejectionOf(waiting)) as Error;
  expect(message).toContain('The operation "open" is STARTED. The execution has ended: SUCCEEDED.');
  await run;
});

test("a run that could not begin says why, also to whoever asks afterwards", async () => {
  const runner = new LocalDurableTestRunner({ handlerFunction: order });
  await runner.run({ payload: 1n }).catch(() => {});
  const { message } = (await rejectionOf(runner.getOperation("mail").waitForData())) as Error;
  expect(message).toBe(
    `${prefix} There is no operation "mail". The run rejected: Do not know how to serialize a BigInt`,
  );
});

test("a run that rejected says with what", async () => {
  const handler = withDurableExecution(async (_: unknown, context: DurableContext) => {
    await context.invoke("call", "nobody", {});
    await context.step("after", async () => {});
  });
  const runner = new LocalDurableTestRunner({ handlerFunction: handler });
  const run = runner.run({ payload: {} }).catch(() => {});
  const { message } = (await rejectionOf(runner.getOperation("after").waitForData())) as Error;
  expect(message).toContain("The run rejected: No function found for function name nobody.");
  await run;
});
