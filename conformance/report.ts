/** What became of the requirements, as text and as an exit code. */

/** What became of a requirement with the handler of one runtime. */
export type Outcome =
  | { readonly kind: "passed" }
  | { readonly kind: "failed"; readonly differences: readonly string[] }
  | { readonly kind: "optional failed"; readonly differences: readonly string[] }
  | { readonly kind: "no handler" };

export interface Row {
  /** "step/1-10" */
  readonly requirement: string;
  readonly runtime: string;
  readonly outcome: Outcome;
}

/** A suite that has no handlers: there are more published than are met here. */
export interface SkippedSuite {
  readonly name: string;
  readonly requirements: number;
}

/** A requirement without a handler fails the run as well: it must pass, or be optional. */
export function failsRun({ kind }: Outcome): boolean {
  return kind === "failed" || kind === "no handler";
}

export function formatReport(rows: readonly Row[], skipped: readonly SkippedSuite[]): string {
  const suites = skipped.map(
    ({ name, requirements }) => `${name}: ${requirements} not run, no handlers have been written`,
  );
  return [formatTable(rows), ...suites, "", formatSummary(rows, skipped), ""].join("\n");
}

function formatTable(rows: readonly Row[]): string {
  const width = (texts: readonly string[]): number =>
    Math.max(0, ...texts.map((text) => text.length));
  const first = width(rows.map(({ requirement }) => requirement));
  const second = width(rows.map(({ runtime }) => runtime));
  return rows
    .map(
      ({ requirement, runtime, outcome }) =>
        `${requirement.padEnd(first)}  ${runtime.padEnd(second)}  ${describe(outcome)}`,
    )
    .join("\n");
}

function describe(outcome: Outcome): string {
  switch (outcome.kind) {
    case "passed":
      return "passed";
    case "failed":
      return `FAILED ${firstOf(outcome.differences)}`;
    case "optional failed":
      return `failed, but is optional: ${firstOf(outcome.differences)}`;
    case "no handler":
      return "FAILED no handler has been written for it";
  }
}

function firstOf([first = "", ...more]: readonly string[]): string {
  return more.length === 0 ? first : `${first} (and ${more.length} more)`;
}

function formatSummary(rows: readonly Row[], skipped: readonly SkippedSuite[]): string {
  const count = (kind: Outcome["kind"]): number =>
    rows.filter(({ outcome }) => outcome.kind === kind).length;
  const notRun = skipped.reduce((sum, { requirements }) => sum + requirements, 0);
  return [
    `${count("passed")} passed`,
    `${count("failed")} failed`,
    `${count("optional failed")} optional failed`,
    `${count("no handler")} without handler`,
    `${notRun} requirements of ${skipped.length} suites not run`,
  ].join(", ");
}
