import type { ChildContextError } from "./errors.ts";
import type { Serdes } from "./serdes.ts";

/** What became of one item of a `map`, or of one branch of a `parallel`. */
export type BatchItem<T> =
  | {
      /** Its place among the items, from 0. */
      readonly index: number;
      readonly status: "SUCCEEDED";
      readonly result: T;
      readonly error?: undefined;
    }
  | {
      readonly index: number;
      readonly status: "FAILED";
      readonly error: ChildContextError;
      readonly result?: undefined;
    }
  | {
      readonly index: number;
      /** It had begun and not ended when the batch completed; nothing more comes of it. */
      readonly status: "STARTED";
      readonly result?: undefined;
      readonly error?: undefined;
    };

/**
 * Why a batch completed: all items have ended, enough of them have succeeded, too many have failed, or
 * `shouldComplete` said so.
 */
export type CompletionReason =
  | "ALL_COMPLETED"
  | "MIN_SUCCESSFUL_REACHED"
  | "FAILURE_TOLERANCE_EXCEEDED"
  | "CUSTOM_COMPLETION_SUCCEEDED"
  | "CUSTOM_COMPLETION_FAILED";

/** What a batch result is made of: plain data, as a serdes reads it back. */
export interface BatchData<T> {
  /** The items that began, in their order; those that never began are left out. */
  readonly all: readonly BatchItem<T>[];
  readonly completionReason: CompletionReason;
}

/**
 * What became of all items of a `map` or `parallel`. The same on every replay.
 *
 * Items that fail do not make the operation throw; {@link BatchResult.throwIfError} does.
 *
 * @example
 * ```ts
 * const batch = await context.map(orders, (child, order) => ship(child, order), {
 *   completionConfig: { toleratedFailureCount: 2 },
 * });
 * for (const { index, error } of batch.failed()) context.logger.warn(orders[index], error.message);
 * return batch.getResults();
 * ```
 */
export interface BatchResult<T> extends BatchData<T> {
  succeeded(): Extract<BatchItem<T>, { readonly status: "SUCCEEDED" }>[];
  failed(): Extract<BatchItem<T>, { readonly status: "FAILED" }>[];
  /** Items that had begun and not ended when the batch completed early. */
  started(): Extract<BatchItem<T>, { readonly status: "STARTED" }>[];
  /** FAILED if any item failed, unless `shouldComplete` said otherwise. */
  readonly status: "SUCCEEDED" | "FAILED";
  /** Whether any item failed. */
  readonly hasFailure: boolean;
  /**
   * Throws the error of the first item that failed, in the order of the items.
   *
   * @throws ChildContextError
   * @throws BatchCompletionError when no item failed, but `shouldComplete` called the batch a failure.
   */
  throwIfError(): void;
  /** Results of the items that succeeded, in the order of the items. */
  getResults(): T[];
  /** Errors of the items that failed, in the order of the items. */
  getErrors(): ChildContextError[];
  readonly successCount: number;
  readonly failureCount: number;
  readonly startedCount: number;
  /** Items that began. */
  readonly totalCount: number;
}

/** How far a batch has come, for `shouldComplete`. */
export interface CompletionStatus {
  readonly successCount: number;
  readonly failureCount: number;
  /** Items that have ended, one way or the other. */
  readonly completedCount: number;
  /** All items, also those that have not begun. */
  readonly totalCount: number;
  /** In the order of the items. */
  readonly items: readonly {
    readonly index: number;
    /** The name that `itemNamer` or the branch gave it. */
    readonly name?: string | undefined;
    /** Undefined while it has not begun. */
    readonly status?: BatchItem<unknown>["status"] | undefined;
  }[];
}

/** What `shouldComplete` returns: go on, or complete the batch now. */
export type CompletionDecision =
  | { readonly complete: false }
  | {
      readonly complete: true;
      /** Whether that makes the batch a success or a failure, whatever its items say. Default: SUCCEEDED. */
      readonly outcome?: "SUCCEEDED" | "FAILED" | undefined;
    };

/** Completion by numbers. */
interface CompletionThresholds {
  /** The batch completes as soon as that many items have succeeded: a whole number, at least 1. */
  readonly minSuccessful?: number | undefined;
  /** The batch completes as soon as more items than that have failed: a whole number. */
  readonly toleratedFailureCount?: number | undefined;
  /** The batch completes as soon as more of all items than that have failed: 0 to 100, in percent. */
  readonly toleratedFailurePercentage?: number | undefined;
  readonly shouldComplete?: undefined;
}

/** Completion by a function of one's own. */
interface CustomCompletion {
  /**
   * Asked before each item begins and after each that has ended. It must decide by what it is given alone:
   * a replay asks again.
   */
  readonly shouldComplete: (status: CompletionStatus) => CompletionDecision;
  readonly minSuccessful?: undefined;
  readonly toleratedFailureCount?: undefined;
  readonly toleratedFailurePercentage?: undefined;
}

/**
 * When a batch completes before all its items have ended. No item begins after that, and nothing more comes
 * of those that are going on.
 *
 * Without any setting, the first failure completes it; with any, failures count only as far as that says.
 */
export type CompletionConfig = CompletionThresholds | CustomCompletion;

/** Settings of `parallel`, and of `map`. */
export interface BatchConfig<T> {
  /** How many may go on at once: a whole number, at least 1. One that waits counts. Default: all. */
  readonly maxConcurrency?: number | undefined;
  /** When the batch completes early. Default: with the first failure. */
  readonly completionConfig?: CompletionConfig | undefined;
  /** How the whole result is stored. JSON unless given. */
  readonly serdes?: Serdes<BatchData<T>> | undefined;
  /** How the result of one item is stored. JSON unless given. */
  readonly itemSerdes?: Serdes<T> | undefined;
  /**
   * `"NESTED"`: each item is recorded as a context of its own. `"FLAT"`: it is not; its operations stand
   * directly in the batch. That is fewer operations, and code between them runs again on every replay until
   * the batch has completed. Default: `"NESTED"`.
   */
  readonly nesting?: "NESTED" | "FLAT" | undefined;
  /**
   * Says in short what came out, for people: recorded when the result is too large to be stored. Such a
   * result is made anew on every replay.
   */
  readonly summaryGenerator?: ((result: BatchResult<T>) => string) | undefined;
}

/** Settings of `map`. */
export interface MapConfig<Item, T> extends BatchConfig<T> {
  /** Names the items: 1 to 256 characters. Default: `map-item-0`, `map-item-1` and so on. */
  readonly itemNamer?: ((item: Item, index: number) => string) | undefined;
}
