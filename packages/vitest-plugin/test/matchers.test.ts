/* oxlint-disable typescript/no-unsafe-assignment, typescript/no-unsafe-argument -- Vitest types its asymmetric matchers as any */
import { stripVTControlCharacters } from "node:util";
import {
  CallbackExternalError,
  CallbackTimeoutError,
  createRetryStrategy,
  type DurableContext,
  withDurableExecution,
} from "@durabletest/runtime";
import { describe, expect, test } from "vitest";
import { durableTest, DurableTestRunner, respond, type RunnerOptions } from "../src/index.ts";

interface Order {
  readonly id: string;
}

const once = { retryStrategy: () => ({ shouldRetry: false }) };

const approval = withDurableExecution(async (order: Order, context: DurableContext) => {
  const callback = await context.createCallback<{ by: string }>("approval", {
    timeout: { hours: 48 },
    heartbeatTimeout: { hours: 12 },
  });
  const answer = await callback.result();
  return answer === undefined
    ? { order: order.id, status: "expired" }
    : { order: order.id, status: "shipped", by: answer.by };
});

class PaymentDeclined extends Error {
  override readonly name = "PaymentDeclined";
}

const failing = withDurableExecution(async (_: undefined, context: DurableContext) =>
  context.runInChildContext("payment", async (child) =>
    child.step(
      "charge",
      () => {
        throw new PaymentDeclined("no money on the card");
      },
      once,
    ),
  ),
);

const start = async (options?: RunnerOptions) => {
  const runner = new DurableTestRunner(approval, options);
  return { runner, waiting: await runner.run({ id: "o-1" }) };
};
const shipped = async () =>
  new DurableTestRunner(approval, { callbacks: { approval: respond.success({ by: "kim" }) } }).run({
    id: "o-1",
  });
const declined = async () => new DurableTestRunner(failing).run();

/** What a matcher says when it does not hold. */
function says(assertion: () => void): string {
  try {
    assertion();
  } catch (error) {
    const text = stripVTControlCharacters((error as Error).message);
    // Frames are where the checkout is, and how many there are the framework's choice; the first of this file is enough.
    return text
      .replaceAll(/\n +at (?!.*\/matchers\.test\.ts:).*$/gm, "")
      .replaceAll(/(\n +at .*)(?:\n +at .*)+/g, "$1")
      .replaceAll(/\/\S*\/(matchers\.test\.ts):\d+:\d+/g, "…/$1")
      .replaceAll(/ at matchers\.test\.ts:\d+:/g, " at matchers.test.ts:<line>:");
  }
  return "nothing: it holds";
}

