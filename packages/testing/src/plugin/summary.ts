import type { ExecutedFigures } from "../executed.ts";

/**
 * One line on all that was executed, for the end of a run; none when it was nothing.
 *
 * @example
 * ```ts
 * summaryLine([{ executions: 2, invocations: 5, elapsedMs: 7_200_000 }]);
 * // "2 executions, 5 invocations, 2 hours of virtual time"
 * ```
 */
export function summaryLine(all: readonly ExecutedFigures[]): string | undefined {
  const { executions, invocations, elapsedMs } = sumOf(all);
  if (executions === 0) return undefined;
  const counts = `${counted(executions, "execution")}, ${counted(invocations, "invocation")}`;
  return elapsedMs === 0 ? counts : `${counts}, ${lengthText(elapsedMs)} of virtual time`;
}

/** All of them together. */
export function sumOf(all: readonly ExecutedFigures[]): ExecutedFigures {
  return {
    executions: all.reduce((sum, each) => sum + each.executions, 0),
    invocations: all.reduce((sum, each) => sum + each.invocations, 0),
    elapsedMs: all.reduce((sum, each) => sum + each.elapsedMs, 0),
  };
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function lengthText(ms: number): string {
  const units = [
    [86_400_000, "day"],
    [3_600_000, "hour"],
    [60_000, "minute"],
  ] as const;
  const [length, unit] = units.find(([least]) => ms >= least) ?? [1000, "second"];
  return counted(Number((ms / length).toFixed(1)), unit);
}
