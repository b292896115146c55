import { InvalidArgumentError } from "@durabletest/runtime";
import { describeValue } from "@durabletest/runtime/protocol";
import { type CrashMatrix, type CrashMatrixRow, isCrashMatrix } from "../crash-matrix.ts";
import { type Effect, effectCounts } from "../effect.ts";
import { nearMisses } from "../input/near-misses.ts";
import { outcomeDiffers } from "../print/crash-table.ts";
import { formatTimeline } from "../print/timeline.ts";
import type { MatcherContext, MatcherResult } from "./framework.ts";
import { message } from "./report.ts";
import { checkName } from "./subject.ts";

const ROWS_SHOWN = 10;
const TIMELINE_ROWS = 30;

export function toBeCrashSafe(context: MatcherContext, received: unknown): MatcherResult {
  const { matrix, hint } = matrixOf(context, "toBeCrashSafe", received);
  const before = matrix.undisturbed.effects;
  const unsafe = matrix.rows.filter(
    (row) => outcomeDiffers(row) || happensMoreOften(row.effects, before),
  );
  return verdict({
    hint,
    rows: unsafe,
    says: `A crash changes what comes of it at ${pointsOf(unsafe, matrix)}:`,
    otherwise: `A crash changes nothing that matters, at ${matrix.rows.length} points.`,
  });
}

export function toHaveEffectAtMostOnce(
  context: MatcherContext,
  received: unknown,
  name: string,
): MatcherResult {
  const { matrix, hint } = matrixOf(context, "toHaveEffectAtMostOnce", received, "name");
  checkName("toHaveEffectAtMostOnce", name);
  const all = [matrix.undisturbed, ...matrix.rows];
  const names = all.flatMap(({ effects }) => effects.map((effect) => effect.name));
  if (!names.includes(name)) {
    throw new InvalidArgumentError(
      `${hint}\n\nNo effect ${JSON.stringify(name)} was recorded, with or without a crash: that it happens at most once would say nothing.${names.length === 0 ? " Have the test's fake call recordEffect(name, key)." : nearMisses(name, names)}`,
    );
  }
  const twice = all.filter(({ effects }) =>
    [...effectCounts(effects.filter((effect) => effect.name === name)).values()].some(
      (count) => count > 1,
    ),
  );
  return verdict({
    hint,
    rows: twice,
    says: `The effect ${JSON.stringify(name)} happens more than once at ${pointsOf(twice, matrix)}:`,
    otherwise: `It happens at most once, at ${matrix.rows.length} points.`,
  });
}

function verdict({
  hint,
  rows,
  says,
  otherwise,
}: {
  readonly hint: string;
  /** Where it does not hold. */
  readonly rows: readonly CrashMatrixRow[];
  readonly says: string;
  readonly otherwise: string;
}): MatcherResult {
  const [first] = rows;
  return {
    pass: first === undefined,
    message: () => {
      if (first === undefined) return message(hint, otherwise);
      const lines = rows.slice(0, ROWS_SHOWN).map(lineOf);
      const left = rows.length - lines.length;
      const more = left === 0 ? [] : [`  … and ${left} more: console.log(matrix.format())`];
      const timeline = formatTimeline(first.result, { maxRows: TIMELINE_ROWS });
      return message(
        hint,
        [says, ...lines, ...more].join("\n"),
        `Timeline of the first\n${timeline.replaceAll(/^(?=.)/gm, "  ")}`,
      );
    },
  };
}

function lineOf({ point, at, differences }: CrashMatrixRow): string {
  const where = at === "" ? point : `${point} (${at})`;
  return `  ${where}: ${differences.join("; ")}`;
}

function pointsOf(rows: readonly unknown[], { rows: all }: CrashMatrix): string {
  return `${rows.length === 1 ? "one point" : `${rows.length} points`} of ${all.length}`;
}

/**
 * Whether there are more effects of a name than without a crash, under whichever keys, or more for one key: twice. A
 * key that is made anew after a crash is another one, and so is that of a second provider; what counts is whether the
 * effect comes on top of one that was made, or in its place.
 */
function happensMoreOften(effects: readonly Effect[], before: readonly Effect[]): boolean {
  const keyless = (all: readonly Effect[]): ReadonlyMap<string, number> =>
    effectCounts(all.map((effect) => ({ ...effect, key: undefined })));
  return (
    exceeds(keyless(effects), keyless(before), 0) ||
    exceeds(effectCounts(effects), effectCounts(before), 1)
  );
}

/** @param always - so many are never too many. */
function exceeds(
  counts: ReadonlyMap<string, number>,
  before: ReadonlyMap<string, number>,
  always: number,
): boolean {
  return [...counts].some(([effect, count]) => count > Math.max(always, before.get(effect) ?? 0));
}

/** @throws InvalidArgumentError for anything but a crash matrix. */
function matrixOf(
  context: MatcherContext,
  matcher: string,
  received: unknown,
  ...expected: readonly string[]
): { readonly matrix: CrashMatrix; readonly hint: string } {
  const { isNot = false, promise = "" } = context;
  const hint = context.utils.matcherHint(matcher, "matrix", expected[0] ?? "", { isNot, promise });
  if (isCrashMatrix(received)) return { matrix: received, hint };
  throw new InvalidArgumentError(
    `${hint}\n\n${describeValue(received)} is no crash matrix. Give what crashMatrix(handler, options) of @durabletest/testing/explore resolves to; was an await forgotten?`,
  );
}
