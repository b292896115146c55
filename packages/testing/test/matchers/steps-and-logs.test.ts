import { InvalidArgumentError, withDurableExecution } from "@durabletest/runtime";
import {
  type DurableContext as AwsContext,
  withDurableExecution as withAwsExecution,
} from "@aws/durable-execution-sdk-js";
import { describe, expect, test } from "vitest";
import {
  type DurableResult,
  DurableTestRunner,
  respond,
  type RunnerOptions,
} from "../../src/index.ts";
import {
  type DurableMatchers,
  durableMatchers,
  type ExpectedMessage,
  type MatcherContext,
} from "../../src/matchers/index.ts";
import { messageOf } from "./message-of.ts";

const shipping = withDurableExecution(async (_: undefined, context) => {
  context.logger.info("order received", { id: "o-1" });
  await context.step("charge", (step) => {
    step.logger.warn("card declined", `attempt ${step.attempt}`);
    if (step.attempt < 3) throw new Error("declined");
  });
  await context.map("items", ["a", "b"], async (item) => item.step("pack", () => 1));
  context.logger.info("order shipped");
});
const shipped = async () => new DurableTestRunner(shipping).run();

const judge = async (
  assertion: (
    matchers: typeof durableMatchers,
    context: MatcherContext,
  ) => { readonly pass: boolean },
): Promise<{ pass: boolean; text: string }> => {
  let pass = false;
  const text = messageOf((context) => {
    const verdict = assertion(durableMatchers, context);
    ({ pass } = verdict);
    return verdict as never;
  });
  return { pass, text };
};
const hasRun = async (
  result: DurableResult<unknown>,
  ...expected: Parameters<DurableMatchers["toHaveRun"]>
) => judge((matchers, context) => matchers.toHaveRun.call(context, result, ...expected));
const hasLogged = async (
  result: DurableResult<unknown>,
  level: "debug" | "info" | "warn" | "error",
  message: ExpectedMessage,
) => judge((matchers, context) => matchers.toHaveLogged.call(context, result, level, message));

describe("toHaveRun", () => {
  test("holds when the step has run, or has run that often", async () => {
    const result = await shipped();
    expect((await hasRun(result, "charge")).pass).toBe(true);
    expect((await hasRun(result, "charge", 3)).pass).toBe(true);
    expect((await hasRun(result, "charge", 2)).pass).toBe(false);
    expect((await hasRun(result, "pack", 2)).pass).toBe(true);
    expect((await hasRun(result, "items[1]/pack", 1)).pass).toBe(true);
    expect((await hasRun(result, "refund")).pass).toBe(false);
    expect((await hasRun(result, "refund", 0)).pass).toBe(true);
    expect((await hasRun(result, "charge", 0)).pass).toBe(false);
  });

  test("says how often it has, and where", async () => {
    const result = await shipped();
    expect((await hasRun(result, "charge", 1)).text).toContain(
      'Expected runs: 1\nReceived runs: 3\n\nstep "charge" ran 3 times: SUCCEEDED, attempt 3\n\nTimeline\n',
    );
    expect((await hasRun(result, "pack", 1)).text).toContain(
      'items[0] › step "pack" ran once: SUCCEEDED, attempt 1\nitems[1] › step "pack" ran once',
    );
    expect((await hasRun(result, "charge", 3)).text).toContain("Expected runs: not 3");
  });

  test("holds, without a number, only where the function was called", async () => {
    const scripted = async (steps: RunnerOptions["steps"]) =>
      new DurableTestRunner(shipping, { steps }).run();
    const notCalled = await scripted({
      charge: respond.success({}),
      "items[0]/pack": respond.success(),
    });
    const { pass, text } = await hasRun(notCalled, "charge");
    expect(pass).toBe(false);
    expect(text).toContain('step "charge" did not run: SUCCEEDED, attempt 1\n\nTimeline\n');
    expect((await hasRun(notCalled, "items[0]/pack")).pass).toBe(false);
    // Of several steps, one is enough.
    const one = await hasRun(notCalled, "pack");
    expect(one.pass).toBe(true);
    expect(one.text).toContain(
      'items[0] › step "pack" did not run: SUCCEEDED, attempt 1\nitems[1] › step "pack" ran once',
    );
    const failed = await scripted({ charge: respond.failure(new Error("declined")) });
    expect((await hasRun(failed, "charge")).pass).toBe(false);
    expect((await hasRun(await shipped(), "charge")).text).toContain(
      'step "charge" ran 3 times: SUCCEEDED, attempt 3',
    );
  });

  test("names near misses", async () => {
    const result = await shipped();
    expect((await hasRun(result, "chrage")).text).toContain(
      'No step "chrage" has started. Did you mean "charge"?',
    );
    expect((await hasRun(result, "items")).text).toContain('The map "items" is no step.');
  });

  test("says which runs were cut off", async () => {
    let calls = 0;
    const dying = withDurableExecution(async (_: undefined, context) =>
      context.step("charge", () => {
        calls += 1;
        if (calls === 1) process.exit(1);
      }),
    );
    const { text } = await hasRun(await new DurableTestRunner(dying).run(), "charge", 1);
    expect(text).toContain('step "charge" ran 2 times, 1 of them not to the end');
  });

  test("claims nothing that was not observed", async () => {
    let calls = 0;
    const handler = withAwsExecution(async (_: unknown, context: AwsContext) =>
      context.step("charge", async () => {
        calls += 1;
        if (calls === 1) process.exit(1);
      }),
    );
    const result = await new DurableTestRunner(handler).run({});
    expect((await hasRun(result, "charge")).pass).toBe(true);
    await expect(hasRun(result, "charge", 2)).rejects.toThrow(/could not be observed/);
  });

  test("wants a name and a number", async () => {
    const result = await shipped();
    for (const times of [-1, 1.5, Number.NaN, "2" as never]) {
      await expect(hasRun(result, "charge", times)).rejects.toThrow(InvalidArgumentError);
    }
    await expect(hasRun(result, "")).rejects.toThrow("is no name");
  });
});

