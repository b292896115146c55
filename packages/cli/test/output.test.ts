import { type DurableContext, withDurableExecution } from "@durabletest/runtime";
import { DurableTestRunner } from "@durabletest/testing";
import type { ExplorationReport } from "@durabletest/testing/explore";
import { describe, expect, test } from "vitest";
import { processIo } from "../src/io.ts";
import { reportText } from "../src/output/exploration-text.ts";
import { inTermsOfModules, inTermsOfOptions } from "../src/output/in-terms-of-options.ts";
import { progressOf } from "../src/output/progress.ts";
import { outdent, wrapLines } from "../src/output/style.ts";

describe("lines that are too long for a terminal", () => {
  test("are broken between words, and go on below their text", () => {
    const text = "short\n  a line that is longer than it may be";
    expect(wrapLines(text, 22)).toBe("short\n  a line that is\n  longer than it may\n  be");
    expect(wrapLines(text, undefined)).toBe(text);
  });

  test("are broken inside of a word that is longer than a line", () => {
    expect(wrapLines(`id ${"x".repeat(45)}`, 20)).toBe(
      ["id", "x".repeat(20), "x".repeat(20), "xxxxx"].join("\n"),
    );
  });

  test("keep room for text, however far they are indented", () => {
    const [first = "", ...rest] = wrapLines(`${" ".repeat(30)}some words in a row`, 24).split("\n");
    expect(first.trim() + rest.join(" ").replaceAll(/ +/g, " ")).toContain("some");
    expect(Math.max(...rest.map((line) => line.length))).toBeLessThanOrEqual(24);
  });

  test("lose the margin that all of them have, below their head", () => {
    expect(outdent("head\n    +0s a\n        b")).toBe("head\n+0s a\n    b");
    expect(outdent("head")).toBe("head");
  });
});

test("what messages say to those who write a test is said in terms of the command", () => {
  const message =
    "handler invoked 10000 times (maxInvocations) and the execution has not ended.\n\n  All of it: console.log(formatTimeline(runner.result))";
  expect(inTermsOfOptions(message)).toBe(
    "handler invoked 10000 times and the execution has not ended.\n\n  All of it: durabletest run with --history <file>, then durabletest trace <file>",
  );
});

test("who plays with modules is told to name one more", async () => {
  const handler = withDurableExecution(async (_: unknown, context: DurableContext) =>
    context.invoke("pay", {}),
  );
  const error = await new DurableTestRunner(handler).run().catch((thrown: unknown) => thrown);
  expect(inTermsOfModules(String(error))).toContain(
    "Name the module of its handler as well: durabletest dev src/order.ts src/pay.ts.",
  );
});

test("progress is for terminals, of any width", () => {
  const said: string[] = [];
  const stderr = { isTTY: true, columns: undefined, write: (text: string) => said.push(text) };
  const progress = progressOf({ ...processIo(), env: {}, stderr });
  progress.show("x".repeat(100));
  progress.clear();
  expect(said).toEqual([`\r\u001B[K${"x".repeat(79)}`, "\r\u001B[K"]);
});

describe("what was explored", () => {
  const io = { ...processIo(), stdout: { isTTY: false, columns: undefined, write: () => {} } };
  const report: ExplorationReport = {
    runs: 3000,
    distinct: 1200,
    exhausted: false,
    elapsedMs: 1,
    outcomes: Array.from({ length: 30 }, (_, index) => ({
      status: index === 0 ? "STOPPED" : "SUCCEEDED",
      result: index === 0 ? undefined : index === 1 ? "x".repeat(300) : index,
      error: undefined,
      count: 100 - index,
      schedule: "",
    })),
  };

  test("is listed as far as it is read, by how often executions ended so", () => {
    const lines = reportText(report, io).split("\n");
    expect(lines[0]).toBe(
      "Nothing found in 3000 executions. At least 1200 went a way of their own.",
    );
    expect(lines[2]).toBe("  100  STOPPED");
    expect(lines[3]).toMatch(/^ {3}99 {2}SUCCEEDED "x{199}…$/);
    expect(lines.at(-2)).toBe("  and 10 more outcomes: --json lists them");
  });

  test("may be all there is, or nothing", () => {
    expect(reportText({ ...report, exhausted: true, outcomes: [] }, io)).toContain("all there is");
  });
});

test("the process is what a command has of it", async () => {
  const io = processIo();
  expect(io.cwd).toBe(process.cwd());
  expect(io.parallelism).toBeGreaterThan(0);
  expect(Math.abs(io.now().getTime() - Date.now())).toBeLessThan(60_000);
  expect(io.stdout.isTTY).toBe(process.stdout.isTTY);
  expect(io.stdout.columns).toBe(process.stdout.isTTY ? process.stdout.columns : undefined);
  await io.sleep(1);
  const stop = new AbortController();
  const stopped = io.sleep(60_000, stop.signal);
  stop.abort();
  await stopped;
  // A machine without a program that opens files is no failure.
  io.openFile("/dev/null/nothing");
});
