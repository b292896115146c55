import { createRetryStrategy, withDurableExecution } from "@durabletest/runtime";
import { describe, expect, test } from "vitest";
import { DurableTestRunner, formatTimeline, respond, timelineSVG } from "../../src/index.ts";
import { oddResult, resultWithInvokes, resultWithNotices } from "./made-result.ts";

const order = withDurableExecution(async (input: { readonly id: string }, context) => {
  const approval = await context.createCallback<{ by: string }>("approval", {
    timeout: { hours: 48 },
    heartbeatTimeout: { hours: 12 },
  });
  await context.step("ask", () => ({ order: input.id, callbackId: approval.callbackId }));
  const answer = await approval.result();
  await context.wait("cooldown", { hours: 1 });
  return { by: answer?.by };
});

/** Whoever edits this file should not have to count its lines. */
const withoutLines = (text: string) => text.replaceAll(/(timeline\.test\.ts):\d+/g, "$1:<line>");

describe("a timeline", () => {
  test("names the callback of an invoked function that gets a heartbeat, as its picture does", async () => {
    const bank = withDurableExecution(async (_: unknown, context) => {
      const callback = await context.createCallback("bank", { heartbeatTimeout: { hours: 2 } });
      return callback.result();
    });
    const handler = withDurableExecution(async (_: unknown, context) => context.invoke("pay", {}));
    const runner = new DurableTestRunner(handler, {
      durableFunctions: { pay: bank },
      callbacks: {
        bank: respond.heartbeatEvery({ hours: 1 }).times(2).thenRespond(respond.success("paid")),
      },
    });
    const result = await runner.run(undefined);
    expect(formatTimeline(result)).toContain(
      'callback "bank" of an invoked function: 2 heartbeats from script, until +2h 00m 00s',
    );
    expect(timelineSVG(result)).toContain(
      "callback &quot;bank&quot; of an invoked function: heartbeat from script",
    );
  });

  test("goes from invocation to invocation, and tells what the world did in between", async () => {
    const runner = new DurableTestRunner(order);
    await runner.run({ id: "o-1" });
    await runner.advance({ hours: 3 });
    await runner.callback("approval").heartbeat();
    await runner.advance({ minutes: 1 });
    const result = await runner.callback("approval").succeed({ by: "kim" });
    expect(formatTimeline(result)).toMatchInlineSnapshot(`
      "SUCCEEDED after 4h 01m 00s, 3 invocations
                  +0s   input {"id":"o-1"}
                      ┌ invocation 1
                      │ callback "approval" opens, timeout 2d 00h 00m 00s, heartbeat timeout 12h 00m 00s
                      │ step "ask" → {"order":"o-1","callbackId":"<callback approval>"}
                      └ suspended
          +3h 00m 00s   callback "approval": heartbeat from test
          +3h 01m 00s   callback "approval": success from test → {"by":"kim"}
                      ┌ invocation 2
                      │ wait "cooldown" for 1h 00m 00s
                      └ suspended
          +4h 01m 00s   wait "cooldown" is over
                      ┌ invocation 3
                      └ returned
                        SUCCEEDED → {"by":"kim"}"
    `);
  });

  test("shows attempts, nesting, failures and late answers", async () => {
    const handler = withDurableExecution(async (_: undefined, context) => {
      const late = await context.createCallback("late", { timeout: { minutes: 1 } });
      await context
        .runInChildContext("trip", async (child) => {
          await child.step(
            "reserve",
            ({ attempt }) => {
              if (attempt < 2) throw new Error("no seat\nleft");
            },
            { retryStrategy: createRetryStrategy({ jitter: "NONE" }) },
          );
          await child.waitForCallback("payment", async () => {});
        })
        .catch(() => {});
      await late.result();
      await context.wait({ minutes: 5 });
      const beating = await context.createCallback("beating", { heartbeatTimeout: { minutes: 2 } });
      await beating.result();
      throw new Error("x".repeat(120));
    });
    const runner = new DurableTestRunner(handler, {
      callbacks: {
        payment: respond.failure({ ErrorType: "PaymentDeclined" }),
        late: respond.success().after({ minutes: 3 }),
        beating: respond.heartbeatEvery({ minutes: 1 }).times(3),
      },
    });
    expect(withoutLines(formatTimeline(await runner.run()))).toMatchInlineSnapshot(`
      "FAILED after 11m 00s, 6 invocations
                  +0s ┌ invocation 1
                      │ callback "late" opens, timeout 1m 00s
                      │ runInChildContext "trip" begins
                      │ trip › step "reserve" failed: Error: no seat left, again in 5s
                      └ suspended
                  +5s ┌ invocation 2
                      │ trip › step "reserve", attempt 2
                      │ trip › waitForCallback "payment" begins
                      │ trip › payment › callback opens
                      │ trip › payment › submitter
                      └ suspended
                        trip › payment › callback: failure from script: PaymentDeclined
                      ┌ invocation 3
                      │ trip › waitForCallback "payment" failed: CallbackExternalError: The outside world failed callback "payment": PaymentDeclined
                      │ runInChildContext "trip" failed: CallbackExternalError: The outside world failed callback "payment": PaymentDeclined
                      └ suspended
              +1m 00s   callback "late" times out
                      ┌ invocation 4
                      │ wait for 5m 00s
                      └ suspended
              +3m 00s   callback "late": success from script, too late: ignored
              +6m 00s   wait is over
                      ┌ invocation 5
                      │ callback "beating" opens, heartbeat timeout 2m 00s
                      └ suspended
              +7m 00s   callback "beating": 3 heartbeats from script, until +9m 00s
             +11m 00s   callback "beating" times out: no heartbeat
                      ┌ invocation 6
                      └ threw at timeline.test.ts:<line>: Error: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
                        FAILED: Error: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…"
    `);
  });

  test("shows how an execution ends from outside", async () => {
    const stopped = new DurableTestRunner(order);
    await stopped.run({ id: "o-1" });
    expect(formatTimeline(await stopped.stop())).toMatchInlineSnapshot(`
      "STOPPED after 0s, 1 invocation
                  +0s   input {"id":"o-1"}
                      ┌ invocation 1
                      │ callback "approval" opens, timeout 2d 00h 00m 00s, heartbeat timeout 12h 00m 00s
                      │ step "ask" → {"order":"o-1","callbackId":"<callback approval>"}
                      └ suspended
                        STOPPED: Stopped: The execution was stopped."
    `);

    const timedOut = new DurableTestRunner(order);
    await timedOut.run({ id: "o-1" }, { timeout: { hours: 1 } });
    expect(formatTimeline(await timedOut.runToCompletion())).toMatchInlineSnapshot(`
      "TIMED_OUT after 1h 00m 00s, 1 invocation
                  +0s   input {"id":"o-1"}
                      ┌ invocation 1
                      │ callback "approval" opens, timeout 2d 00h 00m 00s, heartbeat timeout 12h 00m 00s
                      │ step "ask" → {"order":"o-1","callbackId":"<callback approval>"}
                      └ suspended
          +1h 00m 00s   TIMED_OUT: the execution took too long"
    `);
  });

  test("shows an invocation that is going on, and a step whose function has not returned", async () => {
    let seen = "";
    const runner: DurableTestRunner<undefined, void> = new DurableTestRunner(
      withDurableExecution(async (_: undefined, context) => {
        await context.createCallback("approval");
        await context.step("look", () => {
          seen = formatTimeline(runner.result);
        });
      }),
    );
    const running = runner.run();
    expect(formatTimeline(runner.result)).toMatchInlineSnapshot(`
      "PENDING after 0s, 1 invocation
                  +0s ┌ invocation 1"
    `);
    await running;
    expect(seen).toMatchInlineSnapshot(`
      "PENDING after 0s, 1 invocation
                  +0s ┌ invocation 1
                      │ callback "approval" opens"
    `);
  });

  test("shows an invocation that died", async () => {
    let invocations = 0;
    const handler = withDurableExecution(async (_: undefined, context) => {
      invocations += 1;
      await context.step("first", () => {});
      if (invocations === 1) process.exit(3);
    });
    const result = await new DurableTestRunner(handler).run();
    expect(formatTimeline(result)).toMatchInlineSnapshot(`
      "SUCCEEDED after 0s, 2 invocations
                  +0s ┌ invocation 1
                      │ step "first"
                      └ died: Runtime.ExitError: Runtime exited with error: exit status 3
                      ┌ invocation 2
                      └ returned
                        SUCCEEDED"
    `);
  });

  test("shows invocations of other functions", () => {
    expect(formatTimeline(resultWithInvokes())).toMatchInlineSnapshot(`
      "PENDING after 0s, 0 invocations
                  +0s   invoke "succeeded" of other with {"id":1}
                        invoke "failed" of other with {"id":1}
                        invoke "timed_out" of other with {"id":1}
                        invoke "stopped" of other with {"id":1}
                        invoke "started" of other
                  +1s   invoke "succeeded" → 1
                        invoke "failed" failed: Refused: no
                        invoke "timed_out" times out
                        invoke "stopped" is stopped"
    `);
  });

  test("shows what another service might have done", () => {
    expect(formatTimeline(oddResult())).toMatchInlineSnapshot(`
      "PENDING after 0s, 0 invocations
                  +0s   wait is cancelled
                        context › callback: success
                        context › callback: failure: no reason given
                      └ ended"
    `);
  });

  test("shows where a step waits for a callback of its own", async () => {
    const handler = withDurableExecution(async (_: undefined, context) =>
      context.step("ask", async (step) => {
        const answer = await step.createCallback<string>("answer");
        return answer.result();
      }),
    );
    const runner = new DurableTestRunner(handler, {
      callbacks: { answer: respond.success("yes").after({ minutes: 1 }) },
    });
    expect(formatTimeline(await runner.run())).toMatchInlineSnapshot(`
      "SUCCEEDED after 1m 00s, 2 invocations
                  +0s ┌ invocation 1
                      │ step "ask" starts
                      │ callback "answer" opens
                      └ suspended
              +1m 00s   callback "answer": success from script → "yes"
                      ┌ invocation 2
                      │ step "ask" → "yes"
                      └ returned
                        SUCCEEDED → "yes""
    `);
  });

  test("shows in which invocation a heartbeat came", async () => {
    const handler = withDurableExecution(async (_: undefined, context) => {
      const job = await context.createCallback("job", { heartbeatTimeout: { hours: 1 } });
      await context.step("start", async () => {
        await new Promise((resolve) => {
          setTimeout(resolve, 5000);
        });
      });
      return job.result();
    });
    const runner = new DurableTestRunner(handler, {
      callbacks: {
        job: respond
          .heartbeatEvery({ seconds: 2 })
          .times(1)
          .thenRespond(respond.success("done").after({ hours: 1 })),
      },
    });
    expect(formatTimeline(await runner.run())).toMatchInlineSnapshot(`
      "SUCCEEDED after 1h 00m 02s, 2 invocations
                  +0s ┌ invocation 1
                      │ callback "job" opens, heartbeat timeout 1h 00m 00s
                      │ step "start" starts
                  +2s │ callback "job": heartbeat from script
                  +5s │ step "start"
                      └ suspended
          +1h 00m 02s   callback "job" times out: no heartbeat
                      ┌ invocation 2
                      └ returned
                        SUCCEEDED
                        callback "job": success from script, too late: ignored"
    `);
  });

  test("of nothing says so", () => {
    const runner = new DurableTestRunner(order);
    expect(formatTimeline(runner.result)).toBe("NOT STARTED");
  });

  test("is coloured on demand", async () => {
    const runner = new DurableTestRunner(order, { callbacks: { approval: respond.never() } });
    const result = await runner.run({ id: "o-1" });
    const coloured = formatTimeline(result, { color: true });
    expect(coloured).toContain("\u001B[32mSUCCEEDED after");
    expect(coloured).toContain("\u001B[31mcallback");
    // oxlint-disable-next-line no-control-regex
    expect(coloured.replaceAll(/\u001B\[\d+m/g, "")).toBe(formatTimeline(result));
  });

  test("calls what has no name after what it belongs to", async () => {
    const handler = withDurableExecution(async (_: undefined, context) => {
      await context.map("charge", ["a", "b"], async (item, child) => item.step("pay", () => child));
      await context.parallel("checks", [
        async (branch) => branch.step(() => "fine"),
        { name: "fraud", func: async (branch) => branch.wait({ seconds: 1 }) },
      ]);
      await context.map([1], async (item) => item.waitForCallback(() => {}));
    });
    const runner = new DurableTestRunner(handler);
    expect(formatTimeline(await runner.run())).toMatchInlineSnapshot(`
      "PENDING after 1s, 2 invocations
                  +0s ┌ invocation 1
                      │ map "charge" begins
                      │ charge[0] begins
                      │ charge[1] begins
                      │ charge[0] › step "pay" → "a"
                      │ charge[1] › step "pay" → "b"
                      │ charge[0] done → "a"
                      │ charge[1] done → "b"
                      │ map "charge" done: 2 SUCCEEDED, ALL_COMPLETED
                      │ parallel "checks" begins
                      │ checks[0] begins
                      │ checks › branch "fraud" begins
                      │ checks › fraud › wait for 1s
                      │ checks[0] › step → "fine"
                      │ checks[0] done → "fine"
                      └ suspended
                  +1s   checks › fraud › wait is over
                      ┌ invocation 2
                      │ checks › branch "fraud" done
                      │ parallel "checks" done: 2 SUCCEEDED, ALL_COMPLETED
                      │ map begins
                      │ map[0] begins
                      │ map[0] › waitForCallback begins
                      │ map[0] › waitForCallback › callback opens
                      │ map[0] › waitForCallback › submitter
                      └ suspended"
    `);
  });

  test("shows what a handler left behind, in the invocation in which it did", () => {
    expect(formatTimeline(resultWithNotices())).toMatchInlineSnapshot(`
      "PENDING after 0s, 2 invocations
                  +0s ┌ invocation 1
                      │ step "charge" starts
                      │ notice: step "charge": nobody awaits it. Await it. Made at handler (src/order.ts:12:5).
                      └ suspended
                      ┌ invocation 2
                      │ notice: a timer of 5s was cut off by the suspension.
                      └ suspended"
    `);
    expect(formatTimeline(resultWithNotices(), { color: true })).toContain("\u001B[33mnotice: ");
  });
});

describe("a timeline cannot be drawn", () => {
  const drawn = (...given: readonly unknown[]) =>
    Reflect.apply(formatTimeline, undefined, given) as unknown;

  test.for([undefined, null, "result", {}])("of %j", (given) => {
    expect(() => drawn(given)).toThrow(/^formatTimeline: .* neither a result nor a runner/);
  });

  test("of a run that nobody awaited", async () => {
    const running = new DurableTestRunner(order).run({ id: "o-1" });
    expect(() => drawn(running)).toThrow("formatTimeline: It was called on a promise. Await it");
    await running;
  });

  test.for([
    { options: { colour: true }, says: 'There is no option "colour". Did you mean "color"?' },
    { options: { maxRows: 0 }, says: "maxRows: 0 is not a whole number of at least 1." },
    { options: { maxRows: Number.NaN }, says: "maxRows: NaN is not a whole number" },
    { options: { color: 1 }, says: "color: 1 is not true or false." },
    { options: 30, says: "The options of formatTimeline 30 are no object." },
  ])("with $options", ({ options, says }) => {
    const { result } = new DurableTestRunner(order);
    expect(() => drawn(result, options)).toThrow(says);
  });
});

describe("a timeline with too many rows", () => {
  test("shows once what repeats itself, by how it begins and how it ends", async () => {
    const handler = withDurableExecution(async (_: undefined, context) => {
      for (let index = 0; index < 20; index += 1) await context.step(`step ${index}`, () => {});
    });
    const result = await new DurableTestRunner(handler).run();
    expect(formatTimeline(result, { maxRows: 6 })).toMatchInlineSnapshot(`
      "SUCCEEDED after 0s, 1 invocation
                  +0s ┌ invocation 1
                      │ step "step 0"
                      … 18 more like the row above
                  +0s │ step "step 19"
                      └ returned
                        SUCCEEDED"
    `);
  });

  test("shows the loop that a handler goes round in", async () => {
    const handler = withDurableExecution(async (_: undefined, context) => {
      for (let round = 0; round < 50; round += 1) {
        await context.step("poll", () => round);
        await context.wait("pause", { minutes: 1 });
      }
    });
    const result = await new DurableTestRunner(handler).run();
    expect(formatTimeline(result, { maxRows: 30 })).toMatchInlineSnapshot(`
      "SUCCEEDED after 50m 00s, 51 invocations
                  +0s ┌ invocation 1
                      │ step "poll" → 0
                      │ wait "pause" for 1m 00s
                      └ suspended
              +1m 00s   wait "pause" is over
                      … 48 more times like the 5 rows above
             +49m 00s ┌ invocation 50
                      │ step "poll" → 49
                      │ wait "pause" for 1m 00s
                      └ suspended
             +50m 00s   wait "pause" is over
                      ┌ invocation 51
                      └ returned
                        SUCCEEDED"
    `);
  });

  test("keeps what went wrong, and what came before it", async () => {
    const words = "alpha bravo charlie delta echo foxtrot golf hotel india juliett".split(" ");
    const handler = withDurableExecution(async (_: undefined, context) => {
      for (const word of words) await context.step(word, () => {});
      await context
        .step(
          "charge",
          ({ attempt }) => {
            throw new Error(attempt === 1 ? "card declined" : "card stolen");
          },
          { retryStrategy: createRetryStrategy({ maxAttempts: 2, jitter: "NONE" }) },
        )
        .catch(() => {});
      for (const word of words) await context.step(`${word}s`, () => {});
    });
    const result = await new DurableTestRunner(handler).run();
    expect(withoutLines(formatTimeline(result, { maxRows: 12 }))).toMatchInlineSnapshot(`
      "SUCCEEDED after 5s, 2 invocations
                  +0s ┌ invocation 1
                      … 9 more
                  +0s │ step "juliett"
                      │ step "charge" failed: Error: card declined, again in 5s
                      └ suspended
                  +5s ┌ invocation 2
                      │ step "charge", attempt 2 failed at timeline.test.ts:<line>: Error: card stolen
                      … 5 more
                  +5s │ step "foxtrots"
                      │ step "golfs"
                      │ step "hotels"
                      │ step "indias"
                      │ step "julietts"
                      └ returned
                        SUCCEEDED"
    `);
  });

  test.each([
    ["a long word", "Q".repeat(200_000)],
    ["a path without end", "a/".repeat(100_000)],
    ["line breaks", "\n".repeat(100_000)],
    ["blanks", " ".repeat(200_000)],
    ["what looks like a frame", `no\n    at ${"1:".repeat(100_000)}x`],
  ])("is made in no time of %s, wherever it stands", async (_, text) => {
    const handler = withDurableExecution(async (__: undefined, context) => {
      context.logger.info(text);
      await context.step("fetch", () => text);
      throw new Error(text);
    });
    const result = await new DurableTestRunner(handler).run();
    expect(formatTimeline(result)).toContain('step "fetch" → ');
  });

  test("shows no more of a row than can be read", async () => {
    const handler = withDurableExecution(async (_: undefined, context) => {
      await context.runInChildContext("x".repeat(200), async (child) => child.step("y", () => {}));
    });
    const lines = formatTimeline(await new DurableTestRunner(handler).run(), { maxRows: 3 });
    expect(Math.max(...lines.split("\n").map(({ length }) => length))).toBeLessThan(200);
  });
});
