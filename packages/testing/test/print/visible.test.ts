import { expect, test } from "vitest";
import { DurableTestRunner, formatTimeline } from "@durabletest/testing";
import { resultOfHistory } from "@durabletest/testing/replay";
import { logLines } from "@durabletest/testing/plugin";
import { withDurableExecution } from "@durabletest/runtime";
import { visible, visibleLines } from "../../src/print/visible.ts";

test.each([
  [
    "an escape sequence",
    "\u001B[31mred\u001B]0;title\u0007",
    "\\u001b[31mred\\u001b]0;title\\u0007",
  ],
  ["one of a single sign", "\u009B31m", "\\u009b31m"],
  ["what deletes", "a\u0008\u007F\r", "a\\u0008\\u007f\\u000d"],
  [
    "what turns the order round",
    "\u202Etxt\u2066.\u061C\u200F",
    "\\u202etxt\\u2066.\\u061c\\u200f",
  ],
  ["an ordinary text", "Grüße,\t日本語 👩‍👩‍👧 \\u001b", "Grüße,\t日本語 👩‍👩‍👧 \\u001b"],
])("%s is shown as it is written in code", (_, text, shown) => {
  expect(visible(text)).toBe(shown);
  expect(visibleLines(text)).toBe(shown);
});

test("ends of lines stay where a text may have lines, and are shown where it is a part of one", () => {
  expect(visibleLines("a\nb\r\nc")).toBe("a\nb\nc");
  expect(visible("a\nb")).toBe("a\\u000ab");
});

/** What a terminal acts on, or shows in another order. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const UNSEEN = /[\u0000-\u001F\u007F-\u009F\u202E]/;
// oxlint-disable-next-line no-control-regex -- the colours are ours
const withoutColours = (text: string): string => text.replaceAll(/\u001B\[\d+m/g, "");

test("whatever was recorded, a row of a timeline and a line of a log are one, and do nothing to a terminal", async () => {
  const odd = "odd \u001B[2J\u009B1A\u202E\nSUCCEEDED";
  const handler = withDurableExecution(async (_: unknown, context) => {
    context.logger.info(odd);
    await context.runInChildContext("name", async (child) => child.step("name", () => odd));
    await context.step(
      "fails",
      () => {
        throw Object.assign(new Error(odd), { name: odd });
      },
      { retryStrategy: () => ({ shouldRetry: false }) },
    );
  });
  const result = await new DurableTestRunner(handler).run();
  // A name that our runtime refuses.
  const recorded = resultOfHistory({
    Events: result.history.map((event) =>
      event.Name === "name" ? { ...event, Name: odd } : event,
    ),
  });
  for (const one of [result, recorded]) {
    const rows = withoutColours(formatTimeline(one, { color: true })).split("\n");
    for (const row of [...rows, ...logLines(one.logs, one.startedAt)]) {
      expect(row).not.toMatch(UNSEEN);
    }
    expect(rows.filter((row) => row.startsWith("SUCCEEDED"))).toEqual([]);
  }
  expect(formatTimeline(recorded)).toContain(
    String.raw`│ odd \u001b[2J\u009b1A\u202e\u000aSUCCEEDED › step "odd `,
  );
});
