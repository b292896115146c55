import { LocalDurableTestRunner, OperationStatus } from "@aws/durable-execution-sdk-js-testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { charge } from "../billing/charge.ts";
import { order } from "./order.ts";

beforeAll(() => LocalDurableTestRunner.setupTestEnvironment({ skipTime: true }));
afterAll(() => LocalDurableTestRunner.teardownTestEnvironment());

describe("an order", () => {
  test("is reserved and paid by the function of another package", async () => {
    const runner = new LocalDurableTestRunner({ handlerFunction: order });
    runner.registerDurableFunction("billing", charge);
    const execution = await runner.run({ payload: { id: "o-1", cents: 500 } });
    expect(execution.getResult()).toEqual({ stock: "reserved", polls: 3 });
    const completed = execution.getOperations({ status: OperationStatus.SUCCEEDED });
    expect(completed.map((operation) => operation.getName()).toSorted()).toEqual([
      "pay",
      "reserve",
      "stock",
    ]);
  });
});
