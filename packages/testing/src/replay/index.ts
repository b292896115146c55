/**
 * The upgrade gate: whether executions in flight survive a change of their handler.
 *
 * @packageDocumentation
 */
export { HistoryTruncatedError, InvalidHistoryError, ReplayDivergedError } from "./errors.ts";
export type { ReplayOptions } from "./options.ts";
export { replayHistory } from "./replay-history.ts";
export type { DivergedOperation, EventRange, ReplayReport, RequestedOperation } from "./report.ts";
