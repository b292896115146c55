import { type DurableContext, withDurableExecution } from "@aws/durable-execution-sdk-js";
import { beforeAll, expect, test } from "vitest";
import { useEnvironment } from "./support/environment.ts";
import { describeModules, type TestingModule } from "./support/modules.ts";

const handlerFunction = withDurableExecution(async (_: unknown, context: DurableContext) => {
  await context.step("price", async () => ({ amount: 12 }));
  await context.step("text", async () => "just text");
  await context.step("nothing", async () => {});
  await context.wait("cool off", { hours: 1 });
  await context.runInChildContext("pack", async (child) => {
    await child.step("box", async () => "box");
    await child.step("box", async () => "larger box");
    return { packed: true };
  });
  await context
    .runInChildContext("ship", async () => Promise.reject(new RangeError("too far")))
    .catch(() => {});
});

describeModules("a handle of %s module", (testing) => {
  const { LocalDurableTestRunner } = testing;
  useEnvironment(testing, { skipTime: true });
  const newRunner = () => new LocalDurableTestRunner({ handlerFunction });

  /** One run for all tests that only look at it: AWS's runner takes a quarter of a second for each. */
  const shared = newRunner();
  let execution: Awaited<ReturnType<typeof shared.run>>;
  beforeAll(async () => {
    execution = await shared.run();
  });

  test("asked for before the run has no data, and is filled by it", async () => {
    const runner = newRunner();
    const price = runner.getOperation<{ amount: number }>("price");
    expectNoData(price);
    await runner.run();
    expect(price.getName()).toBe("price");
    expect(price.getStepDetails()?.result?.amount).toBe(12);
  });

  test("asked for after the run has data at once", async () => {
    expect(shared.getOperation("price").getStatus()).toBe("SUCCEEDED");
  });

  test("on what the handler never does has no data", async () => {
    expectNoData(shared.getOperation("refund"));
    expectNoData(shared.getOperation("price", 1));
    expectNoData(shared.getOperationByNameAndIndex("box", 2));
    expectNoData(shared.getOperationByIndex(99));
    expectNoData(shared.getOperationById("no such id"));
  });

  test("is found by name, and by its place among those with the name", async () => {
    const results = [
      shared.getOperation("box"),
      shared.getOperation("box", 1),
      shared.getOperationByNameAndIndex("box", 0),
      shared.getOperationByNameAndIndex("box", 1),
      shared.getOperationByNameAndIndex("box", -1),
    ].map((operation) => operation.getStepDetails()?.result as unknown);
    expect(results).toEqual(["box", "larger box", "box", "larger box", "larger box"]);
  });

  test("is found by its place among all", async () => {
    const first = shared.getOperationByIndex(0);
    const last = shared.getOperationByIndex(-1);
    expect(first.getName()).toBe("price");
    expect(last.getName()).toBe("ship");
    const names = execution
      .getOperations()
      .map((__, index) => shared.getOperationByIndex(index).getName());
    expect(names).toEqual(execution.getOperations().map((operation) => operation.getName()));
  });

  test("is found by id", async () => {
    const id = shared.getOperation("pack").getId();
    expect(id).toMatch(/^[0-9a-f]{16}$/);
    const again = newRunner();
    const pack = again.getOperationById(id ?? "");
    await again.run();
    expect(pack.getName()).toBe("pack");
  });

  test("says what the operation is", async () => {
    const pack = shared.getOperation("pack");
    const box = shared.getOperation("box");
    expect({
      type: pack.getType(),
      subType: pack.getSubType(),
      parent: pack.getParentId(),
      isCallback: pack.isCallback(),
      isWaitForCallback: pack.isWaitForCallback(),
    }).toEqual({
      type: "CONTEXT",
      subType: "RunInChildContext",
      parent: undefined,
      isCallback: false,
      isWaitForCallback: false,
    });
    expect(box.getParentId()).toBe(pack.getId());
    expect(box.getOperationData()).toMatchObject({
      Id: box.getId(),
      ParentId: pack.getId(),
      Name: "box",
      Type: "STEP",
      SubType: "Step",
      Status: "SUCCEEDED",
      StartTimestamp: box.getStartTimestamp(),
      EndTimestamp: box.getEndTimestamp(),
      StepDetails: { Attempt: 1, Result: '"box"' },
    });
    expect(box.getEvents()?.map(({ EventType }) => EventType)).toEqual([
      "StepStarted",
      "StepSucceeded",
    ]);
  });

  test("says when the operation started and ended", async () => {
    const price = shared.getOperation("price");
    const start = price.getStartTimestamp();
    const end = price.getEndTimestamp();
    expect(start).toBeInstanceOf(Date);
    expect(end).toBeInstanceOf(Date);
    expect(end!.getTime()).toBeGreaterThanOrEqual(start!.getTime());
  });

  test("has the operations directly inside it", async () => {
    const children = shared.getOperation("pack").getChildOperations();
    expect(children?.map((child) => child.getStepDetails()?.result as unknown)).toEqual([
      "box",
      "larger box",
    ]);
    expect(shared.getOperation("price").getChildOperations()).toEqual([]);
  });

  test("has the details of a step", async () => {
    expect(shared.getOperation("text").getStepDetails()).toEqual({
      attempt: 1,
      nextAttemptTimestamp: undefined,
      result: "just text",
      error: undefined,
    });
    expect(shared.getOperation("nothing").getStepDetails()).toMatchObject({ result: undefined });
  });

  test("has the details of a wait", async () => {
    const wait = shared.getOperation("cool off");
    const { waitSeconds, scheduledEndTimestamp } = wait.getWaitDetails() ?? {};
    expect(waitSeconds).toBe(3600);
    const waited = scheduledEndTimestamp!.getTime() - wait.getStartTimestamp()!.getTime();
    expect(Math.abs(waited - 3_600_000)).toBeLessThan(60_000);
  });

  test("has the details of a context, also of one that failed", async () => {
    expect(shared.getOperation("pack").getContextDetails()).toEqual({
      result: { packed: true },
      error: undefined,
    });
    const failed = shared.getOperation("ship");
    expect(failed.getStatus()).toBe("FAILED");
    expect(failed.getContextDetails()).toMatchObject({
      result: undefined,
      error: { errorMessage: "too far", errorType: "RangeError" },
    });
  });

  test("throws when asked for the details of another type", async () => {
    const step = shared.getOperation("price");
    const pack = shared.getOperation("pack");
    expect(() => pack.getStepDetails()).toThrow("Operation type CONTEXT is not STEP");
    expect(() => step.getContextDetails()).toThrow("Operation type STEP is not CONTEXT");
    expect(() => step.getWaitDetails()).toThrow("Operation type STEP is not WAIT");
    expect(() => step.getChainedInvokeDetails()).toThrow("Operation type STEP is not");
    expect(() => step.getCallbackDetails()).toThrow("is not a valid callback");
    expect(() => pack.getCallbackDetails()).toThrow("is not a valid callback");
  });

  test("cannot answer what is no callback, or is not there", async () => {
    const refund = newRunner().getOperation("refund");
    expect(() => refund.sendCallbackSuccess("yes")).toThrow("Could not find callback details");
    expect(() => refund.sendCallbackFailure()).toThrow("Could not find callback details");
    expect(() => refund.sendCallbackHeartbeat()).toThrow("Could not find callback details");
    const price = shared.getOperation("price");
    expect(() => price.sendCallbackSuccess("yes")).toThrow("is not a valid callback");
  });

  test("shows the attempts of a step", async () => {
    let attempts = 0;
    const runner = new LocalDurableTestRunner({
      handlerFunction: withDurableExecution(async (__: unknown, context: DurableContext) =>
        context.step(
          "flaky",
          async () => {
            attempts += 1;
            if (attempts < 3) throw new Error(`attempt ${attempts} failed`);
            return attempts;
          },
          {
            retryStrategy: (___, attempt) => ({
              shouldRetry: attempt < 3,
              delay: { minutes: attempt },
            }),
          },
        ),
      ),
    });
    const flaky = runner.getOperation<number>("flaky");
    await runner.run();
    expect(flaky.getStepDetails()).toMatchObject({ attempt: 3, result: 3 });
    expect(flaky.getEvents()?.map(({ EventType }) => EventType)).toEqual([
      "StepStarted",
      "StepFailed",
      "StepStarted",
      "StepFailed",
      "StepStarted",
      "StepSucceeded",
    ]);
  });

  test("shows a condition that is polled for as the step that it is", async () => {
    const runner = new LocalDurableTestRunner({
      handlerFunction: withDurableExecution(async (__: unknown, context: DurableContext) =>
        context.waitForCondition("stock", async (count: number) => count + 1, {
          initialState: 0,
          waitStrategy: (count) =>
            count < 3 ? { shouldContinue: true, delay: { hours: 1 } } : { shouldContinue: false },
        }),
      ),
    });
    const polled = await runner.run();
    const stock = runner.getOperation("stock");
    expect(polled.getResult()).toBe(3);
    expect(stock.getSubType()).toBe("WaitForCondition");
    expect(stock.getStepDetails()).toMatchObject({ attempt: 3, result: 3 });
  });

  test("shows branches and items as the contexts that they are", async () => {
    const runner = new LocalDurableTestRunner({
      handlerFunction: withDurableExecution(async (__: unknown, context: DurableContext) => {
        const both = await context.parallel("both", [
          async (branch) => branch.step("left", async () => 1),
          async (branch) => branch.step("right", async () => 2),
        ]);
        const each = await context.map("each", ["a", "b"], async (___, item) => item.toUpperCase());
        return [both.getResults(), each.getResults()];
      }),
    });
    const batches = await runner.run();
    expect(batches.getResult()).toEqual([
      [1, 2],
      ["A", "B"],
    ]);
    expect(runner.getOperation("both").getChildOperations()).toHaveLength(2);
    expect(runner.getOperation("each").getSubType()).toBe("Map");
  });
});

type Operation = ReturnType<InstanceType<TestingModule["LocalDurableTestRunner"]>["getOperation"]>;

function expectNoData(operation: Operation): void {
  expect([
    operation.getId(),
    operation.getName(),
    operation.getType(),
    operation.getSubType(),
    operation.getParentId(),
    operation.getStatus(),
    operation.getStartTimestamp(),
    operation.getEndTimestamp(),
    operation.getOperationData(),
    operation.getEvents(),
    operation.getChildOperations(),
    operation.getContextDetails(),
    operation.getStepDetails(),
    operation.getCallbackDetails(),
    operation.getChainedInvokeDetails(),
    operation.getWaitDetails(),
  ]).toEqual(Array.from({ length: 16 }, () => undefined));
  expect(operation.isCallback()).toBe(false);
  expect(operation.isWaitForCallback()).toBe(false);
}
