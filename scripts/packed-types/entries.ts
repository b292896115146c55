/**
 * Every entry of every package, as a suite that changes its import uses them. It compiles only where each
 * import has found types: with `any` in their place, what is expected to be an error is none.
 */
import * as aws from "@aws/durable-execution-sdk-js";
import * as awsTesting from "@aws/durable-execution-sdk-js-testing";
import { Duration, withDurableExecution, type DurableContext } from "@durabletest/runtime";
import { lambdaServiceClient } from "@durabletest/runtime/lambda";
import type { HistoryEvent } from "@durabletest/runtime/protocol";
import { durableTest as durableTestOfJest } from "@durabletest/jest-plugin";
import durableOfJest from "@durabletest/jest-plugin/config";
import DurableEnvironment, { failureTimelines } from "@durabletest/jest-plugin/environment";
import * as preset from "@durabletest/jest-plugin/preset";
import DurableReporter from "@durabletest/jest-plugin/reporter";
import type { DurableMatchers as MatchersOfJest } from "@durabletest/jest-plugin/setup";
import { DurableTestRunner, respond } from "@durabletest/testing";
import { LocalDurableTestRunner, WaitingOperationStatus } from "@durabletest/testing/aws";
import { durableMatchers } from "@durabletest/testing/matchers";
import { durableTest as durableTestOfNode, expect } from "@durabletest/testing/node-test";
import { mergeOutcomes } from "@durabletest/testing/outcomes";
import { summaryLine } from "@durabletest/testing/plugin";
import { matcherNames } from "@durabletest/testing/plugin/setup";
import { replayHistory } from "@durabletest/testing/replay";
import { startDurableServer } from "@durabletest/testing/server";
import { durableTest } from "@durabletest/vitest-plugin";
import durable from "@durabletest/vitest-plugin/config";
import type { DurableMatchers } from "@durabletest/vitest-plugin/setup";
import { expect as expectOfJest } from "@jest/globals";

/** Compiles for any type but `any`. */
type Known<T> = 0 extends 1 & T ? never : T;
const known = <T>(value: Known<T>): Known<T> => value;

interface Order {
  readonly id: string;
}

const handler = withDurableExecution(async (order: Order, context: DurableContext) => {
  await context.wait("cooldown", Duration.fromHours(1));
  return { shipped: order.id };
});
const awsHandler = aws.withDurableExecution(async (order: Order, context: aws.DurableContext) => {
  await context.wait("cooldown", { hours: 1 });
  return { shipped: order.id };
});

export async function ours(): Promise<string | undefined> {
  const runner = new DurableTestRunner(handler, {
    callbacks: { approval: respond.never() },
  });
  // @ts-expect-error -- an order has an id
  await runner.run({ total: 250 });
  const result = await runner.run({ id: "o-1" });
  const first: HistoryEvent | undefined = known(result.history)[0];
  const server = known(await startDurableServer(runner));
  await server.close();
  return result.result?.shipped ?? first?.Name;
}

/** The same suite against both modules: theirs, then ours. */
export async function theirs(): Promise<unknown> {
  const params = { handlerFunction: awsHandler };
  const runners = [
    new awsTesting.LocalDurableTestRunner<{ shipped: string }>(params),
    new LocalDurableTestRunner<{ shipped: string }>(params),
  ];
  const [runner] = runners;
  const approval = known(new LocalDurableTestRunner(params)).getOperation("approval");
  await approval.waitForData(WaitingOperationStatus.SUBMITTED);
  // @ts-expect-error -- no such status
  await approval.waitForData("NEVER");
  const execution = await runner?.run({ payload: { id: "o-1" } });
  return execution?.getResult()?.shipped;
}

export const test = known(durableTest(handler));
test("ships", async ({ runner }) => {
  const { result } = await runner.run({ id: "o-1" });
  // @ts-expect-error -- it is called shipped
  void result?.sent;
});

export const testOfJest = known(durableTestOfJest(handler));
testOfJest.each([["o-1", 1]] as const)("ships", async (id, count, { runner, expect: own }) => {
  const { result } = await runner.run({ id });
  known(own(result)).toEqual(count);
  known(expectOfJest(runner)).toHaveInvocations(known(count));
  // @ts-expect-error -- a text is no count
  expectOfJest(runner).toHaveInvocations("1");
  // @ts-expect-error -- it is called shipped
  void result?.sent;
});

export const testOfNode = known(durableTestOfNode(handler));
void testOfNode("ships", async ({ runner, t }) => {
  const { result } = await runner.run({ id: known(t.name) });
  known(expect(runner)).not.toBePending();
  // @ts-expect-error -- it is called shipped
  void result?.sent;
});

export const rest: readonly unknown[] = [
  durable({ summary: false, outcomes: { threshold: 90 } }),
  known(durableMatchers),
  known(mergeOutcomes),
  known(replayHistory),
  known(durableOfJest({ outcomes: { threshold: 90 } })),
  known(DurableEnvironment),
  known(failureTimelines(globalThis)),
  known(preset.setupFilesAfterEnv),
  known(new DurableReporter()),
  known(summaryLine([])),
  known(matcherNames),
  known<MatchersOfJest<void> | undefined>(undefined),
  known(lambdaServiceClient),
  known<DurableMatchers<void> | undefined>(undefined),
];
