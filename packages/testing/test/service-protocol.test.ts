import type { Operation, OperationUpdate } from "@durabletest/runtime/protocol";
import { describe, expect, test } from "vitest";
import { DurableTestRunner, type DurableResult } from "../src/index.ts";
import { eventLines, eventsOf, operationsOf, rejectionOf } from "./support/history.ts";
import { wireHandler, type WireInvocation } from "./support/wire.ts";

const done = { Status: "SUCCEEDED", Result: '"done"' } as const;
const pending = { Status: "PENDING" } as const;

/** Runs a body once against the service, and gives back what it returned beside the result. */
async function speaking<T>(
  body: (invocation: WireInvocation) => Promise<T>,
): Promise<{ readonly said: T; readonly result: DurableResult<unknown> }> {
  const said: T[] = [];
  const handler = wireHandler(async (invocation) => {
    said.push(await body(invocation));
    return done;
  });
  const result = await new DurableTestRunner(handler).run();
  return { said: said[0] as T, result };
}

const update = (
  Type: OperationUpdate["Type"],
  Action: OperationUpdate["Action"],
  more: Partial<OperationUpdate> = {},
): OperationUpdate => ({ Id: "1", Type, Action, ...more });

const wait = update("WAIT", "START", { WaitOptions: { WaitSeconds: 60 } });

