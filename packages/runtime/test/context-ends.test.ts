import { describe, expect, test } from "vitest";
import { type DurableContext, withDurableExecution } from "../src/index.ts";
import type { Operation, OperationUpdate } from "../src/protocol.ts";
import { ServiceLimits } from "../src/protocol/limits.ts";
import { FakeService, invoke, now, startedOperation } from "./support/fake-service.ts";

const handlerOf = <Output>(body: (context: DurableContext) => Promise<Output>) =>
  withDurableExecution(async (_: unknown, context) => body(context));

const turn = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

/** Takes longer than others within the same turn. */
async function microtasks(): Promise<void> {
  for (let count = 0; count < 50; count += 1) await Promise.resolve();
}

const actions = (updates: readonly OperationUpdate[] = []): readonly string[] =>
  updates.map(({ Name, Action }) => `${Name} ${Action}`);

const batches = ({ requests }: FakeService): readonly (readonly string[])[] =>
  requests.map(({ Updates }) => actions(Updates));

/** A wait or invoke that the outside world has ended. */
const endedOutside = (start: OperationUpdate): Operation => ({
  ...startedOperation(start),
  Status: "SUCCEEDED",
  EndTimestamp: now,
});

describe("the end of a context is seen at once", () => {
  test("where nothing else can end before it", async () => {
    const service = new FakeService();
    const output = await invoke(
      handlerOf(async (context) => {
        const first = await context.runInChildContext("a", async () => 1);
        const failed = context.runInChildContext("b", async () => {
          throw new Error("no");
        });
        await expect(failed).rejects.toThrow("no");
        return context.runInChildContext("c", async () => first + 1);
      }),
      service,
    );
    expect(output).toEqual({ Status: "SUCCEEDED", Result: "2" });
    expect(batches(service)).toEqual([
      ["a START", "a SUCCEED", "b START", "b FAIL", "c START", "c SUCCEED"],
    ]);
  });

  test("beside a step that is still running", async () => {
    const service = new FakeService();
    const last = Promise.withResolvers<undefined>();
    await invoke(
      handlerOf(async (context) => {
        const slow = context.step("slow", () => last.promise);
        await turn();
        for (const name of ["a", "b", "c"]) await context.runInChildContext(name, async () => {});
        last.resolve(undefined);
        await slow;
      }),
      service,
    );
    expect(batches(service)[1]?.slice(0, 6)).toEqual([
      "a START",
      "a SUCCEED",
      "b START",
      "b SUCCEED",
      "c START",
      "c SUCCEED",
    ]);
  });

  test("beside a wait that starts in the same checkpoint", async () => {
    const service = new FakeService();
    const output = await invoke(
      handlerOf(async (context) => {
        const wait = context.wait("wait", { seconds: 1 });
        const first = await Promise.race([wait, context.runInChildContext("a", async () => "a")]);
        await context.wait(`${first ?? "the wait"} was first`, { seconds: 1 });
      }),
      service,
    );
    expect(output).toEqual({ Status: "PENDING" });
    expect(batches(service)).toEqual([["wait START", "a START", "a SUCCEED", "a was first START"]]);
  });
});

