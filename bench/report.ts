/** The report as text. */
import type { Report } from "./figures.ts";

/** On a quiet machine the quartiles are about a tenth of the median apart. */
const QUIET = 0.25;

export function formatReport({ comparisons, figures, noise, sides }: Report): string {
  const targets = table(
    ["", "measured", "floor", "target", ""],
    figures.map(({ title, value, floor, unit, target, wanted, reached }) => [
      title,
      `${number(value)} ${unit}`,
      floor === undefined ? "" : `${number(floor)} ${unit}`,
      `${wanted} ${number(target)} ${unit}`,
      reached ? "reached" : "short",
    ]),
  );
  const compared = table(
    [
      "",
      "floor",
      "durabletest",
      "spread",
      "AWS handlers",
      "AWS runner",
      "÷ floor",
      "× AWS",
      "× AWS handlers",
    ],
    comparisons.map((comparison) => [
      comparison.title,
      duration(comparison.floorMs),
      duration(comparison.durabletestMs),
      `${Math.round(comparison.spread * 100)} %`,
      duration(comparison.awsHandlersMs),
      duration(comparison.awsRunnerMs),
      ratio(comparison.durabletestMs, comparison.floorMs),
      ratio(comparison.awsRunnerMs, comparison.durabletestMs),
      ratio(comparison.awsRunnerMs, comparison.awsHandlersMs),
    ]),
  );
  const requested = table(
    ["", "requests", "AWS's SDK", "time", "AWS's SDK"],
    sides.requests.requests.map(({ title, durabletest, aws }) => [
      title,
      String(durabletest.requests),
      String(aws.requests),
      duration(durabletest.ms),
      duration(aws.ms),
    ]),
  );
  const { vitest, shared, jest } = sides.suites;
  const suites = table(
    ["", "empty", "durable", "ratio", "of processor time"],
    [vitest, shared, jest].map(({ title, emptyMs, durableMs, ratio: long, cpuRatio }) => [
      `${sides.suites.files} files, ${title}`,
      duration(emptyMs),
      duration(durableMs),
      number(long),
      number(cpuRatio),
    ]),
  );
  const warning = `\nThe machine was busy: half of the spreads are above ${Math.round(noise * 100)} %. Measure again in a quiet moment.\n`;
  return `${targets}\n\n${compared}\n\n${requested}\n\n${suites}\n${noise > QUIET ? warning : ""}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd();
  const rule = widths.map((width) => "─".repeat(width)).join("  ");
  return [line(head), rule, ...rows.map(line)].join("\n");
}

function ratio(of: number | undefined, to: number | undefined): string {
  return of === undefined || to === undefined ? "–" : number(of / to);
}

function duration(ms: number | undefined): string {
  if (ms === undefined) return "–";
  if (ms < 1) return `${number(ms * 1000)} µs`;
  return ms < 1000 ? `${number(ms)} ms` : `${number(ms / 1000)} s`;
}

/** Three digits say more than the noise allows. */
function number(value: number): string {
  if (value >= 1000) return String(Math.round(value)).replaceAll(/\B(?=(?:\d{3})+$)/g, " ");
  return String(Number(value.toPrecision(3)));
}
