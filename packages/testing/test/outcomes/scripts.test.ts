import type { DurableContext as AwsContext } from "@aws/durable-execution-sdk-js";
import { type DurableContext, withDurableExecution } from "@durabletest/runtime";
import { describe, expect, test } from "vitest";
import { respond } from "../../src/index.ts";
import { outcomesAsText } from "../../src/outcomes/text.ts";
import { NEWEST, sdks } from "../aws-sdk/support/sdks.ts";
import { coverAll } from "./support/cover.ts";

const ship = withDurableExecution(async () => "sent");

const order = withDurableExecution(async (_: unknown, context: DurableContext) => {
  const approval = await context.createCallback("approval", {
    timeout: { hours: 2 },
    heartbeatTimeout: { minutes: 10 },
  });
  const answer = await approval.settled();
  await context.runInChildContext("fulfil", async (child) => {
    await child.step("charge", () => "paid");
    await child.step("notify", () => "told", {
      retryStrategy: () => ({ shouldRetry: false }),
    });
  });
  await context.map("items", [1, 2], async (item, _item, index) =>
    item.step("charge", () => index),
  );
  await context.step("log it", () => 1).catch(() => {});
  await context.waitForCallback("review", () => {}, { timeout: { hours: 1 } });
  await context.invoke("tax", {});
  await context.invoke("ship-it", {});
  await context.waitForCondition("settled", async (state: number) => state + 1, {
    initialState: 0,
    waitStrategy: (state) =>
      state < 2 ? { shouldContinue: true, delay: { seconds: 1 } } : { shouldContinue: false },
  });
  await context.wait("cool off", { days: 1 });
  return answer.status;
});

const options = {
  callbacks: { approval: respond.success({}), review: respond.success({}) },
  functions: { tax: () => 7 },
  durableFunctions: { "ship-it": { handler: ship, timeout: { minutes: 5 } } },
};

