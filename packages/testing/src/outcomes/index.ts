/**
 * Outcome coverage: which outcomes the operations of functions can have, which of them some test has seen, and the
 * scripts that would cover the others. Plugins of test frameworks collect it; {@link mergeOutcomes} merges the runs of
 * several machines.
 *
 * @packageDocumentation
 */
export { collectOutcomes } from "./collect-outcomes.ts";
export { type CollectorOptions, type LoadedModule, OutcomeCollector } from "./collector.ts";
export { mergeOutcomes, OutcomeThresholdError } from "./merge-outcomes.ts";
export type {
  ObservedFunction,
  ObservedOperation,
  OperationSettings,
  Outcome,
} from "./observation.ts";
export {
  checkOutcomeOptions,
  type OutcomeOptions,
  type OutcomeReporter,
  type OutcomeSettings,
} from "./options.ts";
export type {
  OutcomeFigures,
  OutcomeReport,
  ReportedFunction,
  ReportedOperation,
  ReportedOutcome,
  Shard,
} from "./report.ts";
export { writeOutcomes, type WriteOptions, type WrittenReport } from "./write.ts";