describe("toHaveLogged", () => {
  test("holds for a part of a line, a pattern, or an asymmetric matcher", async () => {
    const result = await shipped();
    expect((await hasLogged(result, "info", "received")).pass).toBe(true);
    expect((await hasLogged(result, "info", "received { id: 'o-1' }")).pass).toBe(true);
    expect((await hasLogged(result, "warn", "declined attempt 2")).pass).toBe(true);
    expect((await hasLogged(result, "warn", /attempt \d$/g)).pass).toBe(true);
    const matcher = expect.stringContaining("received") as ExpectedMessage;
    expect((await hasLogged(result, "info", matcher)).pass).toBe(true);
    expect((await hasLogged(result, "warn", "received")).pass).toBe(false);
    expect((await hasLogged(result, "error", /./)).pass).toBe(false);
  });

  test("says what was logged instead, the closest first", async () => {
    const result = await shipped();
    const misspelt = await hasLogged(result, "info", "order shiped");
    expect(misspelt.text).toContain(
      `Expected info: "order shiped"\n\nDid you mean "order shipped"?\n\nLogged as info:\n  `,
    );
    expect(misspelt.text).toContain("info   order received { id: 'o-1' }");
    expect((await hasLogged(result, "error", "order shipped")).text).toContain(
      "It was logged at another level:\n",
    );
    expect((await hasLogged(result, "error", /x/)).text).toContain(
      "Nothing was logged as error. Logged was:\n  +",
    );
    expect((await hasLogged(result, "warn", "declined")).text).toMatch(
      /It was logged:\n +\+0s {2}warn {3}charge: card declined attempt 1\n.*charge, attempt 2: /,
    );
  });

  test("says so when there is nothing", async () => {
    const silent = withDurableExecution(async () => {});
    const { text } = await hasLogged(await new DurableTestRunner(silent).run(), "info", "x");
    expect(text).toContain("Nothing was logged. (Lines of a logger that the handler was given");
  });

  test("wants a level and a message", async () => {
    const result = await shipped();
    await expect(hasLogged(result, "wran" as never, "x")).rejects.toThrow('Did you mean "warn"?');
    await expect(hasLogged(result, "log" as never, "x")).rejects.toThrow(
      "There are: debug, info, warn, error.",
    );
    await expect(hasLogged(result, "info", 1 as never)).rejects.toThrow("1 is no message");
  });
});

describe("a failure", () => {
  test("shows below the timeline what was logged, the last lines of it", async () => {
    const chatty = withDurableExecution(async (_: undefined, context) => {
      for (let line = 1; line <= 12; line += 1) context.logger.info(`line ${line}`);
      await context.wait({ hours: 1 });
      context.logger.error("first\n  second", "x".repeat(500));
    });
    const result = await new DurableTestRunner(chatty).run();
    const { text } = await judge((matchers, context) => matchers.toBePending.call(context, result));
    expect(text.slice(text.indexOf("\n\nLogs\n"))).toMatchInlineSnapshot(`
      "

      Logs
        … 3 before. All of it: console.log(runner.result.logs)
                +0s  info   line 4
                +0s  info   line 5
                +0s  info   line 6
                +0s  info   line 7
                +0s  info   line 8
                +0s  info   line 9
                +0s  info   line 10
                +0s  info   line 11
                +0s  info   line 12
        +1h 00m 00s  error  first second xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx… (313 more characters)"
    `);
  });

  test("shows no log where there is none", async () => {
    const silent = withDurableExecution(async () => {});
    const result = await new DurableTestRunner(silent).run();
    const { text } = await judge((matchers, context) => matchers.toBePending.call(context, result));
    expect(text).not.toContain("Logs");
  });
});
