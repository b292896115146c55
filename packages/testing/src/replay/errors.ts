import { DurableError } from "@durabletest/runtime";
import type { DivergedOperation, EventRange, RequestedOperation } from "./report.ts";

/** What was given as a history is none, or not all of one. */
export class InvalidHistoryError extends DurableError {
  override readonly name = "InvalidHistoryError";
  readonly code = "INVALID_HISTORY";
}

/** Parts of the history cannot be tried: the service has cut off what operations came to. */
export class HistoryTruncatedError extends DurableError {
  override readonly name = "HistoryTruncatedError";
  readonly code = "HISTORY_TRUNCATED";
  /** The prefixes that could not be tried, by the events that they end with. */
  readonly untried: readonly EventRange[];

  constructor(message: string, untried: readonly EventRange[]) {
    super(message);
    this.untried = untried;
  }
}

/**
 * Today's handler does not do what the history has recorded. Executions that stand there when it is deployed
 * fail, or go wrong without a word.
 */
export class ReplayDivergedError extends DurableError {
  override readonly name = "ReplayDivergedError";
  readonly code = "REPLAY_DIVERGED";
  /** The event that the handler does not account for. */
  readonly eventId: number;
  readonly eventType: string;
  /** The operation that was recorded there. */
  readonly recorded: DivergedOperation | undefined;
  /** What the handler asks for in its place; undefined if it asks for nothing there. */
  readonly requested: RequestedOperation | undefined;
  /** Where the handler does so, `"at handler (src/order.ts:12:5)"`, if that is known. */
  readonly callSite: string | undefined;
  /**
   * Where an execution must stand to be broken, by the last event that it has recorded. The last range has no
   * end if every execution that has come past its beginning is broken.
   */
  readonly breaks: readonly EventRange[];

  constructor(
    message: string,
    details: {
      readonly eventId: number;
      readonly eventType: string;
      readonly recorded: DivergedOperation | undefined;
      readonly requested: RequestedOperation | undefined;
      readonly callSite: string | undefined;
      readonly breaks: readonly EventRange[];
    },
  ) {
    super(message);
    this.eventId = details.eventId;
    this.eventType = details.eventType;
    this.recorded = details.recorded;
    this.requested = details.requested;
    this.callSite = details.callSite;
    this.breaks = details.breaks;
  }
}
