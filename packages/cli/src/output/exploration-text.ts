import type { ExplorationReport, ExploredOutcome } from "@durabletest/testing/explore";
import { visible, visibleLines } from "@durabletest/testing/plugin";
import type { Failure } from "../explore/shard-outcome.ts";
import type { Io } from "../io.ts";
import { wrapLines } from "./style.ts";

/** So many outcomes are listed. */
const OUTCOMES = 20;
const LONGEST_RESULT = 200;

/** What was explored, when nothing was found. */
export function reportText(report: ExplorationReport, { stdout }: Io): string {
  const { runs, distinct, exhausted, outcomes } = report;
  const extent = exhausted
    ? "That is all there is"
    : `At least ${distinct} went a way of their own`;
  const head = `Nothing found in ${runs} executions. ${extent}.`;
  const width = String(outcomes[0]?.count ?? 0).length;
  const rows = outcomes.slice(0, OUTCOMES).map((outcome) => row(outcome, width));
  const left = outcomes.length - rows.length;
  const more = left === 0 ? [] : [`  and ${left} more outcomes: --json lists them`];
  const text = [head, "", ...rows, ...more].join("\n");
  return `${wrapLines(text, stdout.columns, /^ +\d+ {2}/)}\n`;
}

function row({ count, status, result, error }: ExploredOutcome, width: number): string {
  const said = error ?? (result === undefined ? "" : JSON.stringify(result));
  const shown = visible(said);
  const cut = shown.length > LONGEST_RESULT ? `${shown.slice(0, LONGEST_RESULT)}…` : shown;
  return `  ${String(count).padStart(width)}  ${status}${cut === "" ? "" : ` ${cut}`}`;
}

/** The simplest execution that lacks a property, and how to see it again. */
export function failureText({ message }: Failure, { stdout }: Io): string {
  // What is to be copied, a schedule and a test, is left in one piece.
  const isProse = (line: string): boolean => !/^\s{2,}/.test(line) || /^\s+\d+\. /.test(line);
  const lines = visibleLines(message)
    .split("\n")
    .map((line) => (isProse(line) ? wrapLines(line, stdout.columns, /^\s*(?:\d+\. )?/) : line));
  return `${lines.join("\n")}\n`;
}
