import { OperationStatus } from "@aws/durable-execution-sdk-js";
import { LocalDurableTestRunner } from "@aws/durable-execution-sdk-js-testing";
import { handler } from "../src/index";

beforeAll(async () => {
  await LocalDurableTestRunner.setupTestEnvironment({ skipTime: true });
});

afterAll(async () => {
  await LocalDurableTestRunner.teardownTestEnvironment();
});

describe("hello", () => {
  it("greets, waits and finishes", async () => {
    const runner = new LocalDurableTestRunner({ handlerFunction: handler });
    const execution = await runner.run({ payload: { name: "Kim" } });

    expect(execution.getStatus()).toBe("SUCCEEDED");
    expect(execution.getResult()).toEqual({ message: "Hello, Kim!", finished: true });
    expect(execution.getOperations()).toHaveLength(3);

    const wait = runner.getOperation("pause");
    expect(wait.getWaitDetails()?.waitSeconds).toBe(10);
    expect(runner.getOperation("greet").getStatus()).toBe(OperationStatus.SUCCEEDED);
    expect(runner.getOperation("greet").getStepDetails()?.result).toBe("Hello, Kim!");
  });

  it("runs without a payload", async () => {
    const runner = new LocalDurableTestRunner<{ message: string }>({ handlerFunction: handler });
    const execution = await runner.run();
    expect(execution.getResult()?.message).toBe("Hello, world!");
  });
});
