import type { HarnessDuration } from "../duration.ts";
import type { DurableResult } from "../result.ts";
import type { DurableTestRunner } from "../runner.ts";

/** The virtual time of a test's runner. */
export interface VirtualClock<Output = unknown> {
  /** What time it is for the execution. */
  readonly now: Date;
  /** `runner.advance`: lets time pass. */
  advance(duration: HarnessDuration): Promise<DurableResult<Output>>;
  /** `runner.advanceTo`: lets time pass until a moment. */
  advanceTo(time: Date): Promise<DurableResult<Output>>;
}

/**
 * The clock of a runner, as a fixture.
 *
 * @example
 * ```ts
 * const clock = virtualClock(runner);
 * await clock.advance({ hours: 3 });
 * ```
 */
export function virtualClock<Input, Output>(
  runner: DurableTestRunner<Input, Output>,
): VirtualClock<Output> {
  return {
    get now() {
      return runner.now;
    },
    advance: (duration) => runner.advance(duration),
    advanceTo: (time) => runner.advanceTo(time),
  };
}
