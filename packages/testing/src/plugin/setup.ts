/**
 * What a setup file of a test framework needs before a test file has used anything: it loads next to nothing, so
 * that it may be in every test file.
 *
 * @packageDocumentation
 */
export { type CallWatch, type CallWatchOptions, watchCallsWith } from "../engine/call-listener.ts";
export {
  type ExecutedFigures,
  type ExecutionListener,
  listenToExecutions,
  listenToOutcomes,
} from "../executed.ts";
export { matcherNames } from "../matchers/names.ts";
export { loadHookInMainRealm } from "../surroundings/main-realm.ts";
export { sumOf, summaryLine } from "./summary.ts";
