import { type DurableContext, withDurableExecution } from "@durabletest/runtime";
import { expect, test } from "vitest";
import { type DurableResult, DurableTestRunner, recordEffect } from "../../src/index.ts";
import { type DurableMatchers, durableMatchers } from "../../src/matchers/index.ts";
import { messageOf } from "./message-of.ts";

const charging = withDurableExecution(async (id: string, context: DurableContext) =>
  context.step("charge", () => recordEffect("charge", id)),
);
const charged = async () => new DurableTestRunner(charging).run("o-1");

const judge = (
  result: DurableResult<unknown>,
  ...expected: Parameters<DurableMatchers["toHaveEffect"]>
): { readonly pass: boolean; readonly text: string } => {
  let pass = false;
  const text = messageOf((context) => {
    const verdict = durableMatchers.toHaveEffect.call(context, result, ...expected);
    ({ pass } = verdict);
    return verdict;
  });
  return { pass, text };
};

test("holds when the effect was recorded, with that key, that often", async () => {
  const result = await charged();
  expect(judge(result, "charge").pass).toBe(true);
  expect(judge(result, "charge", { times: 1 }).pass).toBe(true);
  expect(judge(result, "charge", { key: "o-1" }).pass).toBe(true);
  expect(judge(result, "charge", { key: "o-2" }).pass).toBe(false);
  expect(judge(result, "charge", { times: 2 }).pass).toBe(false);
  expect(judge(result, "refund").pass).toBe(false);
  expect(judge(result, "refund", { times: 0 }).pass).toBe(true);
});

test("says what was recorded instead", async () => {
  const result = await charged();
  expect(judge(result, "chrage").text).toContain(
    'No effect "chrage" was recorded. Did you mean "charge"?',
  );
  expect(judge(result, "charge", { key: "o-2" }).text).toContain(
    'No effect "charge" was recorded with the key "o-2". Did you mean "o-1"?',
  );
  expect(judge(result, "charge", { times: 2 }).text).toMatch(
    /Expected times: 2\n\s*Received times: 1\n\n\s*charge "o-1": in invocation 1, in charge, attempt 1, after 0 ms/,
  );
  expect(judge(result, "charge").text).toContain('charge "o-1": in invocation 1');
  const none = withDurableExecution(async (_: undefined, context: DurableContext) =>
    context.step("charge", () => 1),
  );
  expect(judge(await new DurableTestRunner(none).run(), "charge").text).toContain(
    "No effect was recorded. Have the test's fake call recordEffect",
  );
});

test("refuses what says nothing", async () => {
  const result = await charged();
  expect(() => judge(result, "")).toThrow("is no name");
  expect(() => judge(result, "charge", { time: 1 } as never)).toThrow(
    'there is no "time". Did you mean "times"?',
  );
  expect(() => judge(result, "charge", { times: -1 })).toThrow("-1 is no number of times");
  expect(() => judge(result, "charge", 2 as never)).toThrow("Give { times, key }");
});

test("shows effects without a key or a step, and how many more there are", async () => {
  const mailing = withDurableExecution(async (_: undefined, context: DurableContext) => {
    recordEffect("mail");
    await context.step("all", () => {
      for (let mail = 0; mail < 12; mail += 1) recordEffect("mail", `m-${mail}`);
    });
  });
  const result = await new DurableTestRunner(mailing).run();
  const { text } = judge(result, "mail", { times: 1 });
  expect(text).toContain("mail: in invocation 1, after 0 ms");
  expect(text).toContain('mail "m-0": in invocation 1, in all, attempt 1, after 0 ms');
  expect(text).toContain("and 3 more");
  expect(judge(result, "mail", { times: 13 }).text).not.toContain("Timeline");
  expect(() => judge(result, "mail", { key: "" })).toThrow("is no name");
});
