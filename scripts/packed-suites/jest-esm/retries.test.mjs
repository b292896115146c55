import { LocalDurableTestRunner } from "@aws/durable-execution-sdk-js-testing";
import { jest } from "@jest/globals";
import { makeHandler } from "./retries.mjs";

beforeAll(() => LocalDurableTestRunner.setupTestEnvironment({ skipTime: true }));
afterAll(() => LocalDurableTestRunner.teardownTestEnvironment());

test("tries again what has failed", async () => {
  const fetchPrice = jest.fn(async () => 5).mockRejectedValueOnce(new Error("busy"));
  const runner = new LocalDurableTestRunner({ handlerFunction: makeHandler(fetchPrice) });
  const execution = await runner.run({ payload: { items: ["a", "b"] } });
  expect(execution.getResult()).toBe(10);
  expect(fetchPrice).toHaveBeenCalledTimes(3);
  expect(runner.getOperation("price of a").getStepDetails().attempt).toBe(2);
});

test("gives up after three attempts", async () => {
  const fetchPrice = jest.fn(async () => Promise.reject(new Error("closed")));
  const runner = new LocalDurableTestRunner({ handlerFunction: makeHandler(fetchPrice) });
  const execution = await runner.run({ payload: { items: ["a"] } });
  expect(fetchPrice).toHaveBeenCalledTimes(3);
  expect(runner.getOperation("price of a").getStatus()).toBe("FAILED");
  expect(execution.getInvocations().length).toBeGreaterThan(0);
});