describe("an invocation", () => {
  test("brings the execution's input, a token, and the client", async () => {
    const handler = wireHandler(async ({ event, client, lambdaContext }) => {
      expect(event.DurableExecutionArn).toMatch(/^arn:aws:lambda:.*\/durable-execution\//);
      expect(typeof event.CheckpointToken).toBe("string");
      expect(event.UpdatedOperationIds).toBeUndefined();
      expect(event.InitialExecutionState.NextMarker).toBeUndefined();
      expect(event.InitialExecutionState.Operations).toMatchObject([
        {
          Type: "EXECUTION",
          Status: "STARTED",
          ExecutionDetails: { InputPayload: '{"order":7}' },
        },
      ]);
      expect(typeof client.checkpoint).toBe("function");
      expect(Object.prototype.toString.call(event)).toBe(
        "[object DurableExecutionInvocationInputWithClient]",
      );
      expect((event.constructor as { readonly name: string }).name).toBe(
        "DurableExecutionInvocationInputWithClient",
      );
      const { getRemainingTimeInMillis } = lambdaContext as {
        getRemainingTimeInMillis: () => number;
      };
      expect(getRemainingTimeInMillis()).toBe(900_000);
      return done;
    });
    const result = await new DurableTestRunner(handler).run({ order: 7 });
    expect(result).toMatchObject({ status: "SUCCEEDED", result: "done" });
  });

  test("after the first brings what was recorded, and which operations changed from outside", async () => {
    const inputs: unknown[] = [];
    const handler = wireHandler(async ({ event, number, checkpoint }) => {
      inputs.push(event.UpdatedOperationIds);
      if (number > 1) {
        expect(event.InitialExecutionState.Operations).toMatchObject([
          { Type: "EXECUTION" },
          { Id: "s", Type: "STEP", Status: "SUCCEEDED", StepDetails: { Result: "7" } },
          { Id: "w", Type: "WAIT", Status: "SUCCEEDED" },
        ]);
        return done;
      }
      await checkpoint(
        { Id: "s", Type: "STEP", Action: "SUCCEED", Payload: "7" },
        { Id: "w", Type: "WAIT", Action: "START", WaitOptions: { WaitSeconds: 5 } },
      );
      return pending;
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.elapsedMs).toBe(5000);
    expect(inputs).toEqual([undefined, ["w"]]);
  });

  test("is told ended operations in the order in which they ended", async () => {
    const orders: unknown[] = [];
    const handler = wireHandler(async ({ event, number, checkpoint }) => {
      orders.push(event.InitialExecutionState.Operations?.slice(1).map(({ Id }) => Id));
      if (number === 1) {
        for (const [Id, WaitSeconds] of [
          ["a", 30],
          ["b", 10],
          ["c", 20],
        ] as const) {
          await checkpoint({ Id, Type: "WAIT", Action: "START", WaitOptions: { WaitSeconds } });
        }
      }
      return number < 4 ? pending : done;
    });
    await new DurableTestRunner(handler).run();
    expect(orders).toEqual([[], ["a", "c", "b"], ["a", "b", "c"], ["b", "c", "a"]]);
  });

  test("pages a long state", async () => {
    const count = 2300;
    const seen: string[] = [];
    const handler = wireHandler(async ({ event, client, number, checkpoint }) => {
      if (number === 1) {
        for (let from = 0; from < count; from += 250) {
          const length = Math.min(250, count - from);
          await checkpoint(
            ...Array.from({ length }, (_, index) => ({
              Id: `s${from + index}`,
              Type: "STEP" as const,
              Action: "SUCCEED" as const,
            })),
          );
        }
        await checkpoint({ ...wait, Id: "w" });
        return pending;
      }
      const { Operations = [], NextMarker } = event.InitialExecutionState;
      expect(Operations).toHaveLength(1000);
      seen.push(...Operations.map(({ Id }) => Id));
      let marker = NextMarker;
      while (marker !== undefined) {
        const page = await client.getExecutionState({
          DurableExecutionArn: event.DurableExecutionArn,
          CheckpointToken: event.CheckpointToken,
          Marker: marker,
          MaxItems: 700,
        });
        seen.push(...(page.Operations ?? []).map(({ Id }) => Id));
        marker = page.NextMarker;
      }
      return done;
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.status).toBe("SUCCEEDED");
    expect(new Set(seen).size).toBe(count + 2);
    expect(seen.at(-1)).toBe("w");
  });

  test("pages a state of many bytes, too", async () => {
    const handler = wireHandler(async ({ event, client, number, checkpoint }) => {
      if (number === 1) {
        for (let index = 0; index < 30; index += 1) {
          await checkpoint({
            Id: `s${index}`,
            Type: "STEP",
            Action: "SUCCEED",
            Payload: JSON.stringify("x".repeat(200_000)),
          });
        }
        await checkpoint({ ...wait, Id: "w" });
        return pending;
      }
      const { Operations = [], NextMarker } = event.InitialExecutionState;
      expect(Operations.length).toBeLessThan(32);
      const rest = await client.getExecutionState({
        DurableExecutionArn: event.DurableExecutionArn,
        CheckpointToken: event.CheckpointToken,
        ...(NextMarker === undefined ? {} : { Marker: NextMarker }),
      });
      expect(Operations.length + (rest.Operations?.length ?? 0)).toBe(32);
      return done;
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.error).toBeUndefined();
    expect(result.status).toBe("SUCCEEDED");
  });

  test("cannot ask for a page that there is not", async () => {
    const { said } = await speaking(async ({ event, client }) =>
      Promise.all(
        ["-1", "two", "1e9"].map((Marker) =>
          rejectionOf(
            client.getExecutionState({
              DurableExecutionArn: event.DurableExecutionArn,
              CheckpointToken: event.CheckpointToken,
              Marker,
            }),
          ),
        ),
      ),
    );
    for (const error of said) {
      expect(error).toMatchObject({ name: "InvalidParameterValueException" });
      expect((error as Error).message).toContain("Invalid Marker");
    }
  });
});

describe("the chain of tokens", () => {
  test("consumes one token a checkpoint, and refuses a stale one", async () => {
    const { said, result } = await speaking(async ({ event, client }) => {
      const request = (CheckpointToken: string) => ({
        DurableExecutionArn: event.DurableExecutionArn,
        CheckpointToken,
        Updates: [],
      });
      const first = await client.checkpoint(request(event.CheckpointToken));
      const second = await client.checkpoint(request(String(first.CheckpointToken)));
      expect(
        new Set([event.CheckpointToken, first.CheckpointToken, second.CheckpointToken]).size,
      ).toBe(3);
      return [
        await rejectionOf(client.checkpoint(request(event.CheckpointToken))),
        await rejectionOf(client.checkpoint(request(String(first.CheckpointToken)))),
        await rejectionOf(
          client.getExecutionState({
            DurableExecutionArn: event.DurableExecutionArn,
            CheckpointToken: "stale",
          }),
        ),
      ];
    });
    for (const error of said) {
      expect(error).toMatchObject({ name: "InvalidParameterValueException" });
      expect((error as Error).message).toMatch(/^Invalid Checkpoint Token/);
    }
    expect(result.status).toBe("SUCCEEDED");
  });

  test("belongs to one execution", async () => {
    const { said } = await speaking(({ event, client }) =>
      rejectionOf(
        client.checkpoint({
          DurableExecutionArn: `${event.DurableExecutionArn}-other`,
          CheckpointToken: event.CheckpointToken,
        }),
      ),
    );
    expect(said).toMatchObject({ name: "InvalidParameterValueException" });
  });
});

describe("a checkpoint", () => {
  test("without updates is a poll: it tells what changed from outside", async () => {
    const handler = wireHandler(async ({ checkpoint, number }) => {
      if (number > 1) return done;
      const started = await checkpoint({ Id: "cb", Type: "CALLBACK", Action: "START", Name: "cb" });
      const [callback] = started.NewExecutionState?.Operations ?? [];
      expect(callback).toMatchObject({ Id: "cb", Status: "STARTED" });
      expect((await checkpoint()).NewExecutionState?.Operations).toEqual([]);
      await runner.sendCallbackSuccess(callback?.CallbackDetails?.CallbackId ?? "", 7);
      expect((await checkpoint()).NewExecutionState?.Operations).toMatchObject([
        { Id: "cb", Status: "SUCCEEDED", CallbackDetails: { Result: "7" } },
      ]);
      expect((await checkpoint()).NewExecutionState?.Operations).toEqual([]);
      return done;
    });
    const runner: DurableTestRunner = new DurableTestRunner(handler);
    const result = await runner.run();
    expect(result.status).toBe("SUCCEEDED");
  });

  test("may leave its updates out, and a page its marker", async () => {
    const { said, result } = await speaking(async ({ event, client }) => {
      const first = await client.checkpoint({
        DurableExecutionArn: event.DurableExecutionArn,
        CheckpointToken: event.CheckpointToken,
      });
      return client.getExecutionState({
        DurableExecutionArn: event.DurableExecutionArn,
        CheckpointToken: String(first.CheckpointToken),
      });
    });
    expect(said.Operations).toMatchObject([{ Type: "EXECUTION" }]);
    expect(result.status).toBe("SUCCEEDED");
  });

  test("may announce that the execution fails, which the answer then says", async () => {
    const handler = wireHandler(async ({ checkpoint }) => {
      await checkpoint(update("EXECUTION", "FAIL", { Id: "e", Error: { ErrorType: "Early" } }));
      return { Status: "FAILED", Error: { ErrorType: "Said" } };
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result).toMatchObject({ status: "FAILED", error: { ErrorType: "Said" } });
  });

  test("may close what it starts", async () => {
    const { result } = await speaking(({ checkpoint }) =>
      checkpoint(
        update("CONTEXT", "START", { Id: "c", Name: "child" }),
        update("STEP", "START", { Id: "s", ParentId: "c" }),
        update("STEP", "SUCCEED", { Id: "s", ParentId: "c", Payload: "1" }),
        update("CONTEXT", "SUCCEED", { Id: "c", Name: "child", Payload: "2" }),
      ),
    );
    expect(eventLines(result)).toEqual([
      "ExecutionStarted",
      "ContextStarted child",
      "StepStarted",
      "StepSucceeded",
      "ContextSucceeded child",
      "InvocationCompleted",
      "ExecutionSucceeded",
    ]);
  });

  test("may close a step or a context that never announced itself", async () => {
    const { result } = await speaking(({ checkpoint }) =>
      checkpoint(
        update("STEP", "SUCCEED", { Id: "s1", Payload: "1" }),
        update("STEP", "FAIL", { Id: "s2", Error: { ErrorType: "E" } }),
        update("CONTEXT", "SUCCEED", { Id: "c1" }),
        update("CONTEXT", "FAIL", { Id: "c2" }),
      ),
    );
    expect(result.operations.map(({ id, status }) => [id, status])).toEqual([
      ["s1", "SUCCEEDED"],
      ["s2", "FAILED"],
      ["c1", "SUCCEEDED"],
      ["c2", "FAILED"],
    ]);
  });

  test("is applied whole or not at all", async () => {
    const { said, result } = await speaking(({ checkpoint }) =>
      rejectionOf(
        checkpoint(
          update("STEP", "SUCCEED", { Id: "fine" }),
          update("WAIT", "CANCEL", { Id: "not fine" }),
        ),
      ),
    );
    expect(said).toMatchObject({ name: "InvalidParameterValueException" });
    expect(result.operations).toEqual([]);
    expect(result.status).toBe("SUCCEEDED");
  });

  test("that was refused leaves its token good", async () => {
    const { result } = await speaking(async ({ checkpoint }) => {
      await rejectionOf(checkpoint(update("STEP", "CANCEL")));
      await checkpoint(update("STEP", "SUCCEED"));
    });
    expect(operationsOf(result, "STEP")).toHaveLength(1);
  });

  const illegal: {
    readonly what: string;
    readonly before?: readonly OperationUpdate[];
    readonly updates: readonly OperationUpdate[];
    readonly says: RegExp;
  }[] = [
    {
      what: "an update without an id",
      updates: [update("STEP", "START", { Id: "" })],
      says: /no Id/,
    },
    {
      what: "an unknown type",
      updates: [update("LOOP" as never, "START")],
      says: /LOOP.*no action START/,
    },
    ...(["CANCEL"] as const).map((action) => ({
      what: `${action} of a step`,
      updates: [update("STEP", action)],
      says: /STEP.*no action CANCEL/,
    })),
    ...(["RETRY", "CANCEL"] as const).map((action) => ({
      what: `${action} of a context`,
      updates: [update("CONTEXT", action)],
      says: /CONTEXT.*no action/,
    })),
    ...(["SUCCEED", "FAIL", "RETRY"] as const).flatMap((action) =>
      (["WAIT", "CALLBACK", "CHAINED_INVOKE"] as const).map((type) => ({
        what: `${action} of a ${type}`,
        updates: [update(type, action)],
        says: /knows no action/,
      })),
    ),
    {
      what: "START of an execution",
      updates: [update("EXECUTION", "START")],
      says: /EXECUTION.*no action START/,
    },
    {
      what: "START of a step that has started",
      before: [update("STEP", "START")],
      updates: [update("STEP", "START")],
      says: /START is not possible.*STARTED/,
    },
    {
      what: "what is not possible for an operation with a name, by that name",
      before: [update("STEP", "SUCCEED", { Name: "charge" })],
      updates: [update("STEP", "SUCCEED")],
      says: /for STEP operation "charge", which is SUCCEEDED/,
    },
    {
      what: "what is not possible for one without, by the name around it",
      before: [
        update("CONTEXT", "START", { Id: "outer", Name: "approval" }),
        update("CONTEXT", "START", { Id: "inner", ParentId: "outer" }),
        update("STEP", "SUCCEED", { Id: "id", ParentId: "inner" }),
      ],
      updates: [update("STEP", "SUCCEED", { Id: "id" })],
      says: /for STEP operation id in "approval", which is SUCCEEDED/,
    },
    {
      what: "START of a step between two attempts",
      before: [update("STEP", "RETRY", { StepOptions: { NextAttemptDelaySeconds: 5 } })],
      updates: [update("STEP", "START")],
      says: /START is not possible.*PENDING/,
    },
    {
      what: "SUCCEED of a step between two attempts",
      before: [update("STEP", "RETRY", { StepOptions: { NextAttemptDelaySeconds: 5 } })],
      updates: [update("STEP", "SUCCEED")],
      says: /SUCCEED is not possible.*PENDING/,
    },
    ...(["SUCCEED", "FAIL", "RETRY", "START"] as const).map((action) => ({
      what: `${action} of a step that has ended`,
      before: [update("STEP", "SUCCEED")],
      updates: [update("STEP", action, { StepOptions: { NextAttemptDelaySeconds: 1 } })],
      says: /is not possible.*SUCCEEDED/,
    })),
    {
      what: "SUCCEED of a context that has failed",
      before: [update("CONTEXT", "FAIL")],
      updates: [update("CONTEXT", "SUCCEED")],
      says: /is not possible.*FAILED/,
    },
    {
      what: "CANCEL of a wait that never started",
      updates: [update("WAIT", "CANCEL")],
      says: /CANCEL is not possible.*absent/,
    },
    {
      what: "CANCEL of a callback that never started",
      updates: [update("CALLBACK", "CANCEL")],
      says: /CANCEL is not possible.*absent/,
    },
    {
      what: "an operation that changes its type",
      before: [update("STEP", "START")],
      updates: [update("CONTEXT", "SUCCEED")],
      says: /is a STEP, not a CONTEXT/,
    },
    {
      what: "FAIL with a payload",
      updates: [update("STEP", "FAIL", { Payload: "1" })],
      says: /FAIL.*carries a Payload/,
    },
    {
      what: "SUCCEED with an error",
      updates: [update("STEP", "SUCCEED", { Error: {} })],
      says: /SUCCEED.*carries an Error/,
    },
    {
      what: "a parent that there is not",
      updates: [update("STEP", "START", { ParentId: "nobody" })],
      says: /parent nobody.*no known CONTEXT/,
    },
    {
      what: "a parent that is no context",
      before: [update("STEP", "START", { Id: "s" })],
      updates: [update("STEP", "START", { ParentId: "s" })],
      says: /parent s.*no known CONTEXT/,
    },
    {
      what: "a parent that is started only later in the batch",
      updates: [
        update("STEP", "START", { ParentId: "c" }),
        update("CONTEXT", "START", { Id: "c" }),
      ],
      says: /parent c.*no known CONTEXT/,
    },
    {
      what: "the same start twice",
      updates: [update("WAIT", "START", { WaitOptions: { WaitSeconds: 1 } }), wait],
      says: /not possible|twice/,
    },
    {
      what: "three updates of one step",
      updates: [update("STEP", "START"), update("STEP", "SUCCEED"), update("STEP", "SUCCEED")],
      says: /not possible|twice/,
    },
    {
      what: "a wait that is cancelled where it is started",
      updates: [wait, update("WAIT", "CANCEL")],
      says: /twice/,
    },
    {
      what: "a wait of no length",
      updates: [update("WAIT", "START")],
      says: /WaitSeconds.*undefined/,
    },
    ...[0, -1, 1.5, Number.NaN, 100_000_000].map((WaitSeconds) => ({
      what: `a wait of ${WaitSeconds} s`,
      updates: [update("WAIT", "START", { WaitOptions: { WaitSeconds } })],
      says: /WaitSeconds.*whole seconds from 1/,
    })),
    ...([-1, 0.5, 100_000_000] as const).flatMap((seconds) =>
      (["TimeoutSeconds", "HeartbeatTimeoutSeconds"] as const).map((option) => ({
        what: `a callback with ${option} ${seconds}`,
        updates: [update("CALLBACK", "START", { CallbackOptions: { [option]: seconds } })],
        says: new RegExp(`${option}.*whole seconds from 0`),
      })),
    ),
    ...[undefined, 0, 0.5].map((NextAttemptDelaySeconds) => ({
      what: `a retry after ${NextAttemptDelaySeconds} s`,
      updates: [update("STEP", "RETRY", { StepOptions: { NextAttemptDelaySeconds } })],
      says: /NextAttemptDelaySeconds.*whole seconds from 1/,
    })),
    {
      what: "a payload that is too large",
      updates: [update("STEP", "SUCCEED", { Payload: "x".repeat(262_145) })],
      says: /262145 bytes; the limit is 262144/,
    },
    {
      what: "an error that is too large",
      updates: [update("STEP", "FAIL", { Error: { ErrorMessage: "x".repeat(32_768) } })],
      says: /the limit is 32768/,
    },
    {
      what: "more than 250 updates",
      updates: Array.from({ length: 251 }, (_, index) =>
        update("STEP", "SUCCEED", { Id: `s${index}` }),
      ),
      says: /takes 250 updates, not 251/,
    },
    {
      what: "more than 750 KB",
      updates: Array.from({ length: 4 }, (_, index) =>
        update("STEP", "SUCCEED", { Id: `s${index}`, Payload: "x".repeat(200_000) }),
      ),
      says: /takes 768000 bytes, not 800000/,
    },
    {
      what: "an EXECUTION update that is not the last",
      updates: [update("EXECUTION", "SUCCEED", { Id: "e" }), update("STEP", "SUCCEED")],
      says: /must be the last/,
    },
    {
      what: "the invocation of a function without a name",
      updates: [update("CHAINED_INVOKE", "START", { ChainedInvokeOptions: { FunctionName: "" } })],
      says: /names no function/,
    },
  ];

  test.for(illegal)("is refused for $what", async ({ before = [], updates, says }) => {
    const { said, result } = await speaking(async ({ checkpoint }) => {
      for (const each of before) await checkpoint(each);
      return rejectionOf(checkpoint(...updates));
    });
    expect(said).toMatchObject({ name: "InvalidParameterValueException" });
    expect((said as Error).message).toMatch(says);
    expect(result.status).toBe("SUCCEEDED");
    expect(result.operations).toHaveLength(before.length);
  });

  test("takes a result too large for the answer ahead of it", async () => {
    const handler = wireHandler(async ({ checkpoint }) => {
      await checkpoint(
        update("EXECUTION", "SUCCEED", { Id: "e", Payload: JSON.stringify("x".repeat(7_000_000)) }),
      );
      return { Status: "SUCCEEDED", Result: "" };
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.result).toHaveLength(7_000_000);
  });
});

describe("operations", () => {
  test("that are cancelled by the handler end, without the deadlines they had", async () => {
    const handler = wireHandler(async ({ number, checkpoint }) => {
      if (number > 1) return done;
      await checkpoint(
        update("WAIT", "START", { Id: "w", Name: "w", WaitOptions: { WaitSeconds: 10 } }),
        update("CALLBACK", "START", {
          Id: "cb",
          Name: "cb",
          CallbackOptions: { TimeoutSeconds: 10, HeartbeatTimeoutSeconds: 5 },
        }),
        { ...wait, Id: "last" },
      );
      await checkpoint(
        update("WAIT", "CANCEL", { Id: "w" }),
        update("CALLBACK", "CANCEL", { Id: "cb" }),
      );
      return pending;
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.elapsedMs).toBe(60_000);
    expect(result.operations.map(({ status }) => status)).toEqual([
      "CANCELLED",
      "CANCELLED",
      "SUCCEEDED",
    ]);
    expect(eventsOf(result, "WaitCancelled")).toHaveLength(1);
    expect(eventsOf(result, "CallbackTimedOut")).toEqual([]);
  });

  test("inside a closed context are not sent again, unless it asks for them", async () => {
    const states: unknown[] = [];
    const handler = wireHandler(async ({ event, number, checkpoint }) => {
      if (number > 1) {
        states.push(event.InitialExecutionState.Operations?.slice(1).map(({ Id }) => Id));
        return done;
      }
      for (const id of ["pruned", "kept"]) {
        await checkpoint(
          update("CONTEXT", "START", { Id: id }),
          update("CONTEXT", "START", { Id: `${id}-inner`, ParentId: id }),
          update("STEP", "SUCCEED", { Id: `${id}-step`, ParentId: `${id}-inner` }),
        );
        await checkpoint(
          update("CONTEXT", "SUCCEED", {
            Id: `${id}-inner`,
            ParentId: id,
            ContextOptions: { ReplayChildren: true },
          }),
          update("CONTEXT", "SUCCEED", {
            Id: id,
            ContextOptions: { ReplayChildren: id === "kept" },
          }),
        );
      }
      await checkpoint({ ...wait, Id: "w" });
      return pending;
    });
    const result = await new DurableTestRunner(handler).run();
    expect(states).toEqual([["pruned", "kept-step", "kept-inner", "kept", "w"]]);
    // They are still there for the test to see.
    expect(result.operations).toHaveLength(7);
  });

  test("that start in a closed context are not sent, nor what starts in them", async () => {
    const states: unknown[] = [];
    const handler = wireHandler(async ({ event, number, checkpoint }) => {
      if (number > 1) {
        states.push(event.InitialExecutionState.Operations?.slice(1).map(({ Id }) => Id));
        return done;
      }
      await checkpoint(
        update("CONTEXT", "START", { Id: "outer" }),
        update("CONTEXT", "START", { Id: "inner", ParentId: "outer" }),
      );
      await checkpoint(update("CONTEXT", "SUCCEED", { Id: "outer" }));
      await checkpoint(
        { ...wait, Id: "left running", ParentId: "outer" },
        { ...wait, Id: "left running too", ParentId: "inner" },
        { ...wait, Id: "w" },
      );
      return pending;
    });
    const result = await new DurableTestRunner(handler).run();
    expect(states).toEqual([["outer", "w"]]);
    expect(operationsOf(result, "WAIT").map(({ status }) => status)).toEqual([
      "SUCCEEDED",
      "SUCCEEDED",
      "SUCCEEDED",
    ]);
  });

  test("count the attempts that have ended: while one is going on, and the last one, too", async () => {
    const step = { Id: "s", Type: "STEP", SubType: "Step", Name: "flaky" } as const;
    const seen: [number, string | undefined, number | undefined][] = [];
    const handler = wireHandler(async ({ event, number, checkpoint }) => {
      const look = (operations: readonly Operation[] | undefined): void => {
        const known = operations?.find(({ Id }) => Id === "s");
        if (known !== undefined) seen.push([number, known.Status, known.StepDetails?.Attempt]);
      };
      look(event.InitialExecutionState.Operations);
      if (number < 3) {
        look((await checkpoint({ ...step, Action: "START" })).NewExecutionState?.Operations);
        const again = await checkpoint({
          ...step,
          Action: "RETRY",
          Error: { ErrorType: "E" },
          StepOptions: { NextAttemptDelaySeconds: 5 },
        });
        look(again.NewExecutionState?.Operations);
        return pending;
      }
      if (number === 4) return done;
      const end = await checkpoint(
        { ...step, Action: "START" },
        { ...step, Action: "FAIL", Error: { ErrorType: "E" } },
        { Id: "at once", Type: "STEP", Action: "SUCCEED" },
        { ...wait, Id: "w" },
      );
      look(end.NewExecutionState?.Operations);
      const once = end.NewExecutionState?.Operations?.find(({ Id }) => Id === "at once");
      expect(once?.StepDetails?.Attempt).toBe(1);
      return pending;
    });
    const result = await new DurableTestRunner(handler).run();
    expect(seen).toEqual([
      [1, "STARTED", 0],
      [1, "PENDING", 1],
      [2, "READY", 1],
      [2, "STARTED", 1],
      [2, "PENDING", 2],
      [3, "READY", 2],
      [3, "FAILED", 3],
      [4, "FAILED", 3],
    ]);
    expect(result.step("flaky").attempt).toBe(3);
    const attempts = result.history.flatMap((event) =>
      event.EventType === "StepFailed" ? [event.StepFailedDetails.RetryDetails.CurrentAttempt] : [],
    );
    expect(attempts).toEqual([1, 2, 3]);
  });

  test("that poll ask for another attempt without having failed", async () => {
    const handler = wireHandler(async ({ event, number, checkpoint }) => {
      const poll = { Id: "p", Type: "STEP", SubType: "WaitForCondition", Name: "poll" } as const;
      const [, step] = event.InitialExecutionState.Operations ?? [];
      if (number > 1) {
        expect(step).toMatchObject({
          Status: "READY",
          StepDetails: { Attempt: number - 1, Result: String(number - 1) },
        });
      }
      if (number === 3) {
        await checkpoint({ ...poll, Action: "SUCCEED", Payload: "3" });
        return done;
      }
      await checkpoint({ ...poll, Action: "START" });
      await checkpoint({
        ...poll,
        Action: "RETRY",
        Payload: String(number),
        StepOptions: { NextAttemptDelaySeconds: 10 },
      });
      return pending;
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result.elapsedMs).toBe(20_000);
    expect(eventLines(result)).toEqual([
      "ExecutionStarted",
      "StepStarted poll",
      "StepSucceeded poll",
      "InvocationCompleted",
      "StepStarted poll",
      "StepSucceeded poll",
      "InvocationCompleted",
      "StepSucceeded poll",
      "InvocationCompleted",
      "ExecutionSucceeded",
    ]);
    expect(
      eventsOf(result, "StepSucceeded").map((event) => event.StepSucceededDetails.RetryDetails),
    ).toEqual([
      { CurrentAttempt: 1, NextAttemptDelaySeconds: 10 },
      { CurrentAttempt: 2, NextAttemptDelaySeconds: 10 },
      { CurrentAttempt: 3 },
    ]);
  });
});

describe("an answer", () => {
  test.for([
    { what: "undefined", answer: undefined },
    { what: "a plain value", answer: { ok: true } },
    { what: "null", answer: null },
    { what: "an unknown status", answer: { Status: "MAYBE" } },
  ])("of $what is no answer of a durable handler", async ({ answer }) => {
    const runner = new DurableTestRunner(async () => answer);
    const error = await rejectionOf(runner.run());
    expect(error).toMatchObject({ code: "INVALID_HANDLER" });
    expect((error as Error).message).toContain("withDurableExecution(handler)");
    expect(runner.result.invocations).toMatchObject([{ status: "DIED" }]);
  });

  test("of PENDING with nothing pending fails the execution", async () => {
    const result = await new DurableTestRunner(wireHandler(() => pending)).run();
    expect(result.status).toBe("FAILED");
    expect(result.error?.ErrorType).toBe("InvalidParameterValueException");
    expect(result.error?.ErrorMessage).toMatch(
      /^Cannot return PENDING status with no pending operations\./,
    );
  });

  test("of FAILED ends the execution with the handler's error", async () => {
    const handler = wireHandler(() => ({
      Status: "FAILED",
      Error: { ErrorType: "Mine", ErrorMessage: "as I say", StackTrace: ["at me"] },
    }));
    const result = await new DurableTestRunner(handler).run();
    expect(result).toMatchObject({
      status: "FAILED",
      error: { ErrorType: "Mine", ErrorMessage: "as I say", StackTrace: ["at me"] },
    });
    expect(eventsOf(result, "ExecutionFailed")[0]?.ExecutionFailedDetails.Error.Payload).toEqual({
      ErrorType: "Mine",
      ErrorMessage: "as I say",
    });
  });

  test("that is no JSON is kept as the text it is", async () => {
    const handler = wireHandler(() => ({ Status: "SUCCEEDED", Result: "plain text" }));
    const result = await new DurableTestRunner(handler).run();
    expect(result.result).toBe("plain text");
  });
});