describe("the end of a context is seen when the service has taken it", () => {
  test("where what the outside world ends is listened to: that may have ended before", async () => {
    const starts: OperationUpdate[] = [];
    const service = new FakeService({
      tell: (updates) => {
        starts.push(...updates.filter(({ Name }) => Name === "wait"));
        const [start] = starts;
        return start !== undefined && actions(updates).includes("a SUCCEED")
          ? [endedOutside(start)]
          : [];
      },
    });
    const order: string[] = [];
    await invoke(
      handlerOf(async (context) => {
        const wait = context.wait("wait", { seconds: 1 }).then(() => order.push("wait"));
        await context.step("b", async () => {});
        const a = context.runInChildContext("a", async () => {}).then(() => order.push("a"));
        await Promise.all([wait, a]);
      }),
      service,
    );
    expect(order).toEqual(["wait", "a"]);
  });

  test("where that starts in an earlier checkpoint of those that are queued", async () => {
    let start: OperationUpdate | undefined;
    const service = Object.assign(
      new FakeService({
        tell: (updates) => {
          start ??= updates.find(({ Name }) => Name === "wait");
          return start !== undefined && actions(updates).includes("a SUCCEED")
            ? [endedOutside(start)]
            : [];
        },
      }),
      { limits: { ...ServiceLimits, batchBytes: 3000 } },
    );
    const order: string[] = [];
    await invoke(
      handlerOf(async (context) => {
        const wait = context.wait("wait", { seconds: 1 }).then(() => order.push("wait"));
        const a = context.runInChildContext("a", async () => "x".repeat(2900));
        await Promise.all([wait, a.then(() => order.push("a"))]);
      }),
      service,
    );
    expect(batches(service)).toEqual([["wait START", "a START"], ["a SUCCEED"]]);
    expect(order).toEqual(["wait", "a"]);
  });

  test("but a callback that nobody has asked for the outcome of does not count", async () => {
    const service = new FakeService();
    await invoke(
      handlerOf(async (context) => {
        await context.createCallback("open");
        await context.runInChildContext("a", async () => {});
        await context.runInChildContext("b", async () => {});
      }),
      service,
    );
    expect(batches(service)).toEqual([
      ["open START"],
      ["a START", "a SUCCEED", "b START", "b SUCCEED"],
    ]);
  });

  test("where the end of a step was queued before it", async () => {
    const service = new FakeService();
    const order: string[] = [];
    await invoke(
      handlerOf(async (context) => {
        const step = context.step("step", () => 1).then(() => order.push("step"));
        const a = context.runInChildContext("a", microtasks).then(() => order.push("a"));
        await Promise.all([step, a]);
      }),
      service,
    );
    expect(batches(service)).toEqual([["step START", "a START", "step SUCCEED", "a SUCCEED"]]);
    expect(order).toEqual(["step", "a"]);
  });

  test("where one is queued behind it that started before it: the service lists that one first", async () => {
    const service = new FakeService({
      tell: (updates) =>
        ["a", "b"].flatMap((name) =>
          updates
            .filter(({ Name, Action }) => Name === name && Action === "SUCCEED")
            .map((update) => ({ ...endedOutside(update), ContextDetails: {} })),
        ),
    });
    const order: string[] = [];
    await invoke(
      handlerOf(async (context) => {
        const last = Promise.withResolvers<undefined>();
        const a = context.runInChildContext("a", () => last.promise.then(microtasks));
        const b = context.runInChildContext("b", async () => last.resolve(undefined));
        await Promise.all([a.then(() => order.push("a")), b.then(() => order.push("b"))]);
      }),
      service,
    );
    expect(batches(service)).toEqual([["a START", "b START", "b SUCCEED", "a SUCCEED"]]);
    expect(order).toEqual(["a", "b"]);
  });
});

test("an end that comes after one that was seen, of what started earlier, has a checkpoint of its own", async () => {
  const service = new FakeService();
  const last = Promise.withResolvers<undefined>();
  const order: string[] = [];
  await invoke(
    handlerOf(async (context) => {
      const old = context.step("old", () => last.promise).then(() => order.push("old"));
      await context.runInChildContext("young", async () => {});
      order.push("young");
      last.resolve(undefined);
      await old;
    }),
    service,
  );
  expect(order).toEqual(["young", "old"]);
  expect(batches(service)).toEqual([
    ["old START", "young START", "young SUCCEED"],
    ["old SUCCEED"],
  ]);
});

describe("a context that a replay makes again ends later than what it is made of", () => {
  test("where its result is too large to be stored", async () => {
    const service = new FakeService();
    await invoke(
      handlerOf(async (context) => {
        const large = context.runInChildContext("large", async (child) => {
          await child.step("part", () => {});
          return "x".repeat(ServiceLimits.payloadBytes);
        });
        await large.then(() => context.runInChildContext("next", async () => {}));
      }),
      service,
    );
    expect(batches(service)).toEqual([
      ["large START", "part START", "part SUCCEED"],
      ["large SUCCEED", "next START", "next SUCCEED"],
    ]);
  });

  test("and where that has ended in the same turn", async () => {
    const service = new FakeService();
    await invoke(
      handlerOf(async (context) => {
        await context.runInChildContext("large", async (child) => {
          await child.runInChildContext("part", async () => {});
          return "x".repeat(ServiceLimits.payloadBytes);
        });
      }),
      service,
    );
    expect(batches(service)).toEqual([
      ["large START", "part START", "part SUCCEED"],
      ["large SUCCEED"],
    ]);
  });
});
