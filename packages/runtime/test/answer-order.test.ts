import { describe, expect, test } from "vitest";
import { type DurableContext, withDurableExecution } from "../src/index.ts";
import type { Operation, OperationUpdate } from "../src/protocol.ts";
import { FakeService, invoke, now, startedOperation } from "./support/fake-service.ts";

/** In which order things have ended, as the handler sees it: told to each of two invocations. */
class Orders {
  readonly seen: string[][] = [];

  handler(body: (context: DurableContext, order: string[]) => readonly Promise<unknown>[]) {
    return withDurableExecution(async (_: unknown, context) => {
      const order: string[] = [];
      this.seen.push(order);
      await Promise.all(body(context, order));
    });
  }
}

/** Takes longer than others within the same turn. */
async function microtasks(): Promise<void> {
  for (let count = 0; count < 50; count += 1) await Promise.resolve();
}

const later = (milliseconds: number): Date => new Date(now.getTime() + milliseconds);

const ended = (start: OperationUpdate, details: Partial<Operation>): Operation => ({
  ...startedOperation(start),
  Status: "SUCCEEDED",
  EndTimestamp: later(5),
  ...details,
});

const only = (
  updates: readonly OperationUpdate[],
  action: OperationUpdate["Action"],
  name: string,
): OperationUpdate | undefined =>
  updates.find(({ Action, Name }) => Action === action && Name === name);

describe("things end in the order in which the next invocation finds that they have", () => {
  test("where a service lists them by when they started", async () => {
    const orders = new Orders();
    const last = Promise.withResolvers<undefined>();
    const handler = orders.handler((context, order) => [
      context.step("step", () => last.promise).then(() => order.push("step")),
      context.wait("wait", { seconds: 1 }).then(() => order.push("wait")),
    ]);
    let state: readonly Operation[] = [];
    const service: FakeService = new FakeService({
      tell: (updates) => {
        last.resolve(undefined);
        const end = only(updates, "SUCCEED", "step");
        const start = only(service.updates, "START", "wait");
        if (end === undefined || start === undefined) return [];
        state = [
          ended(end, { EndTimestamp: later(7), StepDetails: { Attempt: 1 } }),
          ended(start, { EndTimestamp: later(6) }),
        ];
        return state;
      },
    });
    expect(await invoke(handler, service)).toMatchObject({ Status: "SUCCEEDED" });
    await invoke(handler, service, { operations: state });
    expect(orders.seen).toEqual([
      ["wait", "step"],
      ["wait", "step"],
    ]);
  });

  test("where a service does not tell back what it has taken", async () => {
    const orders = new Orders();
    const service = new FakeService();
    const handler = orders.handler((context, order) => {
      const last = Promise.withResolvers<undefined>();
      return [
        context.step("old", () => last.promise.then(microtasks)).then(() => order.push("old")),
        context.step("young", () => last.resolve(undefined)).then(() => order.push("young")),
      ];
    });
    expect(await invoke(handler, service)).toMatchObject({ Status: "SUCCEEDED" });
    expect(service.updates.map(({ Name, Action }) => `${Name} ${Action}`)).toEqual([
      "old START",
      "young START",
      "young SUCCEED",
      "old SUCCEED",
    ]);
    const operations = ["old", "young"].flatMap((name) => {
      const end = only(service.updates, "SUCCEED", name);
      return end === undefined ? [] : ended(end, { StepDetails: { Attempt: 1 } });
    });
    await invoke(handler, service, { operations });
    expect(orders.seen).toEqual([
      ["old", "young"],
      ["old", "young"],
    ]);
  });
});
