import { withDurableExecution as withAwsExecution } from "@aws/durable-execution-sdk-js";
import {
  createRetryStrategy,
  type DurableContext,
  withDurableExecution,
} from "@durabletest/runtime";
import { format } from "pretty-format";
import { describe, expect, test } from "vitest";
import {
  durableSnapshotSerializer,
  DurableTestRunner,
  respond,
  type RunnerOptions,
} from "../../src/index.ts";
import { oddResult, resultWithInvokes } from "./made-result.ts";

expect.addSnapshotSerializer(durableSnapshotSerializer);

const run = async (
  handler: (input: { readonly id: string }, context: DurableContext) => Promise<unknown>,
  options?: RunnerOptions,
) => new DurableTestRunner(withDurableExecution(handler), options).run({ id: "o-1" });

describe("a snapshot of a result", () => {
  test("says what happened, when, and with what", async () => {
    const result = await run(
      async (order, context) => {
        const approval = await context.createCallback<{ by: string }>("approval", {
          timeout: { hours: 48 },
          heartbeatTimeout: { hours: 12 },
        });
        await context.step("ask", () => ({ order: order.id, callbackId: approval.callbackId }));
        const answer = await approval.result();
        await context.wait("cooldown", { hours: 1 });
        return { status: "shipped", by: answer?.by };
      },
      { callbacks: { approval: respond.success({ by: "kim" }).after({ hours: 3 }) } },
    );
    expect(result).toMatchInlineSnapshot(`
      SUCCEEDED after 4h 00m 00s, 3 invocations
      input: {"id": "o-1"}

                  +0s  callback "approval" SUCCEEDED at +3h 00m 00s
                           timeout 2d 00h 00m 00s, heartbeat timeout 12h 00m 00s
                           +3h 00m 00s success from script
                           result: {"by": "kim"}
                  +0s  step "ask" SUCCEEDED
                           result: {"callbackId": "<callback approval>", "order": "o-1"}
          +3h 00m 00s  wait "cooldown" 1h 00m 00s SUCCEEDED at +4h 00m 00s

      result: {"by": "kim", "status": "shipped"}
    `);
  });

  test("nests what a handler nests, with each attempt", async () => {
    const result = await run(
      async (_, context) =>
        context.runInChildContext("trip", async (child) => {
          const seat = await child.step(
            "reserve",
            ({ attempt }) => {
              if (attempt < 3) throw new Error(`no seat\non attempt ${attempt}`);
              return attempt;
            },
            { retryStrategy: createRetryStrategy({ jitter: "NONE" }) },
          );
          const paid = await child.waitForCallback<string>("payment", async () => {});
          return { seat, paid };
        }),
      { callbacks: { payment: respond.success("paid") } },
    );
    expect(result).toMatchInlineSnapshot(`
      SUCCEEDED after 15s, 4 invocations
      input: {"id": "o-1"}

                  +0s  runInChildContext "trip" SUCCEEDED at +15s
                           result: {"paid": "paid", "seat": 3}
                  +0s    step "reserve" SUCCEEDED at +15s, attempt 3
                             attempt 1 at +0s, next after 5s: Error: no seat
                             on attempt 1
                             attempt 2 at +5s, next after 10s: Error: no seat
                             on attempt 2
                             result: 3
                 +15s    waitForCallback "payment" SUCCEEDED
                             result: "paid"
                 +15s      callback SUCCEEDED
                               +15s success from script
                               result: "paid"
                 +15s      step SUCCEEDED

      result: {"paid": "paid", "seat": 3}
    `);
  });

  test("tells heartbeats, failures, and answers that came too late", async () => {
    const result = await run(
      async (_, context) => {
        const report = await context.createCallback("report", {
          heartbeatTimeout: { minutes: 10 },
        });
        const check = await context.createCallback("check", { timeout: { minutes: 1 } });
        await check.result();
        await report.result().catch(() => {});
        await context.wait("a little", { hours: 1 });
        throw new RangeError("That is enough.");
      },
      {
        callbacks: {
          check: respond.success("late").after({ minutes: 2 }),
          report: respond
            .heartbeatEvery({ minutes: 5 })
            .times(6)
            .thenRespond(
              respond.failure({ ErrorType: "Lost", ErrorData: JSON.stringify({ code: 51 }) }),
            ),
        },
      },
    );
    expect(result).toMatchInlineSnapshot(`
      FAILED after 1h 30m 00s, 4 invocations
      input: {"id": "o-1"}

                  +0s  callback "report" FAILED at +30m 00s
                           heartbeat timeout 10m 00s
                           +5m 00s 6 heartbeats until +30m 00s from script
                           +30m 00s failure from script
                           error: Lost
                           error data: {"code": 51}
                  +0s  callback "check" TIMED_OUT at +1m 00s
                           timeout 1m 00s
                           +2m 00s success from script, too late: ignored
                           error: Callback.Timeout: Callback timed out
             +30m 00s  wait "a little" 1h 00m 00s SUCCEEDED at +1h 30m 00s

      error: RangeError: That is enough.
    `);
  });

  test("of an execution that waits says until when", async () => {
    const runner = new DurableTestRunner(
      withDurableExecution(async (_: undefined, context) => {
        const approval = await context.createCallback("approval", {
          timeout: { hours: 48 },
          heartbeatTimeout: { hours: 12 },
        });
        const flaky = context.step("flaky", () => {
          throw new Error("not yet");
        });
        return Promise.all([approval.result(), flaky, context.wait("a day", { days: 1 })]);
      }),
      { timeSkipping: "manual", callbacks: { other: respond.never() } },
    );
    await runner.run();
    expect(runner).toMatchInlineSnapshot(`
      PENDING after 0s, 1 invocation

                  +0s  callback "approval" STARTED, times out at +2d 00h 00m 00s, heartbeat due by +12h 00m 00s
                           timeout 2d 00h 00m 00s, heartbeat timeout 12h 00m 00s
                  +0s  step "flaky" PENDING, next attempt at +1s
                           attempt 1 at +0s, next after 1s: Error: not yet
                  +0s  wait "a day" 1d 00h 00m 00s STARTED, ends at +1d 00h 00m 00s

      unused scripts: "other"
    `);
  });

  test("of a runner that has not run says so", () => {
    const runner = new DurableTestRunner(withDurableExecution(async () => 1));
    expect(runner).toMatchInlineSnapshot(`NOT STARTED`);
  });

  test("prints polls and other operations of AWS's SDK", async () => {
    const runner = new DurableTestRunner(
      withAwsExecution(async (_: unknown, context) =>
        context.waitForCondition("ready", async (state: number) => state + 1, {
          initialState: 0,
          waitStrategy: (state) =>
            state < 3
              ? { shouldContinue: true, delay: { seconds: 30 } }
              : { shouldContinue: false },
        }),
      ),
    );
    expect(await runner.run({})).toMatchInlineSnapshot(`
      SUCCEEDED after 1m 00s, 3 invocations
      input: {}

                  +0s  waitForCondition "ready" SUCCEEDED at +1m 00s, attempt 3
                           attempt 1 at +0s, next after 30s: 1
                           attempt 2 at +30s, next after 30s: 2
                           result: 3

      result: 3
    `);
  });

  test("prints invocations of other functions", () => {
    expect(resultWithInvokes()).toMatchInlineSnapshot(`
      PENDING after 0s, 0 invocations

                  +0s  invoke "succeeded" SUCCEEDED at +1s
                           function: other
                           input: {"id": 1}
                           result: 1
                  +0s  invoke "failed" FAILED at +1s
                           function: other
                           input: {"id": 1}
                           error: Refused: no
                  +0s  invoke "timed_out" TIMED_OUT at +1s
                           function: other
                           input: {"id": 1}
                           error: Refused: no
                  +0s  invoke "stopped" STOPPED at +1s
                           function: other
                           input: {"id": 1}
                           error: Refused: no
                  +0s  invoke "started" STARTED
                           function: other
    `);
  });

  test("prints what another service might have done", () => {
    expect(oddResult()).toMatchInlineSnapshot(`
      PENDING after 0s, 0 invocations

                  +0s  wait 0s STARTED
                  +0s  context STARTED
                  +0s    callback STARTED
    `);
  });

  test("says what came with an error, unless the message says it", async () => {
    const stopped = new DurableTestRunner(
      withDurableExecution(async (_: undefined, context) => context.wait({ days: 1 })),
      { timeSkipping: "manual" },
    );
    await stopped.run();
    expect(await stopped.stop({ ErrorData: "[51]" })).toMatchInlineSnapshot(`
      STOPPED after 0s, 1 invocation

                  +0s  wait 1d 00h 00m 00s STARTED, ends at +1d 00h 00m 00s

      error: no reason given
      error data: [51]
    `);
  });

  test("has no ids, paths or stacks, wherever they turn up", async () => {
    const result = await run(async (_, context) => {
      const [first, second] = await Promise.all([
        context.createCallback("approval"),
        context.createCallback("approval"),
      ]);
      const unnamed = await context.createCallback();
      await context.step("links", () => [
        `https://example.com/?id=${encodeURIComponent(first.callbackId)}`,
        { [second.callbackId]: unnamed.callbackId, nothing: null },
        context.executionArn,
        { StackTrace: ["    at here (/home/somebody/handler.ts:1:2)"], message: "kept" },
        new Error("with a stack").stack,
      ]);
      throw new Error(`No answer to ${first.callbackId}, at /home/somebody/src/handler.ts:12:34.`);
    });
    expect(result).toMatchInlineSnapshot(`
      FAILED after 0s, 1 invocation
      input: {"id": "o-1"}

                  +0s  callback "approval" STARTED
                  +0s  callback "approval" STARTED
                  +0s  callback STARTED
                  +0s  step "links" SUCCEEDED
                           result: [
                             "https://example.com/?id=<callback approval>",
                             {
                               "<callback approval #2>": "<callback>",
                               "nothing": null,
                             },
                             "<execution>",
                             {
                               "message": "kept",
                             },
                             "Error: with a stack",
                           ]

      error: Error: No answer to <callback approval>, at handler.ts.
    `);
  });

  test.each([
    ["/home/me/order.ts:1:2", "order.ts"],
    ["file:///home/me/order.ts?v=2:1:2", "order.ts"],
    [String.raw`C:\src\order.ts:1:2`, "order.ts"],
    ["src/a.ts:1:2, then src/b.ts:3:4.", "a.ts, then b.ts."],
    ["(src/a.ts:1:2)", "(a.ts)"],
    ['"/home/o\'neil/order.ts:1:2"', '"order.ts"'],
    ["error:/home/me/order.ts:1:2", "error:order.ts"],
    ["order.ts:1:2", "order.ts:1:2"],
    ["at 10:20:30", "at 10:20:30"],
    ["https://example.com/a", "https://example.com/a"],
  ])("shows %s in a message as %s", async (message, shown) => {
    const result = await run(async () => Promise.reject(new Error(message)));
    const text = format(result, { plugins: [durableSnapshotSerializer] });
    expect(text).toContain(`error: Error: ${shown}`);
  });

  test("names what took another way on a replay, not where", async () => {
    let count = 0;
    const result = await run(async (_, context) => {
      await context.step(`step ${count++}`, () => 1);
      await context.wait({ seconds: 1 });
    });
    expect(result).toMatchInlineSnapshot(`
      FAILED after 1s, 2 invocations
      input: {"id": "o-1"}

                  +0s  step "step 0" SUCCEEDED
                           result: 1
                  +0s  wait 1s SUCCEEDED at +1s

      error: NonDeterministicExecutionError: The replay took another way. Operation <step step 0> was recorded as STEP "step 0"; the handler now asks for STEP "step 1", at snapshot.test.ts. Code outside steps must do the same on every invocation: move what depends on time, chance, module state or the outside world into a step.
    `);
  });

  test("fits in where it is nested", async () => {
    const result = await run(async () => "a long text ".repeat(10));
    expect({ results: [result] }).toMatchInlineSnapshot(`
      {
        "results": [
          SUCCEEDED after 0s, 1 invocation
          input: {"id": "o-1"}
          result: "a long text a long text a long text a long text a long text a long text a long text a long text a long text a long text ",
        ],
      }
    `);
  });

  test("is the same on every run", async () => {
    const print = async () =>
      format(
        await run(async (_, context) => {
          const callback = await context.createCallback("approval", { timeout: { hours: 1 } });
          await context.step("flaky", () => Promise.reject(new Error(callback.callbackId)));
        }),
        { plugins: [durableSnapshotSerializer] },
      );
    expect(await print()).toBe(await print());
  });

  test("is none of other values", () => {
    const isPrinted = [undefined, null, 1, "text", {}, { result: 1 }, []].map((value) =>
      durableSnapshotSerializer.test(value),
    );
    expect(isPrinted).not.toContain(true);
    const settings = { min: false, indent: "", spacingInner: "", spacingOuter: "" };
    expect(durableSnapshotSerializer.serialize("other", settings, "", 0, [], String)).toBe("other");
    const lookalike = { runToCompletion: () => {}, result: {} };
    expect(durableSnapshotSerializer.test(lookalike)).toBe(false);
  });
});
