/**
 * Finds what tests miss: explores what else could happen, and crashes a handler wherever it can crash.
 *
 * @packageDocumentation
 */
export { ExplorationError } from "./errors.ts";
export { explore, type ExplorationReport, type ExploredOutcome } from "./explore.ts";
export type { BuiltInProperties, ExploredRun, ExploreOptions, InputArbitrary } from "./options.ts";
export type { Property } from "./properties.ts";
export type { Random } from "./random.ts";
