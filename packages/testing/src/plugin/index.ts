/**
 * What a plugin for a test framework is made of: the clock of a runner, failures that show what happened, and
 * how much was executed. Ours for Vitest, Jest and `node:test` are made of it; so may one for another framework.
 *
 * @packageDocumentation
 */
export { type CallWatch, isOfFixture } from "../engine/call-listener.ts";
export { openCallOf, unawaitedCallsOf, watchCalls } from "../engine/test-calls.ts";
export { type ExecutedFigures, type ExecutionListener, listenToExecutions } from "../executed.ts";
export { nearMisses, suggestion } from "../input/near-misses.ts";
export { logLines } from "../print/log-lines.ts";
export { TIMELINE_HEADING, timelineSection } from "../print/timeline-section.ts";
export { visible, visibleLines } from "../print/visible.ts";
export { checkDurableTest } from "./check-durable-test.ts";
export { explainFailure } from "./explain-failure.ts";
export {
  addReport,
  type FailedTest,
  failureReports,
  type WriteFailureReport,
} from "./failure-report.ts";
export { mergeOptions } from "./merge-options.ts";
export { checkReportOptions, type ReportOptions, REPORTS_VARIABLE } from "./report-options.ts";
export { sumOf, summaryLine } from "./summary.ts";
export { type VirtualClock, virtualClock } from "./virtual-clock.ts";
