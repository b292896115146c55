import type { Driver } from "./driver.ts";

/** What other parts of this package need of a runner. Not part of the public interface. */
export interface RunnerEngine {
  readonly driver: Driver;
  readonly disposed: boolean;
  /** Goes on in the background, as after `sendCallback…`, unless a call is going on that will. */
  goOn(): void;
}

/** The same in every copy of the package: a runner made with one works with a server of another. */
const engine = Symbol.for("durabletest.engine");

export function giveEngine(runner: object, value: RunnerEngine): void {
  Object.defineProperty(runner, engine, { value });
}

/** The engine of a runner; undefined for what is no runner. */
export function engineOf(runner: unknown): RunnerEngine | undefined {
  return typeof runner === "object" && runner !== null && engine in runner
    ? (runner[engine] as RunnerEngine)
    : undefined;
}
