/**
 * The upgrade gate: whether executions in flight survive a change of their handler.
 *
 * Importing it installs the hook through which handler code sees virtual time.
 *
 * @packageDocumentation
 */

import { installHook } from "../in-flight/install.ts";

installHook();

export {
  type EventRange,
  HistoryTruncatedError,
  InvalidHistoryError,
  ReplayDivergedError,
  type RequestedOperation,
} from "../errors.ts";
export type { ReplayOptions } from "./options.ts";
export { resultOfHistory } from "./history-result.ts";
export { replayHistory } from "./replay-history.ts";
export type { ReplayReport } from "./report.ts";
