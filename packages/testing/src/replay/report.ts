import type { EventRange, RequestedOperation } from "../errors.ts";

/** What came of a replay in which the handler asked for what was recorded. */
export interface ReplayReport {
  /** Events of the history. */
  readonly events: number;
  /** States that the handler was given: those that it can tell from each other. */
  readonly prefixes: number;
  /** What the handler asks for after the recorded end, in the order in which it does; nothing of it was run. */
  readonly next: readonly RequestedOperation[];
  /**
   * What the handler answers when it is given all that was recorded: PENDING if it waits, undefined if it
   * went no further than the functions of steps, which are not run.
   */
  readonly status: "SUCCEEDED" | "FAILED" | "PENDING" | undefined;
  /** Prefixes that could not be tried, where that is no error. */
  readonly untried: readonly EventRange[];
}
