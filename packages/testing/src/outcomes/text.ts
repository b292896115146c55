import type {
  OutcomeFigures,
  OutcomeReport,
  ReportedFunction,
  ReportedOperation,
} from "./report.ts";

/** A report for people: what was seen of each operation, and what was not, with the script that would cover it. */
export function outcomesAsText(report: OutcomeReport): string {
  return [
    `Outcomes: ${figuresText(report)}`,
    ...report.functions.flatMap((each) => ["", ...functionLines(each)]),
    "",
  ].join("\n");
}

function functionLines(reported: ReportedFunction): readonly string[] {
  const { operations } = reported;
  const width = Math.max(...operations.map((operation) => operationLabel(operation).length));
  return [
    `${functionLabel(reported)}: ${figuresText(reported)}`,
    ...operations.flatMap((operation) => operationLines(operation, width)),
  ];
}

function operationLines(operation: ReportedOperation, width: number): readonly string[] {
  const { outcomes } = operation;
  const seen = outcomes.filter((each) => each.seen).map(({ outcome }) => outcome);
  const missing = outcomes.filter((each) => !each.seen);
  const longest = Math.max(0, ...missing.map(({ outcome }) => outcome.length));
  return [
    `  ${operationLabel(operation).padEnd(width)}  ${seen.join(", ") || "nothing seen"}`,
    ...missing.map(({ outcome, script }) =>
      `    not seen: ${outcome.padEnd(longest)}  ${script ?? ""}`.trimEnd(),
    ),
  ];
}

/** `orderHandler (src/order.ts)` */
export function functionLabel({ name, file }: Pick<ReportedFunction, "name" | "file">): string {
  return file === undefined || name.startsWith(file) ? name : `${name} (${file})`;
}

/** `step charge`, `step items[*]/charge`; `execution`, `wait` */
export function operationLabel({ kind, path }: Pick<ReportedOperation, "kind" | "path">): string {
  return path === "" || path === kind ? kind : `${kind} ${path}`;
}

/** `12 of 14, 85.7 %` */
export function figuresText({ seen, possible, percent }: OutcomeFigures): string {
  return possible === 0 ? "0 of 0: nothing to count" : `${seen} of ${possible}, ${percent} %`;
}
