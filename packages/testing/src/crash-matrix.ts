import type { ErrorObject } from "@durabletest/runtime";
import type { Effect } from "./effect.ts";
import type { DurableResult, InvocationStatus } from "./result.ts";

/** What came of an execution in which one invocation died at one point; or in none. */
export interface CrashMatrixRow {
  /** Where the sandbox died: `before checkpoint 3`, `after the function of step "charge"`. */
  readonly point: string;
  /** What the service was told there: `START step "charge", SUCCEED step "charge"`. */
  readonly at: string;
  /** In which invocation; 0 where nothing died. */
  readonly invocation: number;
  readonly status: InvocationStatus;
  readonly output: unknown;
  readonly error: ErrorObject | undefined;
  /**
   * How often the function of each step was called, by name or path; `undefined` where that is not known. Steps of an
   * invoked function are below its invoke, `pay/charge`; those of one path are added up.
   */
  readonly runs: Readonly<Record<string, number | undefined>>;
  readonly effects: readonly Effect[];
  /** What is not as without a crash, each in a few words. */
  readonly differences: readonly string[];
  readonly result: DurableResult<unknown>;
}

/** A scripted execution, and the same with a crash at every point where one is possible. */
export interface CrashMatrix {
  /** Without a crash. */
  readonly undisturbed: CrashMatrixRow;
  readonly rows: readonly CrashMatrixRow[];
  /** As a table. Snapshots print it, too. */
  format(): string;
}

/** By this, snapshots and matchers know one, of whichever copy of the package. */
export const CRASH_MATRIX: unique symbol = Symbol.for("durabletest.crash-matrix");

export function isCrashMatrix(value: unknown): value is CrashMatrix {
  return typeof value === "object" && value !== null && CRASH_MATRIX in value;
}
