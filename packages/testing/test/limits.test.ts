import { withDurableExecution as withAws } from "@aws/durable-execution-sdk-js";
import { withDurableExecution } from "@durabletest/runtime";
import { ServiceLimits } from "@durabletest/runtime/protocol";
import { describe, expect, test } from "vitest";
import { DurableTestRunner, type RunnerOptions } from "../src/index.ts";

const text = (bytes: number): string => "x".repeat(bytes - 2);

/** With AWS's SDK, which leaves it to the service to refuse: one step whose result is as large as asked. */
const step = withAws<number, string>(async (bytes, context) =>
  context.step("large", async () => text(bytes), { retryStrategy: () => ({ shouldRetry: false }) }),
);

describe("the service's limits", () => {
  test.each([
    ["as Lambda has it", {}, 262_144],
    ["lower", { payloadBytes: 100 }, 100],
    ["higher", { payloadBytes: 300_000 }, 300_000],
  ])("a payload is stored up to the limit: %s", async (_, limits, bytes) => {
    const atLimit = await new DurableTestRunner(step, { limits }).run(bytes);
    expect(atLimit.status).toBe("SUCCEEDED");
    const above = await new DurableTestRunner(step, { limits }).run(bytes + 1);
    expect(above.status).toBe("FAILED");
    expect(above.error?.ErrorMessage).toContain(`has ${bytes + 1} bytes; the limit is ${bytes}`);
  });

  test("our runtime knows them: a larger result of a context is made again from its children", async () => {
    let bodies = 0;
    const handler = withDurableExecution(async (_: unknown, context) => {
      const large = await context.runInChildContext("large", async (child) => {
        bodies += 1;
        return text(await child.step("bytes", () => 101));
      });
      await context.wait({ seconds: 1 });
      return large.length;
    });
    const result = await new DurableTestRunner(handler, { limits: { payloadBytes: 100 } }).run();
    expect(result.result).toBe(99);
    expect(bodies).toBe(2);
  });

  test("our runtime knows them: a larger result of a step fails it, with advice", async () => {
    const handler = withDurableExecution(async (_: unknown, context) =>
      context.step("large", () => text(101)),
    );
    const result = await new DurableTestRunner(handler, { limits: { payloadBytes: 100 } }).run();
    expect(result.error?.ErrorMessage).toMatch(/has 101 bytes; the service stores 100/);
  });

  test("our runtime knows them: more updates than a checkpoint takes leave in several", async () => {
    const handler = withDurableExecution(async (_: unknown, context) =>
      Promise.all([1, 2, 3, 4, 5].map((n) => context.step(`${n}`, () => n))),
    );
    const limits = { batchUpdates: 2 };
    const result = await new DurableTestRunner(handler, { limits }).run();
    expect(result.result).toEqual([1, 2, 3, 4, 5]);
  });

  test("a result larger than a response is checkpointed ahead of it", async () => {
    const handler = withDurableExecution(async () => text(7_000_000));
    const result = await new DurableTestRunner(handler).run();
    expect(result.result).toHaveLength(7_000_000 - 2);
  });

  test("a result that only fits before the answer quotes it is checkpointed, too", async () => {
    const quoted = Array.from({ length: 1_000_000 }, () => "aaa");
    expect(JSON.stringify(quoted).length).toBeLessThan(ServiceLimits.responseBytes);
    const handler = withDurableExecution(async () => quoted);
    const answers: unknown[] = [];
    const watched = async (event: unknown, context: unknown): Promise<unknown> => {
      const answer = await handler(event, context);
      answers.push(answer);
      return answer;
    };
    const result = await new DurableTestRunner(watched).run();
    expect(result.result).toHaveLength(1_000_000);
    expect(answers).toEqual([{ Status: "SUCCEEDED", Result: "" }]);
  });

  test("a response larger than Lambda carries is a fault of the function", async () => {
    const careless = async () => ({ Status: "SUCCEEDED", Result: JSON.stringify(text(1000)) });
    const runner = new DurableTestRunner(careless, { limits: { responseBytes: 1035 } });
    await expect(runner.run()).rejects.toThrow(
      /Function.ResponseSizeTooLarge: The response has 1036 bytes; .* may have 1035/,
    );
  });

  test("a callback's result is taken up to the limit", async () => {
    const handler = withDurableExecution(async (_: unknown, context) =>
      (await context.createCallback<string>("answer")).result(),
    );
    const runner = new DurableTestRunner(handler, { limits: { payloadBytes: 10 } });
    await runner.run();
    await expect(runner.callback("answer").succeed(text(11))).rejects.toThrow(
      /has 11 bytes; the service takes 10/,
    );
    expect((await runner.callback("answer").succeed(text(10))).result).toBe(text(10));
  });

  test.each<[RunnerOptions["limits"], RegExp]>([
    [{ payloadBytes: 0 }, /limits.payloadBytes: 0 is not a whole number of at least 1/],
    [{ payloadByte: 1 } as never, /no limit "payloadByte".*Did you mean "payloadBytes"/],
    [1 as never, /limits: 1 is not an object/],
  ])("%j is refused", (limits, message) => {
    expect(() => new DurableTestRunner(step, { limits })).toThrow(message);
  });
});