describe("toHaveSucceeded", () => {
  test("holds for a success, of a result or of a runner", async () => {
    const { runner, waiting } = await start();
    expect(waiting).not.toHaveSucceeded();
    const result = await runner.callback("approval").succeed({ by: "kim" });
    expect(result).toHaveSucceeded();
    expect(runner).toHaveSucceeded();
    expect(await declined()).not.toHaveSucceeded();
  });

  test("says what is waited for, since when, until when, and how to go on", async () => {
    const { waiting } = await start();
    expect(says(() => expect(waiting).toHaveSucceeded())).toMatchInlineSnapshot(`
      "expect(result).toHaveSucceeded()

      The execution is PENDING after 0s of virtual time. It waits for:
        callback "approval", open since +0s, times out at +2d 00h 00m 00s, heartbeat due by +12h 00m 00s

      To go on:
        await runner.callback("approval").succeed(…)  // the answer; or .fail(…), .heartbeat()
        callbacks: { approval: respond.success(…) }   // an option of the runner: it comes by itself
        await runner.advance({ hours: 12 })           // time passes, up to what is due next
        await runner.runToCompletion()                // the world stays silent: all deadlines pass

      Timeline
        PENDING after 0s, 1 invocation
                    +0s   input {"id":"o-1"}
                        ┌ invocation 1
                        │ callback "approval" opens, timeout 2d 00h 00m 00s, heartbeat timeout 12h 00m 00s
                        └ suspended"
    `);
  });

  test("says why it failed, and where", async () => {
    const result = await declined();
    expect(says(() => expect(result).toHaveSucceeded())).toMatchInlineSnapshot(`
      "expect(result).toHaveSucceeded()

      The execution FAILED after 0s of virtual time:
        ChildContextError: Child context "payment" failed: StepError: Step "charge" failed: PaymentDeclined: no money on the card

      Timeline
        FAILED after 0s, 1 invocation
                    +0s ┌ invocation 1
                        │ runInChildContext "payment" begins
                        │ payment › step "charge" failed at matchers.test.ts:<line>: PaymentDeclined: no money on the card
                        │ runInChildContext "payment" failed: StepError: Step "charge" failed: PaymentDeclined: no money on the card
                        └ threw at matchers.test.ts:<line>: ChildContextError: Child context "payment" failed: StepError: Step "charge" failed: PaymentDeclined…
                          FAILED: ChildContextError: Child context "payment" failed: StepError: Step "charge" failed: PaymentDeclined…
          at …/matchers.test.ts"
    `);
  });

  test("says what it succeeded with, when it should not have", async () => {
    const result = await shipped();
    expect(says(() => expect(result).not.toHaveSucceeded())).toMatchInlineSnapshot(`
      "expect(result).not.toHaveSucceeded()

      The execution SUCCEEDED after 0s of virtual time, with Object {
        "by": "kim",
        "order": "o-1",
        "status": "shipped",
      }"
    `);
  });

  test("names waits and retries that stand still in manual mode", async () => {
    const handler = withDurableExecution(async (_: undefined, context: DurableContext) => {
      await Promise.all([
        context.wait("cooldown", { hours: 1, minutes: 30 }),
        context.step(
          "flaky",
          () => {
            throw new Error("not yet");
          },
          { retryStrategy: createRetryStrategy({ jitter: "NONE" }) },
        ),
      ]);
    });
    const runner = new DurableTestRunner(handler, { timeSkipping: "manual" });
    await runner.run();
    expect(says(() => expect(runner).toHaveSucceeded())).toMatchInlineSnapshot(`
      "expect(runner).toHaveSucceeded()

      The execution is PENDING after 0s of virtual time. It waits for:
        wait "cooldown", open since +0s, ends at +1h 30m 00s
        step "flaky", open since +0s, next attempt at +5s

      To go on:
        await runner.advance({ seconds: 5 })  // time passes, up to what is due next
        await runner.runToCompletion()        // the world stays silent: all deadlines pass

      Timeline
        PENDING after 0s, 1 invocation
                    +0s ┌ invocation 1
                        │ wait "cooldown" for 1h 30m 00s
                        │ step "flaky" failed at matchers.test.ts:<line>: Error: not yet, again in 5s
                        └ suspended"
    `);
  });

  test("does not offer to wait for what has no deadline", async () => {
    const handler = withDurableExecution(async (_: undefined, context: DurableContext) => {
      const [unnamed, named] = await Promise.all([
        context.createCallback(),
        context.createCallback("a name with spaces"),
      ]);
      await Promise.race([unnamed.result(), named.result()]);
    });
    const result = await new DurableTestRunner(handler).run();
    expect(says(() => expect(result).toHaveSucceeded())).toMatchInlineSnapshot(`
      "expect(result).toHaveSucceeded()

      The execution is PENDING after 0s of virtual time. It waits for:
        callback, open since +0s
        callback "a name with spaces", open since +0s

      To go on:
        await runner.sendCallbackSuccess("3Sx8rU9j/HdcOyVTPiItoKGFUPugmui/VsXJcjfvUhQ=", …)  // the answer
        await runner.callback("a name with spaces").succeed(…)  // the answer; or .fail(…), .heartbeat()
        callbacks: { "a name with spaces": respond.success(…) }  // an option of the runner: it comes by itself

      Timeline
        PENDING after 0s, 1 invocation
                    +0s ┌ invocation 1
                        │ callback opens
                        │ callback "a name with spaces" opens
                        └ suspended"
    `);
  });
});

test("a message stays readable when a handler waits for a lot", async () => {
  const handler = withDurableExecution(async (_: undefined, context: DurableContext) => {
    const callbacks = await Promise.all(
      Array.from({ length: 200 }, (__, index) => context.createCallback(`approval ${index}`)),
    );
    await Promise.all(callbacks.map((callback) => callback.result()));
  });
  const result = await new DurableTestRunner(handler).run();
  const lines = says(() => expect(result).toHaveSucceeded()).split("\n");
  expect(lines).toContain("  and 195 more");
  expect(lines.length).toBeLessThan(60);
});

