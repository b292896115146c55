/**
 * Finds what tests miss: explores what else could happen, and crashes a handler wherever it can crash.
 *
 * Importing it installs the hook through which handler code sees virtual time.
 *
 * @packageDocumentation
 */

import { installHook } from "../in-flight/install.ts";

installHook();

export type { CrashMatrix, CrashMatrixRow } from "../crash-matrix.ts";
export { crashMatrix, type CrashMatrixOptions } from "./crash-matrix.ts";
export { ExplorationError } from "./errors.ts";
export { explore, type ExplorationReport } from "./explore.ts";
export type { BuiltInProperties, ExploredRun, ExploreOptions, InputArbitrary } from "./options.ts";
export type { ExploredOutcome } from "./outcomes.ts";
export type { Property } from "./properties.ts";
export type { Random } from "./random.ts";
