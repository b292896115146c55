import { describe, expect, test } from "vitest";
import { type DurableContext, withDurableExecution } from "../src/index.ts";
import type { CheckpointResponse, Operation } from "../src/protocol.ts";
import { FakeService, ids, invoke, now, startedOperation } from "./support/fake-service.ts";

const handlerOf = <Output>(body: (context: DurableContext) => Promise<Output>) =>
  withDurableExecution(async (_: unknown, context) => body(context));

/** Takes everything, and tells nothing but the next token. */
class SilentService extends FakeService {
  override async checkpoint(
    request: Parameters<FakeService["checkpoint"]>[0],
  ): Promise<CheckpointResponse> {
    const { CheckpointToken } = await super.checkpoint(request);
    return { CheckpointToken };
  }
}

const actions = ({ updates }: FakeService): readonly string[] =>
  updates.map(({ Type, Action }) => `${Type} ${Action}`);

const again = { retryStrategy: () => ({ shouldRetry: true, delay: { seconds: 5 } }) };
const failing = (): never => {
  throw new Error("no");
};

const ready = (attempt: number): Operation => ({
  Id: ids[1] ?? "",
  Type: "STEP",
  SubType: "Step",
  Name: "flaky",
  Status: "READY",
  StartTimestamp: now,
  StepDetails: { Attempt: attempt },
});

describe("what the service has taken and does not tell back is known all the same:", () => {
  test("a first RETRY is pending", async () => {
    const service = new SilentService();
    const output = await invoke(
      handlerOf((context) => context.step("flaky", failing, again)),
      service,
    );
    expect(output).toEqual({ Status: "PENDING" });
    expect(actions(service)).toEqual(["STEP START", "STEP RETRY"]);
  });

  test("a RETRY of a step that was ready is pending again", async () => {
    const service = new SilentService();
    const output = await invoke(
      handlerOf((context) => context.step("flaky", failing, again)),
      service,
      { operations: [ready(1)] },
    );
    expect(output).toEqual({ Status: "PENDING" });
    expect(actions(service)).toEqual(["STEP START", "STEP RETRY"]);
  });

  test("the same of a condition, whose state is sent along", async () => {
    const service = new SilentService();
    const output = await invoke(
      handlerOf((context) =>
        context.waitForCondition("flaky", async (state) => state + 1, {
          initialState: 0,
          waitStrategy: () => ({ shouldContinue: true, delay: { seconds: 5 } }),
        }),
      ),
      service,
      {
        operations: [
          {
            ...ready(1),
            SubType: "WaitForCondition",
            StepDetails: { Attempt: 1, Result: "1" },
          },
        ],
      },
    );
    expect(output).toEqual({ Status: "PENDING" });
    expect(service.updates.at(-1)).toMatchObject({ Action: "RETRY", Payload: "2" });
  });

  test("that it is ready again is news when it is told later", async () => {
    const service = new FakeService({
      tell: (updates) =>
        updates.some(({ Name, Action }) => Name === "beside" && Action === "SUCCEED")
          ? [ready(2)]
          : [],
    });
    const output = await invoke(
      handlerOf(async (context) => {
        const flaky = context.step(
          "flaky",
          ({ attempt }) => (attempt === 2 ? failing() : attempt),
          again,
        );
        const beside = context
          .step("before", () => {})
          .then(() => context.step("beside", () => {}));
        await beside;
        return flaky;
      }),
      service,
      { operations: [ready(1)] },
    );
    expect(output).toEqual({ Status: "SUCCEEDED", Result: "3" });
  });

  test.for([
    { what: "a wait", ask: (context: DurableContext) => context.wait({ seconds: 5 }) },
    { what: "an invoke", ask: (context: DurableContext) => context.invoke("f", 1) },
  ])("$what has started", async ({ ask }) => {
    const service = new SilentService();
    const output = await invoke(
      handlerOf(async (context) => {
        await ask(context);
      }),
      service,
    );
    expect(output).toEqual({ Status: "PENDING" });
    expect(service.updates).toHaveLength(1);
  });

  test("steps and contexts have ended as was said", async () => {
    const service = new SilentService();
    const output = await invoke(
      handlerOf(async (context) => {
        const value = await context.runInChildContext(async (child) => {
          await child
            .step(failing, { retryStrategy: () => ({ shouldRetry: false }) })
            .catch(() => {});
          return child.step(() => 7, { semantics: "AtMostOncePerRetry" });
        });
        return value;
      }),
      service,
    );
    expect(output).toEqual({ Status: "SUCCEEDED", Result: "7" });
    expect(actions(service)).toEqual([
      "CONTEXT START",
      "STEP START",
      "STEP FAIL",
      "STEP START",
      "STEP SUCCEED",
      "CONTEXT SUCCEED",
    ]);
  });

  test("a callback in contexts that were not told is known to them", async () => {
    const service = new FakeService();
    await invoke(
      handlerOf((context) =>
        context.runInChildContext("outer", async (outer) => {
          const open = Promise.withResolvers<undefined>();
          void outer.runInChildContext("inner", async (inner) => {
            await inner.createCallback("open");
            open.resolve(undefined);
            await inner.wait({ seconds: 5 });
          });
          await open.promise;
        }),
      ),
      service,
    );
    expect(service.updates.at(-1)).toMatchObject({
      Name: "outer",
      Action: "SUCCEED",
      ContextOptions: { ReplayChildren: true },
    });
  });

  test("what it does tell counts", async () => {
    const service = new FakeService({
      tell: (updates) =>
        updates
          .filter(({ Type }) => Type === "WAIT")
          .map((update) => ({
            ...startedOperation(update),
            Status: "SUCCEEDED",
            EndTimestamp: now,
          })),
    });
    const output = await invoke(
      handlerOf(async (context) => {
        await context.wait({ seconds: 5 });
        return "went on";
      }),
      service,
    );
    expect(output).toMatchObject({ Status: "SUCCEEDED" });
  });
});

describe("an at-most-once step whose START was taken", () => {
  const once = { semantics: "AtMostOncePerRetry" } as const;
  const answered = (operation: Partial<Operation>) =>
    new FakeService({
      tell: (updates) =>
        updates
          .filter(({ Action }) => Action === "START")
          .map((update) => ({ ...startedOperation(update), ...operation })),
    });

  test("is not run where the service says that it has ended: somebody else has run it", async () => {
    const service = answered({
      Status: "SUCCEEDED",
      EndTimestamp: now,
      StepDetails: { Attempt: 1, Result: '"theirs"' },
    });
    const output = await invoke(
      handlerOf((context) => context.step("charge", () => "ours", once)),
      service,
    );
    expect(output).toEqual({ Status: "SUCCEEDED", Result: '"theirs"' });
    expect(actions(service)).toEqual(["STEP START"]);
  });

  test("is not run where the service says that it waits for another attempt", async () => {
    const service = answered({ Status: "PENDING", StepDetails: { Attempt: 1 } });
    const output = await invoke(
      handlerOf((context) => context.step("charge", () => "ours", once)),
      service,
    );
    expect(output).toEqual({ Status: "PENDING" });
    expect(actions(service)).toEqual(["STEP START"]);
  });
});