describe("toHaveSucceededWith", () => {
  test("compares as toEqual does, with asymmetric matchers", async () => {
    const result = await shipped();
    expect(result).toHaveSucceededWith({ order: "o-1", status: "shipped", by: "kim" });
    expect(result).toHaveSucceededWith({
      order: "o-1",
      status: "shipped",
      by: "kim",
      note: undefined,
    });
    expect(result).toHaveSucceededWith(expect.objectContaining({ status: "shipped" }));
    expect(result).toHaveSucceededWith({
      order: expect.any(String),
      status: "shipped",
      by: "kim",
    });
    expect(result).not.toHaveSucceededWith({ status: "shipped" });
    expect((await start()).waiting).not.toHaveSucceededWith(undefined);
  });

  test("shows the difference, and only that", async () => {
    const result = await shipped();
    const message = says(() =>
      expect(result).toHaveSucceededWith({
        order: expect.any(String),
        status: "rejected",
        by: "kim",
      }),
    );
    expect(message).toMatchInlineSnapshot(`
      "expect(result).toHaveSucceededWith(expected)

      - Expected
      + Received

        {
          "by": "kim",
          "order": "o-1",
      -   "status": "rejected",
      +   "status": "shipped",
        }

      Timeline
        SUCCEEDED after 0s, 2 invocations
                    +0s   input {"id":"o-1"}
                        ┌ invocation 1
                        │ callback "approval" opens, timeout 2d 00h 00m 00s, heartbeat timeout 12h 00m 00s
                        └ suspended
                          callback "approval": success from script → {"by":"kim"}
                        ┌ invocation 2
                        └ returned
                          SUCCEEDED → {"order":"o-1","status":"shipped","by":"kim"}"
    `);
  });

  test("shows both where there is no difference to show", async () => {
    const result = await shipped();
    expect(
      says(() => expect(result).toHaveSucceededWith(expect.objectContaining({ status: "lost" }))),
    ).toMatchInlineSnapshot(`
      "expect(result).toHaveSucceededWith(expected)

      - Expected
      + Received

      - ObjectContaining {
      -   "status": "lost",
      + {
      +   "by": "kim",
      +   "order": "o-1",
      +   "status": "shipped",
        }

      Timeline
        SUCCEEDED after 0s, 2 invocations
                    +0s   input {"id":"o-1"}
                        ┌ invocation 1
                        │ callback "approval" opens, timeout 2d 00h 00m 00s, heartbeat timeout 12h 00m 00s
                        └ suspended
                          callback "approval": success from script → {"by":"kim"}
                        ┌ invocation 2
                        └ returned
                          SUCCEEDED → {"order":"o-1","status":"shipped","by":"kim"}"
    `);
  });

  test("shows both where no difference can be made out", async () => {
    const result = await new DurableTestRunner(withDurableExecution(async () => {})).run();
    expect(says(() => expect(result).toHaveSucceededWith(expect.anything())))
      .toMatchInlineSnapshot(`
        "expect(result).toHaveSucceededWith(expected)

        Expected: Anything
        Received: undefined

        Timeline
          SUCCEEDED after 0s, 1 invocation
                      +0s ┌ invocation 1
                          └ returned
                            SUCCEEDED"
      `);
  });

  test("compares lists item by item", async () => {
    const lists = withDurableExecution(async () => [{ id: 1 }, { id: 2 }, { id: 3 }]);
    const result = await new DurableTestRunner(lists).run();
    expect(result).toHaveSucceededWith([{ id: 1 }, expect.anything(), { id: 3 }]);
    const message = says(() =>
      expect(result).toHaveSucceededWith([{ id: expect.any(Number) }, { id: 5 }]),
    );
    expect(message).toMatchInlineSnapshot(`
      "expect(result).toHaveSucceededWith(expected)

      - Expected
      + Received

        [
          {
            "id": 1,
          },
          {
      -     "id": 5,
      +     "id": 2,
      +   },
      +   {
      +     "id": 3,
          },
        ]

      Timeline
        SUCCEEDED after 0s, 1 invocation
                    +0s ┌ invocation 1
                        └ returned
                          SUCCEEDED → [{"id":1},{"id":2},{"id":3}]"
    `);
  });

  test("says what is waited for, when nothing has come out yet", async () => {
    const { waiting } = await start({ callbacks: {} });
    const message = says(() => expect(waiting).toHaveSucceededWith({ status: "shipped" }));
    expect(message).toMatch(/Expected result: (?:Object )?\{/);
    expect(message).toContain('await runner.callback("approval").succeed(…)');
    expect(message).toContain("\nTimeline\n");
  });

  test("says what it should not have been", async () => {
    const result = await shipped();
    const message = says(() => expect(result).not.toHaveSucceededWith(expect.anything()));
    expect(message).toMatch(/It succeeded with (?:Object )?\{/);
  });
});

describe("toHaveFailedWith", () => {
  test("takes a text, a RegExp, a class, an error, fields, or an asymmetric matcher", async () => {
    const result = await declined();
    expect(result).toHaveFailedWith("no money");
    expect(result).toHaveFailedWith("ChildContextError");
    expect(result).toHaveFailedWith(/^Child context "payment" failed/);
    expect(result).toHaveFailedWith({ ErrorType: "ChildContextError" });
    expect(result).toHaveFailedWith({ ErrorMessage: expect.stringContaining("money") });
    expect(result).toHaveFailedWith(expect.objectContaining({ ErrorType: "ChildContextError" }));
    expect(result).not.toHaveFailedWith("plenty of money");
    expect(result).not.toHaveFailedWith(/plenty/);
    expect(result).not.toHaveFailedWith(RangeError);
    expect(result).not.toHaveFailedWith(new PaymentDeclined("something else"));
    expect(result).not.toHaveFailedWith({ ErrorType: "PaymentAccepted" });
    expect(result).not.toHaveFailedWith(expect.objectContaining({ ErrorType: "Other" }));
    expect(await shipped()).not.toHaveFailedWith("no money");
  });

  test("looks through the errors that wrap the one that was thrown", async () => {
    const result = await declined();
    expect(result).toHaveFailedWith(PaymentDeclined);
    expect(result).toHaveFailedWith("PaymentDeclined");
    expect(result).toHaveFailedWith(new PaymentDeclined("no money on the card"));
    expect(result).toHaveFailedWith({ ErrorType: "StepError" });
  });

  test("holds for an execution that was stopped, or took too long", async () => {
    const { runner: stopped } = await start();
    await stopped.stop({ ErrorType: "Maintenance", ErrorMessage: "back soon" });
    expect(stopped).toHaveFailedWith({ ErrorType: "Maintenance" });

    const late = new DurableTestRunner(approval);
    await late.run({ id: "o-1" }, { timeout: { hours: 1 } });
    expect(await late.runToCompletion()).toHaveFailedWith(expect.anything());
    expect(late.result.status).toBe("TIMED_OUT");
  });

  test("knows the errors of the runtime", async () => {
    const handler = withDurableExecution(async (_: undefined, context: DurableContext) =>
      context.waitForCallback("payment", () => {}, { timeout: { minutes: 5 } }),
    );
    const silent = new DurableTestRunner(handler, { callbacks: { payment: respond.never() } });
    expect(await silent.run()).toHaveFailedWith(CallbackTimeoutError);
    const refused = new DurableTestRunner(handler, {
      callbacks: { payment: respond.failure({ ErrorType: "Refused" }) },
    });
    expect(await refused.run()).toHaveFailedWith(CallbackExternalError);
    expect(refused).toHaveFailedWith("Refused");
  });

  test("looks into an AggregateError, at what is no error too", async () => {
    const handler = withDurableExecution(async () => {
      throw new AggregateError(["sold out", { status: 503 }, new RangeError("far")], "all failed");
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result).toHaveFailedWith("sold out");
    expect(result).toHaveFailedWith("503");
    expect(result).toHaveFailedWith(RangeError);
    expect(result).not.toHaveFailedWith("open");
  });

  test("an empty text is an error without a message", async () => {
    const handler = withDurableExecution(async () => {
      throw new Error("");
    });
    expect(await new DurableTestRunner(handler).run()).toHaveFailedWith("");
    expect(await declined()).not.toHaveFailedWith("");
  });

  test("a RegExp with a position starts over each time", async () => {
    const result = await declined();
    const pattern = /money/g;
    expect(result).toHaveFailedWith(pattern);
    expect(result).toHaveFailedWith(pattern);
  });

  test("says what it failed with instead", async () => {
    const result = await declined();
    expect(says(() => expect(result).toHaveFailedWith({ ErrorType: "SoldOut" })))
      .toMatchInlineSnapshot(`
        "expect(result).toHaveFailedWith(expected)

        It should have failed with an error like the expected one.

        The execution FAILED after 0s of virtual time:
          ChildContextError: Child context "payment" failed: StepError: Step "charge" failed: PaymentDeclined: no money on the card

        Causes:
          ChildContextError: Child context "payment" failed: StepError: Step "charge" failed: PaymentDeclined: no money on the card
          caused by StepError: Step "charge" failed: PaymentDeclined: no money on the card
          caused by PaymentDeclined: no money on the card

        - Expected
        + Received

          {
        -   "ErrorType": "SoldOut",
        +   "ErrorType": "ChildContextError",
          }

        Timeline
          FAILED after 0s, 1 invocation
                      +0s ┌ invocation 1
                          │ runInChildContext "payment" begins
                          │ payment › step "charge" failed at matchers.test.ts:<line>: PaymentDeclined: no money on the card
                          │ runInChildContext "payment" failed: StepError: Step "charge" failed: PaymentDeclined: no money on the card
                          └ threw at matchers.test.ts:<line>: ChildContextError: Child context "payment" failed: StepError: Step "charge" failed: PaymentDeclined…
                            FAILED: ChildContextError: Child context "payment" failed: StepError: Step "charge" failed: PaymentDeclined…
            at …/matchers.test.ts"
      `);
    expect(says(() => expect(result).toHaveFailedWith(RangeError))).toContain(
      'It should have failed with an error of the type "RangeError".',
    );
    expect(says(() => expect(result).toHaveFailedWith(new RangeError("far out")))).toContain(
      'It should have failed with the error "RangeError: far out".',
    );
    expect(says(() => expect(result).toHaveFailedWith(/far/))).toContain(
      "It should have failed with an error whose message matches /far/.",
    );
    expect(says(() => expect(result).toHaveFailedWith("far"))).toContain(
      'It should have failed with an error whose message contains, or whose type is, "far".',
    );
    expect(says(() => expect(result).toHaveFailedWith(expect.any(String)))).toContain(
      "It should have failed with an error like Any<String>.",
    );
  });

  test("says that it has not failed", async () => {
    const result = await shipped();
    expect(says(() => expect(result).toHaveFailedWith("no money"))).toMatchInlineSnapshot(`
      "expect(result).toHaveFailedWith(expected)

      It should have failed with an error whose message contains, or whose type is, "no money".

      The execution SUCCEEDED after 0s of virtual time, with Object {
        "by": "kim",
        "order": "o-1",
        "status": "shipped",
      }

      Timeline
        SUCCEEDED after 0s, 2 invocations
                    +0s   input {"id":"o-1"}
                        ┌ invocation 1
                        │ callback "approval" opens, timeout 2d 00h 00m 00s, heartbeat timeout 12h 00m 00s
                        └ suspended
                          callback "approval": success from script → {"by":"kim"}
                        ┌ invocation 2
                        └ returned
                          SUCCEEDED → {"order":"o-1","status":"shipped","by":"kim"}"
    `);
  });

  test("says what it should not have failed with", async () => {
    const result = await declined();
    expect(says(() => expect(result).not.toHaveFailedWith(PaymentDeclined))).toMatchInlineSnapshot(`
      "expect(result).not.toHaveFailedWith(expected)

      It should not have failed with an error of the type "PaymentDeclined".

      It FAILED:
        ChildContextError: Child context "payment" failed: StepError: Step "charge" failed: PaymentDeclined: no money on the card
        caused by StepError: Step "charge" failed: PaymentDeclined: no money on the card
        caused by PaymentDeclined: no money on the card"
    `);
  });

  test("refuses what no execution can fail with, also with .not", async () => {
    const result = await declined();
    // @ts-expect-error -- a number is no error
    expect(says(() => expect(result).not.toHaveFailedWith(5))).toBe(
      "toHaveFailedWith: 5 is nothing an execution can fail with. Give a text, a RegExp, a class of errors, an Error, or some fields of an ErrorObject.",
    );
    // @ts-expect-error -- nothing is no error
    expect(says(() => expect(result).toHaveFailedWith())).toContain("undefined is nothing");
    // @ts-expect-error -- a list is no error
    expect(says(() => expect(result).toHaveFailedWith([]))).toContain("[] is nothing");
    // @ts-expect-error -- that is the field of an Error, not of an ErrorObject
    expect(says(() => expect(result).toHaveFailedWith({ message: "no money" }))).toBe(
      'toHaveFailedWith: an ErrorObject has no "message". Did you mean "ErrorMessage"?',
    );
    // @ts-expect-error -- a function is no class of errors
    expect(says(() => expect(result).toHaveFailedWith(() => true))).toContain(
      "is no class of errors",
    );
  });
});

describe("toBePending", () => {
  test("holds while the world has to say something", async () => {
    const { runner, waiting } = await start();
    expect(waiting).toBePending();
    expect(runner).toBePending();
    expect(await shipped()).not.toBePending();
  });

  test("says how it ended", async () => {
    const result = await shipped();
    expect(says(() => expect(result).toBePending())).toMatch(
      /The execution SUCCEEDED after 0s of virtual time, with (?:Object )?\{/,
    );
    const failed = await declined();
    expect(says(() => expect(failed).toBePending())).toContain(
      "The execution FAILED after 0s of virtual time:\n  ChildContextError:",
    );
  });

  test("says what it waits for, when it should not", async () => {
    const { waiting } = await start();
    expect(says(() => expect(waiting).not.toBePending())).toContain(
      "The execution is PENDING after 0s of virtual time. It waits for:",
    );
  });

  test("does not take a run that nobody awaited for one that waits", async () => {
    const runner = new DurableTestRunner(approval);
    const running = runner.run({ id: "o-1" });
    expect(says(() => expect(runner).toBePending())).toContain(
      "An invocation is going on. Was an await forgotten? await runner.run(input)",
    );
    await running;
    expect(runner).toBePending();
  });
});

describe("toBeWaitingFor", () => {
  test("holds for an open callback, by the name it answers to", async () => {
    const handler = withDurableExecution(async (_: undefined, context: DurableContext) => {
      await context.waitForCallback("payment", () => {}, { timeout: { minutes: 5 } });
      return context.waitForCallback("shipment", () => {});
    });
    const runner = new DurableTestRunner(handler);
    await runner.run();
    expect(runner).toBeWaitingFor("payment");
    expect(runner).not.toBeWaitingFor("shipment");
    await runner.callback("payment").succeed();
    expect(runner).not.toBeWaitingFor("payment");
    expect(runner).toBeWaitingFor("shipment");
  });

  test("says which names there are", async () => {
    const { waiting } = await start();
    expect(says(() => expect(waiting).toBeWaitingFor("aproval"))).toMatchInlineSnapshot(`
      "expect(result).toBeWaitingFor(callbackName)

      No callback "aproval" has started. Did you mean "approval"?

      The execution is PENDING after 0s of virtual time. It waits for:
        callback "approval", open since +0s, times out at +2d 00h 00m 00s, heartbeat due by +12h 00m 00s

      To go on:
        await runner.callback("approval").succeed(…)  // the answer; or .fail(…), .heartbeat()
        callbacks: { approval: respond.success(…) }   // an option of the runner: it comes by itself
        await runner.advance({ hours: 12 })           // time passes, up to what is due next
        await runner.runToCompletion()                // the world stays silent: all deadlines pass

      Timeline
        PENDING after 0s, 1 invocation
                    +0s   input {"id":"o-1"}
                        ┌ invocation 1
                        │ callback "approval" opens, timeout 2d 00h 00m 00s, heartbeat timeout 12h 00m 00s
                        └ suspended"
    `);
  });

  test("says that none has started", async () => {
    const result = await declined();
    expect(says(() => expect(result).toBeWaitingFor("approval"))).toContain(
      'No callback "approval" has started. No named callback has.',
    );
  });

  test("says what became of the callback", async () => {
    const result = await shipped();
    expect(says(() => expect(result).toBeWaitingFor("approval"))).toContain(
      'callback "approval" is SUCCEEDED: started at +0s, ended at +0s',
    );
  });

  test("says that it is open, when it should not be", async () => {
    const { waiting } = await start();
    expect(says(() => expect(waiting).not.toBeWaitingFor("approval"))).toContain(
      'Callback "approval" is open.',
    );
  });

  test("asks for a name", async () => {
    const { waiting } = await start();
    // @ts-expect-error -- the name is missing
    expect(says(() => expect(waiting).not.toBeWaitingFor())).toBe(
      "toBeWaitingFor: undefined is no name.",
    );
    expect(says(() => expect(waiting).not.toHaveTimedOut(""))).toBe(
      'toHaveTimedOut: "" is no name.',
    );
  });
});

describe("toHaveOperation", () => {
  test("holds for an operation of that name, and what is expected of it", async () => {
    const result = await declined();
    expect(result).toHaveOperation("charge");
    expect(result).toHaveOperation("charge", { type: "STEP", status: "FAILED", attempt: 1 });
    expect(result).toHaveOperation("charge", { error: { ErrorType: "PaymentDeclined" } });
    expect(result).toHaveOperation("payment", {
      startedAt: expect.any(Date),
      subType: "RunInChildContext",
    });
    expect(result).not.toHaveOperation("charge", { attempt: 2 });
    expect(result).not.toHaveOperation("refund");
  });

  test("says which names there are", async () => {
    const result = await declined();
    expect(says(() => expect(result).toHaveOperation("change"))).toMatchInlineSnapshot(`
      "expect(result).toHaveOperation(name)

      No operation "change" has started. Did you mean "charge"?

      Timeline
        FAILED after 0s, 1 invocation
                    +0s ┌ invocation 1
                        │ runInChildContext "payment" begins
                        │ payment › step "charge" failed at matchers.test.ts:<line>: PaymentDeclined: no money on the card
                        │ runInChildContext "payment" failed: StepError: Step "charge" failed: PaymentDeclined: no money on the card
                        └ threw at matchers.test.ts:<line>: ChildContextError: Child context "payment" failed: StepError: Step "charge" failed: PaymentDeclined…
                          FAILED: ChildContextError: Child context "payment" failed: StepError: Step "charge" failed: PaymentDeclined…"
    `);
    expect(says(() => expect(result).toHaveOperation("refund"))).toContain(
      'There are: "payment", "charge".',
    );
  });

  test("says what differs", async () => {
    const result = await declined();
    expect(
      says(() =>
        expect(result).toHaveOperation("charge", {
          type: "STEP",
          status: "SUCCEEDED",
          startedAt: expect.any(Date),
          error: { ErrorType: "PaymentDeclined" },
        }),
      ),
    ).toMatchInlineSnapshot(`
      "expect(result).toHaveOperation(name, partial)

      operation "charge" differs in status:

      - Expected
      + Received

        {
          "error": {
            "ErrorType": "PaymentDeclined",
          },
          "startedAt": 2025-01-01T00:00:00.000Z,
      -   "status": "SUCCEEDED",
      +   "status": "FAILED",
          "type": "STEP",
        }

      Timeline
        FAILED after 0s, 1 invocation
                    +0s ┌ invocation 1
                        │ runInChildContext "payment" begins
                        │ payment › step "charge" failed at matchers.test.ts:<line>: PaymentDeclined: no money on the card
                        │ runInChildContext "payment" failed: StepError: Step "charge" failed: PaymentDeclined: no money on the card
                        └ threw at matchers.test.ts:<line>: ChildContextError: Child context "payment" failed: StepError: Step "charge" failed: PaymentDeclined…
                          FAILED: ChildContextError: Child context "payment" failed: StepError: Step "charge" failed: PaymentDeclined…"
    `);
  });

  test("says what differs in each, where there are several", async () => {
    const handler = withDurableExecution(async (_: undefined, context: DurableContext) => {
      for (let index = 0; index < 5; index += 1) await context.step("turn", () => index);
    });
    const result = await new DurableTestRunner(handler).run();
    expect(result).toHaveOperation("turn", { result: 4 });
    expect(says(() => expect(result).toHaveOperation("turn", { result: 5 })))
      .toMatchInlineSnapshot(`
        "expect(result).toHaveOperation(name, partial)

        5 of the name "turn" have started, and none is as expected.

        Number 0 differs in result:

        - Expected
        + Received

          {
        -   "result": 5,
        +   "result": 0,
          }

        Number 1 differs in result:

        - Expected
        + Received

          {
        -   "result": 5,
        +   "result": 1,
          }

        Number 2 differs in result:

        - Expected
        + Received

          {
        -   "result": 5,
        +   "result": 2,
          }

        Timeline
          SUCCEEDED after 0s, 1 invocation
                      +0s ┌ invocation 1
                          │ step "turn" → 0
                          │ step "turn" → 1
                          │ step "turn" → 2
                          │ step "turn" → 3
                          │ step "turn" → 4
                          └ returned
                            SUCCEEDED"
      `);
  });

  test("says how it stands, when it should not be there", async () => {
    const result = await declined();
    expect(says(() => expect(result).not.toHaveOperation("charge"))).toMatchInlineSnapshot(`
      "expect(result).not.toHaveOperation(name)

      step "charge" is FAILED: started at +0s, ended at +0s"
    `);
  });

  test("asks for properties", async () => {
    const result = await declined();
    // @ts-expect-error -- a status is no set of properties
    expect(says(() => expect(result).not.toHaveOperation("charge", "FAILED"))).toContain(
      '"FAILED" are no properties of an operation.',
    );
  });
});

describe("toHaveCallback", () => {
  test("holds for a callback of that name, and what is expected of it", async () => {
    const result = await shipped();
    expect(result).toHaveCallback("approval");
    expect(result).toHaveCallback("approval", { status: "SUCCEEDED", result: { by: "kim" } });
    expect(result).toHaveCallback("approval", { callbackId: expect.any(String) });
    expect(result).not.toHaveCallback("approval", { status: "TIMED_OUT" });
    expect(result).not.toHaveCallback("refusal");
  });

  test("knows an unnamed callback by what is around it", async () => {
    const handler = withDurableExecution(async (_: undefined, context: DurableContext) =>
      context.waitForCallback("payment", () => {}),
    );
    const result = await new DurableTestRunner(handler).run();
    expect(result).toHaveCallback("payment", { name: undefined, status: "STARTED" });
  });

  test("is about callbacks only", async () => {
    const result = await declined();
    expect(says(() => expect(result).toHaveCallback("charge"))).toContain(
      'No callback "charge" has started. No named callback has.',
    );
  });

  test("says what differs", async () => {
    const { waiting } = await start();
    expect(says(() => expect(waiting).toHaveCallback("approval", { status: "SUCCEEDED" })))
      .toMatchInlineSnapshot(`
        "expect(result).toHaveCallback(name, partial)

        callback "approval" differs in status:

        - Expected
        + Received

          {
        -   "status": "SUCCEEDED",
        +   "status": "STARTED",
          }

        Timeline
          PENDING after 0s, 1 invocation
                      +0s   input {"id":"o-1"}
                          ┌ invocation 1
                          │ callback "approval" opens, timeout 2d 00h 00m 00s, heartbeat timeout 12h 00m 00s
                          └ suspended"
      `);
  });
});

test("a difference shows what is missing", async () => {
  const result = await shipped();
  const message = says(() =>
    expect(result).toHaveCallback("approval", { result: { by: "kim", at: "noon" } }),
  );
  expect(message).toMatch(/^-.*"at": "noon",$/m);
  expect(message).not.toMatch(/^\+.*"at"/m);
});

describe("toHaveTimedOut", () => {
  test("holds for either kind of timeout", async () => {
    const { runner } = await start();
    expect(runner).not.toHaveTimedOut("approval");
    await runner.advance({ hours: 12 });
    expect(runner).toHaveTimedOut("approval");
    expect(runner).toHaveSucceededWith({ order: "o-1", status: "expired" });
  });

  test("says until when it is open, and how to let the time pass", async () => {
    const { waiting } = await start();
    expect(says(() => expect(waiting).toHaveTimedOut("approval"))).toMatchInlineSnapshot(`
      "expect(result).toHaveTimedOut(callbackName)

      callback "approval" is STARTED: started at +0s, times out at +2d 00h 00m 00s, heartbeat due by +12h 00m 00s

      The execution is PENDING after 0s of virtual time. It waits for:
        callback "approval", open since +0s, times out at +2d 00h 00m 00s, heartbeat due by +12h 00m 00s

      To go on:
        await runner.callback("approval").succeed(…)  // the answer; or .fail(…), .heartbeat()
        callbacks: { approval: respond.success(…) }   // an option of the runner: it comes by itself
        await runner.advance({ hours: 12 })           // time passes, up to what is due next
        await runner.runToCompletion()                // the world stays silent: all deadlines pass

      Timeline
        PENDING after 0s, 1 invocation
                    +0s   input {"id":"o-1"}
                        ┌ invocation 1
                        │ callback "approval" opens, timeout 2d 00h 00m 00s, heartbeat timeout 12h 00m 00s
                        └ suspended"
    `);
  });

  test("says when it did, when it should not have", async () => {
    const { runner } = await start();
    await runner.runToCompletion();
    expect(says(() => expect(runner).not.toHaveTimedOut("approval"))).toContain(
      'callback "approval" is TIMED_OUT: started at +0s, ended at +12h 00m 00s',
    );
  });

  test("says which names there are", async () => {
    const { waiting } = await start();
    expect(says(() => expect(waiting).toHaveTimedOut("payment"))).toContain(
      'No callback "payment" has started. There is: "approval".',
    );
  });

  test("knows unnamed callbacks, and those that answer to the name of what is around them", async () => {
    const handler = withDurableExecution(async (_: undefined, context: DurableContext) => {
      await context.createCallback();
      await context.step(() => {});
      await context.waitForCallback("payment", () => {}, { timeout: { minutes: 1 } });
    });
    const runner = new DurableTestRunner(handler);
    await runner.run();
    expect(says(() => expect(runner).toHaveTimedOut("payment"))).toContain(
      "callback is STARTED: started at +0s, times out at +1m 00s",
    );
    expect(says(() => expect(runner).toHaveTimedOut("refund"))).toContain(
      'No callback "refund" has started. There is: "payment".',
    );
    expect(says(() => expect(runner).toHaveOperation("refund"))).toContain('There is: "payment".');
  });
});

describe("toHaveInvocations", () => {
  test("counts replays", async () => {
    const { runner } = await start();
    expect(runner).toHaveInvocations(1);
    await runner.callback("approval").succeed({ by: "kim" });
    expect(runner).toHaveInvocations(2);
    expect(runner).not.toHaveInvocations(1);
  });

  test("shows what there was", async () => {
    const result = await shipped();
    expect(says(() => expect(result).toHaveInvocations(5))).toMatchInlineSnapshot(`
      "expect(result).toHaveInvocations(count)

      Expected: 5
      Received: 2

      Timeline
        SUCCEEDED after 0s, 2 invocations
                    +0s   input {"id":"o-1"}
                        ┌ invocation 1
                        │ callback "approval" opens, timeout 2d 00h 00m 00s, heartbeat timeout 12h 00m 00s
                        └ suspended
                          callback "approval": success from script → {"by":"kim"}
                        ┌ invocation 2
                        └ returned
                          SUCCEEDED → {"order":"o-1","status":"shipped","by":"kim"}"
    `);
    expect(says(() => expect(result).not.toHaveInvocations(2))).toContain("Expected: not 2");
  });

  test("asks for a number", async () => {
    const result = await shipped();
    expect(says(() => expect(result).not.toHaveInvocations(1.5))).toBe(
      "toHaveInvocations: 1.5 is no number of invocations.",
    );
  });
});

describe("a matcher on anything else", () => {
  const refused = (received: unknown) => says(() => expect(received).not.toHaveSucceeded());

  test("a promise that was not awaited", async () => {
    const runner = new DurableTestRunner(approval);
    const running = runner.run({ id: "o-1" });
    expect(refused(running)).toMatchInlineSnapshot(`
      "expect(received).not.toHaveSucceeded()

      It was called on a promise. Await it: await runner.run(input)."
    `);
    await running;
  });

  test("works on a promise through resolves", async () => {
    const run = new DurableTestRunner(approval).run({ id: "o-1" });
    await expect(run).resolves.toBeWaitingFor("approval");
    const failure = await expect(run)
      .resolves.toHaveSucceeded()
      .catch((error: unknown) => error);
    expect(
      says(() => {
        throw failure;
      }),
    ).toContain("expect(result).resolves.toHaveSucceeded()");
  });

  test("undefined, and other values", async () => {
    expect(refused(undefined)).toMatchInlineSnapshot(`
      "expect(received).not.toHaveSucceeded()

      It was called on undefined, which is neither a result nor a runner. Give it what run(input), advance(…) or callback(name).succeed(…) resolved to, or the DurableTestRunner itself."
    `);
    expect(refused({ status: "SUCCEEDED" })).toContain(
      'on {"status":"SUCCEEDED"}, which is neither',
    );
    expect(refused((await shipped()).result)).toContain("which is neither a result nor a runner");
    expect(refused(approval)).toContain("It was called on function");
    expect(refused(Object.assign({}, JSON.parse('{"then":1}')))).toContain("neither a result nor");
  });

  test("a runner that has not run", () => {
    expect(refused(new DurableTestRunner(approval))).toMatchInlineSnapshot(`
      "expect(runner).not.toHaveSucceeded()

      Nothing has been started: await runner.run(input) first."
    `);
  });
});

describe("toReplay", () => {
  const renamed = withDurableExecution(async (_: Order, context: DurableContext) => {
    const callback = await context.createCallback("consent", { timeout: { hours: 48 } });
    return callback.result();
  });

  test("holds for a handler that asks for what was recorded", async () => {
    const { history } = await shipped();
    await expect(approval).toReplay(history);
    await expect(approval).toReplay(JSON.parse(JSON.stringify(history)));
    await expect(renamed).not.toReplay(history);
  });

  test("says what has diverged", async () => {
    const { history } = await shipped();
    const failure: unknown = await expect(renamed)
      .toReplay(history)
      .catch((error: unknown) => error);
    const said = says(() => {
      throw failure;
    });
    expect(said).toContain("expect(handler).toReplay(history)");
    expect(said).toContain('Recorded:  callback "approval" (CALLBACK, Callback)');
    expect(said).toContain('Asked for: callback "consent" (CALLBACK, Callback), at ');
  });

  test("says with not that all was asked for", async () => {
    const { history } = await shipped();
    const failure: unknown = await expect(approval)
      .not.toReplay(history)
      .catch((error: unknown) => error);
    expect(
      says(() => {
        throw failure;
      }),
    ).toContain("The handler asks for all that was recorded, in each of 2 states.");
  });

  test("refuses what is no history or no handler, also with not", async () => {
    const { history } = await shipped();
    await expect(expect(approval).not.toReplay([])).rejects.toThrow("The history has no events");
    await expect(expect("handler").not.toReplay(history)).rejects.toThrow("is no handler");
  });
});

describe("as asymmetric matchers", () => {
  test("they hold inside other expectations", async () => {
    expect({ result: await shipped() }).toEqual({ result: expect.toHaveSucceeded() });
    expect({ result: await declined() }).toEqual({ result: expect.not.toHaveSucceeded() });
  });
});

describe("a runner of durableTest", () => {
  const durable = durableTest(approval);

  durable("is a subject too", async ({ runner }) => {
    await runner.run({ id: "o-1" });
    expect(runner).toBeWaitingFor("approval");
  });
});