describe("every script that a report suggests covers what it is for", () => {
  test("of a handler of our runtime", async () => {
    const { first, report, notCovered } = await coverAll(order, options);
    expect(notCovered).toEqual([]);
    expect(outcomesAsText(first)).toMatchInlineSnapshot(`
      "Outcomes: 17 of 48, 35.4 %

      ship-it: 1 of 1, 100 %
        execution  success

      test/order.test.ts: 16 of 47, 34 %
        execution                 success
          not seen: failure  callbacks: { approval: respond.failure(new Error("failed")) }
        createCallback approval   success
          not seen: failure            callbacks: { approval: respond.failure(new Error("failed")) }
          not seen: timeout            callbacks: { approval: respond.heartbeatEvery({ seconds: 300 }).times(24) }
          not seen: heartbeat timeout  callbacks: { approval: respond.never() }
          not seen: late answer        callbacks: { approval: respond.success().after({ seconds: 601 }) }
        runInChildContext fulfil  success
          not seen: failure  steps: { "fulfil/charge": respond.failure(new Error("failed")) }
        step fulfil/charge        success
          not seen: retried      steps: { "fulfil/charge": [respond.failure(new Error("failed"))] }
          not seen: given up     steps: { "fulfil/charge": respond.failure(new Error("failed")) }
          not seen: interrupted  steps: { "fulfil/charge": [respond.crash("after")] }
        step fulfil/notify        success
          not seen: retried      steps: { notify: [respond.failure(new Error("failed"))] }
          not seen: given up     steps: { notify: respond.failure(new Error("failed")) }
          not seen: interrupted  steps: { notify: [respond.crash("after")] }
        map items                 success
          not seen: some failed  steps: { "items[0]/charge": respond.failure(new Error("failed")) }
        mapIteration items[*]     success
          not seen: failure  steps: { "items[0]/charge": respond.failure(new Error("failed")) }
        step items[*]/charge      success
          not seen: retried      steps: { "items[0]/charge": [respond.failure(new Error("failed"))] }
          not seen: given up     steps: { "items[0]/charge": respond.failure(new Error("failed")) }
          not seen: interrupted  steps: { "items[0]/charge": [respond.crash("after")] }
        step log it               success
          not seen: retried      steps: { "log it": [respond.failure(new Error("failed"))] }
          not seen: given up     steps: { "log it": respond.failure(new Error("failed")) }
          not seen: interrupted  steps: { "log it": [respond.crash("after")] }
        waitForCallback review    success
          not seen: failure      callbacks: { review: respond.failure(new Error("failed")) }
          not seen: timeout      callbacks: { review: respond.never() }
          not seen: late answer  callbacks: { review: respond.success().after({ seconds: 3601 }) }
        step review/submitter     success
          not seen: retried      steps: { "review/submitter": [respond.failure(new Error("failed"))] }
          not seen: given up     steps: { "review/submitter": respond.failure(new Error("failed")) }
          not seen: interrupted  steps: { "review/submitter": [respond.crash("after")] }
        invoke tax                success
          not seen: failure  functions: { tax: async () => { throw new Error("failed"); } }
        invoke ship-it            success
          not seen: failure  durableFunctions: { "ship-it": withDurableExecution(async () => { throw new Error("failed"); }) }
          not seen: timeout  durableFunctions: { "ship-it": { handler: withDurableExecution(async (_input, context) => context.wait({ seconds: 301 })), timeout: { seconds: 300 } } }
        waitForCondition settled  success, polled again
          not seen: failure      steps: { settled: respond.failure(new Error("failed")) }
          not seen: interrupted  steps: { settled: [respond.crash("after")] }
        wait cool off             success
      "
    `);
    expect(outcomesAsText(report)).toMatchInlineSnapshot(`
      "Outcomes: 49 of 50, 98 %

      ship-it: 3 of 4, 75 %
        execution  success, failure, timeout
        wait       nothing seen
          not seen: success  await runner.runToCompletion();

      test/order.test.ts: 46 of 46, 100 %
        execution                 success, failure
        createCallback approval   success, failure, timeout, heartbeat timeout, late answer
        runInChildContext fulfil  success, failure
        step fulfil/charge        success, retried, given up, interrupted
        step fulfil/notify        success, failure, interrupted
        map items                 success, some failed
        mapIteration items[*]     success, failure
        step items[*]/charge      success, retried, given up, interrupted
        step log it               success, retried, given up, interrupted
        waitForCallback review    success, failure, timeout, late answer
        step review/submitter     success, retried, given up, interrupted
        invoke tax                success, failure
        invoke ship-it            success, failure, timeout
        waitForCondition settled  success, failure, polled again, interrupted
        wait cool off             success
      "
    `);
  });

  test("of batches whose handlers go on, one in the other", async () => {
    const batches = withDurableExecution(async (_: unknown, context: DurableContext) => {
      await context.map("items", [1, 2], async (item) => item.step("charge", () => 1));
      await context.map("outer", [1, 2], async (item) =>
        item.map("inner", [1], async (each) => each.step("pack", () => 1)),
      );
    });
    const { report, notCovered } = await coverAll(batches, {});
    expect(notCovered).toEqual([]);
    expect(report).toMatchObject({ percent: 100 });
    // Only that some have failed was seen.
    const { first } = await coverAll(batches, {
      steps: { charge: respond.failure(new Error("no")) },
    });
    expect(outcomesAsText(first)).toMatch(
      /map items +some failed\n +not seen: success +steps: \{ charge: respond\.success\(\) \}\n/,
    );
  });

  test("of executions with a timeout", async () => {
    const polling = withDurableExecution(async (_: unknown, context: DurableContext) => {
      await context.waitForCondition("settled", async (state: number) => state + 1, {
        initialState: 0,
        waitStrategy: (state) =>
          state < 2 ? { shouldContinue: true, delay: { minutes: 1 } } : { shouldContinue: false },
      });
    });
    const retrying = withDurableExecution(async (_: unknown, context: DurableContext) =>
      context.step("charge", () => 1),
    );
    for (const handler of [polling, retrying]) {
      const { report, notCovered } = await coverAll(handler, {}, { timeout: { hours: 5 } });
      expect(notCovered).toEqual([]);
      const [execution] = report.functions.flatMap(({ operations }) => operations);
      expect(execution?.outcomes).toContainEqual({ outcome: "timeout", seen: true });
    }
  });

  test.each(["1.1.7", NEWEST] as const)("of a handler of AWS's SDK %s", async (version) => {
    const sdk = sdks[version];
    const handler = sdk.withDurableExecution(async (_: unknown, context: AwsContext) => {
      const [answer] = await context.createCallback("approval", { timeout: { hours: 2 } });
      await answer.catch(() => {});
      await context.runInChildContext("fulfil", async (child) => {
        await child.step("charge", async () => "paid");
      });
      await context.waitForCallback("review", async () => {}, { timeout: { hours: 1 } });
      await context.invoke("taxes", "tax", {});
      await context.parallel("both", [
        async (branch) => branch.step("left", async () => 1),
        async (branch) => branch.step("right", async () => 2),
      ]);
    });
    const { report, notCovered } = await coverAll(handler, {
      callbacks: options.callbacks,
      functions: options.functions,
    });
    expect(notCovered).toEqual([]);
    expect(outcomesAsText(report)).toMatchInlineSnapshot(`
      "Outcomes: 36 of 36, 100 %

      test/order.test.ts: 36 of 36, 100 %
        execution                 success, failure
        createCallback approval   success, failure, timeout, late answer
        runInChildContext fulfil  success, failure
        step fulfil/charge        success, retried, given up, interrupted
        waitForCallback review    success, failure, timeout, late answer
        step review/submitter     success, retried, given up, interrupted
        invoke taxes              success, failure
        parallel both             success, some failed
        parallelBranch both[0]    success, failure
        step both[0]/left         success, retried, given up, interrupted
        parallelBranch both[1]    success, failure
        step both[1]/right        success, retried, given up, interrupted
      "
    `);
  });
});
