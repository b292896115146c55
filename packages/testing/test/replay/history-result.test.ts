import { Duration, withDurableExecution } from "@durabletest/runtime";
import { describe, expect, test } from "vitest";
import {
  type DurableResult,
  DurableTestRunner,
  formatTimeline,
  type HistoryEvent,
  respond,
} from "../../src/index.ts";
import { InvalidHistoryError, resultOfHistory } from "../../src/replay/index.ts";

/** Something of everything that a history can tell of. */
const handler = withDurableExecution(async (order: { id: string }, context) => {
  const price = await context.step("price", () => 42);
  await context.step(
    "flaky",
    ({ attempt }) => {
      if (attempt < 3) throw new Error(`busy ${attempt}`);
      return attempt;
    },
    { retryStrategy: () => ({ shouldRetry: true, delay: { seconds: 5 } }) },
  );
  const items = await context.map("items", [1, 2], async (child, item) =>
    child.step("double", () => item * 2),
  );
  await context.wait("cool down", { hours: 1 });
  const stock = await context.invoke("stock", { id: order.id }, { name: "ask stock" });
  const approval = await context.createCallback<boolean>("approval", {
    timeout: Duration.fromHours(48),
    heartbeatTimeout: Duration.fromHours(2),
  });
  const answer = await approval.settled();
  return { price, items: items.successCount, stock, answer: answer.status };
});

const options = { functions: { stock: () => "plenty" } };

/** What a history can tell of a result. */
function told(result: DurableResult<unknown>): object {
  const { status, error, history, startedAt, endedAt, elapsedMs, invocations } = result;
  return {
    status,
    result: result.result,
    error,
    history,
    startedAt,
    endedAt,
    elapsedMs,
    invocations: invocations.map((one) => [one.status, one.startedAt, one.endedAt]),
    pending: result.pendingCallbacks,
    operations: result.operations.map((operation) =>
      operation.type === "STEP"
        ? { ...operation, runs: undefined, completedRuns: undefined }
        : operation,
    ),
  };
}

const throughJson = (history: readonly HistoryEvent[]): HistoryEvent[] =>
  JSON.parse(JSON.stringify(history)) as HistoryEvent[];

describe("a history tells of its execution", () => {
  test("as it was when it has ended", async () => {
    const runner = new DurableTestRunner(handler, {
      ...options,
      callbacks: { approval: respond.success(true) },
    });
    const result = await runner.run({ id: "o-1" });
    expect(result.status).toBe("SUCCEEDED");
    const again = resultOfHistory(throughJson(result.history));
    expect(told(again)).toEqual(told(result));
    expect(formatTimeline(again)).toBe(formatTimeline(result).replace(" from script", ""));
  });

  test("as it stands while it waits for an answer", async () => {
    const result = await new DurableTestRunner(handler, options).run({ id: "o-1" });
    expect(result.status).toBe("PENDING");
    const again = resultOfHistory({ Events: throughJson(result.history) });
    expect(told(again)).toEqual(told(result));
    expect(again.pendingCallbacks[0]?.heartbeatAt).toEqual(result.pendingCallbacks[0]?.heartbeatAt);
  });

  test("when it has failed, timed out, or was stopped", async () => {
    const failing = withDurableExecution(async (_: unknown, context) => {
      await context.wait("w", { hours: 3 });
      throw new Error("no");
    });
    const failed = await new DurableTestRunner(failing).run({});
    const timedOut = await new DurableTestRunner(failing).run({}, { timeout: { hours: 1 } });
    const runner = new DurableTestRunner(failing, { timeSkipping: "manual" });
    await runner.run({});
    const stopped = await runner.stop({ ErrorType: "Stop", ErrorMessage: "enough" });
    for (const result of [failed, timedOut, stopped]) {
      const again = resultOfHistory(throughJson(result.history));
      expect(again).toMatchObject({ status: result.status, elapsedMs: result.elapsedMs });
      expect(again.error?.ErrorMessage).toEqual(result.error?.ErrorMessage);
      expect(again.invocations.map(({ status }) => status)).toEqual(
        result.invocations.map(({ status }) => status),
      );
    }
  });

  test("in the middle of an invocation, which goes on", async () => {
    const { history } = await new DurableTestRunner(handler, options).run({ id: "o-1" });
    const until = history.findIndex(({ EventType }) => EventType === "ContextStarted");
    const { invocations, status } = resultOfHistory(throughJson(history.slice(0, until + 1)));
    expect(status).toBe("PENDING");
    expect(invocations.at(-1)).toMatchObject({ status: "RUNNING", endedAt: undefined });
  });

  test("also without execution data, as far as events tell", async () => {
    const { history } = await new DurableTestRunner(handler, options).run({ id: "o-1" });
    const bare: unknown = JSON.parse(
      JSON.stringify(history, (key, value: unknown) => (key === "Payload" ? undefined : value)),
    );
    const timeline = formatTimeline(resultOfHistory(bare as object));
    expect(timeline).toContain('step "price"');
    expect(timeline).toContain('callback "approval" opens');
  });
});

test("an invocation that died is one that has ended with an error", async () => {
  const result = await new DurableTestRunner(
    withDurableExecution(async (_: unknown, context) => context.step("charge", () => 1)),
    { steps: { charge: [respond.crash("after")] } },
  ).run({});
  const again = resultOfHistory(throughJson(result.history));
  expect(again.invocations.map(({ status }) => status)).toEqual(["DIED", "SUCCEEDED"]);
  expect(again.invocations[0]?.error).toBeDefined();
});

test("what is no history is refused with what is wrong", () => {
  expect(() => resultOfHistory("{")).toThrow(InvalidHistoryError);
  expect(() => resultOfHistory({ orders: [] })).toThrow(/is no history/);
});

test("a history of 50 000 events is read, and drawn", { timeout: 120_000 }, () => {
  const at = "2026-01-01T00:00:00.000Z";
  const steps = Array.from({ length: 25_000 }, (_, index) => [
    { EventType: "StepStarted", EventTimestamp: at, Id: `s${index}`, Name: `step ${index}` },
    {
      EventType: "StepSucceeded",
      EventTimestamp: at,
      Id: `s${index}`,
      Name: `step ${index}`,
      StepSucceededDetails: { Result: { Payload: "1" }, RetryDetails: { CurrentAttempt: 1 } },
    },
  ]).flat();
  const started = { EventType: "ExecutionStarted", EventTimestamp: at, Id: "execution" };
  const events = [started, ...steps].map((event, index) => ({ ...event, EventId: index + 1 }));
  const result = resultOfHistory(events);
  expect(result.operations).toHaveLength(25_000);
  expect(formatTimeline(result).split("\n").length).toBeGreaterThan(25_000);
});
