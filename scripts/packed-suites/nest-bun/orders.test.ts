import {
  LocalDurableTestRunner,
  WaitingOperationStatus,
} from "@aws/durable-execution-sdk-js-testing";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { OrderWorkflow, resolve } from "./orders.module.ts";

beforeAll(() => LocalDurableTestRunner.setupTestEnvironment({ skipTime: true }));
afterAll(() => LocalDurableTestRunner.teardownTestEnvironment());

test("a workflow of injected classes reserves, cools off and is paid", async () => {
  const { handler } = resolve(OrderWorkflow);
  const runner = new LocalDurableTestRunner<string>({ handlerFunction: handler });
  const execution = runner.run({ payload: { sku: "s-1" } });
  const payment = runner.getOperation("payment");
  await payment.waitForData(WaitingOperationStatus.STARTED);
  await payment.sendCallbackSuccess("paid");
  expect((await execution).getResult()).toBe("reserved s-1, paid");
  expect(runner.getOperation("cool off").getStatus()).toBe("SUCCEEDED");
});
