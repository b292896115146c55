import { inspect } from "node:util";
import type { CrashMatrix, CrashMatrixRow } from "../crash-matrix.ts";
import { visible } from "./visible.ts";

const LONGEST_END = 48;
const LONGEST_POINT = 76;

/** A crash matrix as a table: the point, how the execution ended, and what was not as without a crash. */
export function crashTable({ undisturbed, rows }: CrashMatrix): string {
  const lines = [undisturbed, ...rows].map((row): readonly [string, string, string] => [
    shortened(row.at === "" ? row.point : `${row.point}: ${row.at}`, LONGEST_POINT),
    endOf(row),
    row.differences.join("; "),
  ]);
  const all = [["point", "end", "what differs"] as const, ...lines];
  const [first = 0, second = 0] = [0, 1].map((column) =>
    Math.max(...all.map((line) => line[column]?.length ?? 0)),
  );
  const drawn = all.map(([point, end, differs]) =>
    `${point.padEnd(first)}  ${end.padEnd(second)}  ${differs}`.trimEnd(),
  );
  const [head = "", ...body] = drawn;
  const rule = "─".repeat(Math.max(...drawn.map(({ length }) => length)));
  return [head, rule, ...body].join("\n");
}

/** How an execution ended, in a few words: `SUCCEEDED 'shipped'`. */
export function endOf({ status, output, error }: CrashMatrixRow): string {
  const what = error === undefined ? output : (error.ErrorType ?? error.ErrorMessage);
  return what === undefined ? status : `${status} ${shortened(shown(what), LONGEST_END)}`;
}

function shown(value: unknown): string {
  return typeof value === "string" ? value : inspect(value, { breakLength: Infinity, depth: 2 });
}

function shortened(text: string, longest: number): string {
  const line = visible(text.replaceAll(/\s+/g, " "));
  return line.length <= longest ? line : `${line.slice(0, longest - 1)}…`;
}

/** Whether an execution did not end as it does without a crash. */
export function outcomeDiffers({ differences }: CrashMatrixRow): boolean {
  return differences.some((words) => words.startsWith(ENDS) || words.startsWith(NO_END));
}

/** How the words begin about an end that is not as without a crash. */
export const ENDS = "ends ";
export const NO_END = "it does not end: ";
