import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { InvalidArgumentError, ReportNotWrittenError, writeReport } from "../../src/index.ts";
import type { ReportData } from "../../src/report/report-data.ts";
import { reportOf } from "../../src/report/report-of.ts";
import { searcher } from "../../src/report/search.ts";
import { errorReader } from "../../src/report/source-lines.ts";
import { stateGiven } from "../../src/report/state-given.ts";
import { failedExecution, pendingExecution, richExecution } from "../picture/executions.ts";
import { resultWithInvokes, resultWithNotices } from "../print/made-result.ts";

const folder = mkdtempSync(join(tmpdir(), "durabletest-report-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What is in a report. */
function parts(file: string): {
  html: string;
  data: ReportData;
  json: string;
  script: string;
  style: string;
} {
  const html = readFileSync(file, "utf8");
  const json = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(html)?.[1] ?? "";
  const script = /<script>(.*?)<\/script>/s.exec(html)?.[1] ?? "";
  const style = /<style>(.*?)<\/style>/s.exec(html)?.[1] ?? "";
  return { html, json, data: JSON.parse(json) as ReportData, script, style };
}

test("a report is one file, with a policy that lets what is in it run, and nothing else", async () => {
  const file = join(folder, "made", "on the way", "report.html");
  await writeReport([await failedExecution(), await pendingExecution()], file);
  const { html, json, data, script, style } = parts(file);
  expect(data.executions.map(({ picture }) => picture.status)).toEqual(["FAILED", "PENDING"]);
  const sha = (text: string): string => createHash("sha256").update(text).digest("base64");
  expect(html).toContain("default-src 'none'");
  expect(html).toContain(`script-src 'sha256-${sha(script)}'`);
  expect(html).toContain(`style-src 'sha256-${sha(style)}'`);
  expect(html.match(/<script/g)).toHaveLength(2);
  expect(json).not.toMatch(/[<\u2028\u2029]/);
  expect(html).toContain("2 executions</title>");
  expect(statSync(file).size - json.length).toBeLessThan(300_000);
});

test("an error is told with the lines that it comes from", async () => {
  const { error, operations } = reportOf(await failedExecution());
  expect(error?.message).toContain("the card is declined");
  const source = operations.at(-1)?.error?.frames.find((frame) => frame.source)?.source;
  expect(source?.file).toContain("executions.ts");
  expect(source?.lines[source.line - source.first]).toContain("new GatewayDown(");
});

test("a stack that leads nowhere is told as it is", () => {
  const file = join(folder, "short.ts");
  writeFileSync(file, "one line");
  const read = errorReader();
  const frames = [
    `    at first (${file}:1:1)`,
    `    at beyond (${file}:99:1)`,
    `    at missing (${join(folder, "missing.ts")}:1:1)`,
    "    at relative (lib/code.ts:1:1)",
    "    at unreadable (file://host/%zz.ts:1:1)",
  ];
  const told = frames.flatMap(
    (StackTrace) => read({ ErrorMessage: "no", StackTrace: [StackTrace] })?.frames ?? [],
  );
  expect(told.map(({ source }) => source?.lines)).toEqual([
    ["one line"],
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  expect(read({ ErrorType: "Refused", ErrorData: "{}" })).toEqual({
    type: "Refused",
    message: "",
    data: "{}",
    frames: [],
  });
});

test("an invocation was given what had happened before it, less what is in contexts that had ended", async () => {
  const execution = reportOf(await richExecution());
  const paths = new Map(execution.picture.rows.map(({ id, path }) => [id, path]));
  const given = (number: number): readonly string[] =>
    stateGiven(execution, number).operations.map(
      ({ operation, status }) => `${paths.get(operation)} ${status}`,
    );
  expect(given(1)).toEqual([]);
  expect(given(2)).toEqual([
    'parallel "risk-checks" SUCCEEDED',
    'map "reserve" SUCCEEDED',
    'step "charge" READY',
  ]);
  expect(stateGiven(execution, 2).leftOut).toBe(12);
  expect(given(5)).toContain('fulfil › step "pack" SUCCEEDED');
  expect(given(6)).toContain("approval › callback TIMED_OUT");
  expect(given(6)).toContain('waitForCallback "approval" STARTED');
  expect(given(99)).toEqual([]);
});

test("the states of invokes and of callbacks that were given up are told, too", () => {
  const execution = reportOf(resultWithInvokes());
  const last = {
    ...execution.invocations[0],
    number: 1,
    at: 1e9,
    requestId: "",
    status: "RUNNING",
    eventsBefore: execution.events.length,
  };
  const { operations } = stateGiven({ ...execution, invocations: [last] }, 1);
  expect(operations.map(({ status }) => status)).toEqual([
    "SUCCEEDED",
    "FAILED",
    "TIMED_OUT",
    "STOPPED",
    "STARTED",
  ]);
  const cancelled = execution.events.map((event) => ({ ...event, type: "WaitCancelled" }));
  const given = stateGiven({ ...execution, events: cancelled, invocations: [last] }, 1);
  expect(given.operations[0]?.status).toBe("CANCELLED");
  const delayed = execution.events.map((event) => ({ ...event, delay: 2e9 }));
  const waiting = stateGiven({ ...execution, events: delayed, invocations: [last] }, 1);
  expect(waiting.operations[0]?.status).toBe("PENDING");
  const notices = reportOf(resultWithNotices());
  expect(notices.notices).toHaveLength(2);
});

test("a search finds operations by all of its words, in names, payloads and logs", async () => {
  const execution = reportOf(await richExecution());
  const search = searcher(execution);
  const found = (words: string): readonly (string | undefined)[] =>
    search(words).map((row) => execution.picture.rows[row]?.path);
  expect(found("BULB reserve-item")).toEqual(['reserve › bulb › step "reserve-item"']);
  expect(found("timed_out")).toEqual(["approval › callback"]);
  expect(found("alert(1)")).toEqual(['step "charge"']);
  expect(found("print-label")).toEqual(['fulfil › step "label"']);
  expect(found("nothing like it")).toEqual([]);
  expect(found("  ")).toEqual([]);
});

test("a report that cannot be written says where it was to go, and why", async () => {
  const result = await pendingExecution();
  const file = join(folder, "file");
  writeFileSync(file, "");
  const error = await writeReport(result, join(file, "report.html")).catch(
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ReportNotWrittenError);
  expect(error).toMatchObject({ code: "REPORT_NOT_WRITTEN", file: join(file, "report.html") });
  await expect(writeReport(result, join(file, "below", "report.html"))).rejects.toThrow(
    ReportNotWrittenError,
  );
  await expect(writeReport(result, folder)).rejects.toThrow(/EISDIR/);
});

test("what is no result, and what is no file, is refused", async () => {
  const result = await pendingExecution();
  await expect(writeReport([], "report.html")).rejects.toThrow(InvalidArgumentError);
  await expect(writeReport(Promise.resolve(result) as never, "report.html")).rejects.toThrow(
    /Await it/,
  );
  await expect(writeReport(result, "")).rejects.toThrow(/no name of a file/);
  await expect(writeReport(result, 7 as never)).rejects.toThrow(/no name of a file/);
});
