import type { Reporter, TestModule, Vitest } from "vitest/node";
import { sumOf } from "./recorded-executions.ts";

/** A line at the end of a run: how much was executed, and how much time nobody waited for. */
export function summaryReporter({ logger }: Pick<Vitest, "logger">): Reporter {
  return {
    onTestRunEnd(testModules: readonly TestModule[]): void {
      const tests = testModules.flatMap(({ children }) => [...children.allTests()]);
      const { executions, invocations, elapsedMs } = sumOf(
        tests.flatMap((test) => test.meta().durable ?? []),
      );
      if (executions === 0) return;
      const counts = `${counted(executions, "execution")}, ${counted(invocations, "invocation")}`;
      const time = elapsedMs === 0 ? "" : `, ${lengthText(elapsedMs)} of virtual time`;
      logger.log(`    Durable  ${counts}${time}\n`);
    },
  };
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function lengthText(ms: number): string {
  const units = [
    [86_400_000, "days"],
    [3_600_000, "hours"],
    [60_000, "minutes"],
  ] as const;
  const [length, unit] = units.find(([least]) => ms >= least) ?? [1000, "seconds"];
  return `${Number((ms / length).toFixed(1))} ${unit}`;
}
