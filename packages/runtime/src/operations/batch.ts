import type {
  BatchConfig,
  BatchItem,
  BatchResult,
  CompletionReason,
  CompletionStatus,
} from "../batch.ts";
import {
  asError,
  ChildContextError,
  describeOperation,
  NonDeterministicExecutionError,
} from "../errors.ts";
import type { ErrorObject } from "../protocol/error-object.ts";
import { isEnded } from "../protocol/operation.ts";
import { errorForCheckpoint, errorFromObject } from "../replay/checkpoint-error.ts";
import type { ContextScope, Place } from "../replay/scope.ts";
import type { Serdes } from "../serdes.ts";
import {
  type BatchSummary,
  batchSerdes,
  CompletedBatch,
  customBatchSerdes,
  readSummary,
  writeSummary,
} from "./batch-result.ts";
import { runContext, runVirtualContext } from "./child-context.ts";
import { completionOf } from "./completion.ts";
import { textOf } from "./summary.ts";

/** One item of a `map`, or one branch of a `parallel`. */
export interface BatchTask<T> {
  /** What its context is called. */
  readonly name: string;
  /** The name that the user gave it. */
  readonly givenName: string | undefined;
  readonly body: (scope: ContextScope) => Promise<T>;
}

interface BatchOptions<T> {
  readonly name: string | undefined;
  readonly tasks: readonly BatchTask<T>[];
  readonly config: BatchConfig<T>;
  readonly serdes: Serdes<never>;
  readonly subType: string;
  readonly itemSubType: string;
  readonly summaryType: "MapResult" | "ParallelResult";
  readonly kind: "map" | "parallel";
}

/** A CONTEXT with a context for each of its tasks, and a result that tells what became of them. */
export function runBatch<T>(
  scope: ContextScope,
  place: Place,
  options: BatchOptions<T>,
): Promise<BatchResult<T>> {
  const { name, config, subType, summaryType, kind } = options;
  const { summaryGenerator } = config;
  const itemSerdes = (config.itemSerdes as Serdes<never> | undefined) ?? options.serdes;
  const serdes =
    config.serdes === undefined ? batchSerdes<T>(itemSerdes) : customBatchSerdes(config.serdes);
  return runContext<BatchResult<T>>(scope, place, {
    name,
    subType,
    kind,
    serdes: serdes as Serdes<never>,
    body: (child, stored) => {
      const summary = child.closed ? readSummary(stored) : undefined;
      return new Batch(child, options, { itemSerdes, summary }).run();
    },
    toError: (error) => new ChildContextError(name, error, { cause: errorFromObject(error) }),
    failuresIn: (result) => result.getErrors(),
    summary: {
      of: (result) => writeSummary(summaryType, result, inShort(summaryGenerator, result)),
      is: (text) => readSummary(text) !== undefined,
    },
  });
}

function inShort<T>(
  summaryGenerator: BatchConfig<T>["summaryGenerator"],
  result: BatchResult<T>,
): string | undefined {
  return summaryGenerator === undefined ? undefined : textOf(summaryGenerator(result));
}

/**
 * One run through the tasks of a batch.
 *
 * Owns: which tasks have begun, what became of them, when the batch completes.
 *
 * Invariants
 * 1. Tasks begin in their order, so that each has the same place on every replay.
 * 2. What happens next is decided when a task ends, and by nothing but what has ended so far: outcomes come
 *    in the same order on every replay, and so the result is the same.
 * 3. A result that is made anew is made of the tasks that its summary names, whatever else has ended since.
 */
class Batch<T> {
  readonly #scope: ContextScope;
  readonly #options: BatchOptions<T>;
  readonly #itemSerdes: Serdes<never>;
  readonly #summary: BatchSummary | undefined;
  /** Those that have begun. */
  readonly #items: BatchItem<T>[] = [];
  #succeeded = 0;
  #failed = 0;
  /** Tasks that a result made anew still lacks. */
  #missing: number;
  #completed = false;

  constructor(
    scope: ContextScope,
    options: BatchOptions<T>,
    more: {
      readonly itemSerdes: Serdes<never>;
      /** In place of a result that is to be made anew. */
      readonly summary: BatchSummary | undefined;
    },
  ) {
    this.#scope = scope;
    this.#options = options;
    this.#itemSerdes = more.itemSerdes;
    this.#summary = more.summary;
    this.#missing = more.summary?.itemStatuses.replaceAll("-", "").length ?? 0;
  }

  run(): Promise<BatchResult<T>> {
    return new Promise((resolve, reject) => {
      const goOn = (): void => {
        if (this.#completed) return;
        try {
          const completionReason = this.#goOn(goOn);
          if (completionReason === undefined) return;
          this.#completed = true;
          resolve(new CompletedBatch({ all: this.#outcomes(), completionReason }));
        } catch (error) {
          this.#completed = true;
          reject(asError(error));
        }
      };
      goOn();
    });
  }

  /** Begins as many tasks as may begin; says why the batch completes, if it does. */
  #goOn(goOn: () => void): CompletionReason | undefined {
    const { tasks, config } = this.#options;
    const { maxConcurrency = Number.POSITIVE_INFINITY } = config;
    const { length } = this.#summary?.itemStatuses ?? tasks;
    for (;;) {
      const reason = this.#completionReason();
      if (reason !== undefined) return reason;
      const index = this.#items.length;
      const running = index - this.#succeeded - this.#failed;
      const task = tasks[index];
      if (task === undefined || index >= length || running >= maxConcurrency) return undefined;
      this.#items.push({ index, status: "STARTED" });
      void this.#begin(task, this.#scope.nextPlace()).then(
        (result) => {
          this.#ended({ index, status: "SUCCEEDED", result });
          goOn();
        },
        (error: unknown) => {
          this.#ended({ index, status: "FAILED", error: itemError(task, error) });
          goOn();
        },
      );
    }
  }

  #completionReason(): CompletionReason | undefined {
    const { tasks, config } = this.#options;
    if (this.#summary !== undefined) return this.#completionAsBefore(this.#summary);
    const items = (): CompletionStatus["items"] =>
      tasks.map(({ givenName }, index) => ({
        index,
        name: givenName,
        status: this.#items[index]?.status,
      }));
    const completion = config.completionConfig ?? {};
    const status: CompletionStatus = {
      successCount: this.#succeeded,
      failureCount: this.#failed,
      completedCount: this.#succeeded + this.#failed,
      totalCount: tasks.length,
      items: completion.shouldComplete === undefined ? [] : items(),
    };
    return completionOf(completion, status, this.#what);
  }

  /** As soon as all have begun that had begun then, and all have ended that had ended. */
  #completionAsBefore({
    itemStatuses,
    completionReason,
  }: BatchSummary): CompletionReason | undefined {
    const { length } = this.#options.tasks;
    if (length < itemStatuses.length) throw this.#differs(`there are ${length} now`);
    if (this.#items.length < itemStatuses.length || this.#missing > 0) return undefined;
    return completionReason;
  }

  #ended(item: BatchItem<T>): void {
    this.#items[item.index] = item;
    if (item.status === "SUCCEEDED") this.#succeeded += 1;
    else this.#failed += 1;
    if (this.#hadEnded(item.index)) this.#missing -= 1;
  }

  /** Whether a result made anew is made of this one. */
  #hadEnded(index: number): boolean {
    const sign = this.#summary?.itemStatuses[index];
    return sign === "S" || sign === "F";
  }

  #outcomes(): readonly BatchItem<T>[] {
    if (this.#summary === undefined) return [...this.#items];
    return this.#items.map((item, index) =>
      this.#hadEnded(index) ? item : { index, status: "STARTED" },
    );
  }

  /** Whether a context has its end on record; what is FLAT has no record. */
  #isRecorded(place: Place): boolean {
    const status = this.#scope.execution.history.get(place.id)?.Status;
    return this.#options.config.nesting === "FLAT" || (status !== undefined && isEnded(status));
  }

  /** Nobody would ever hear of a result that cannot be made again: the execution fails. */
  #differs(how: string): NonDeterministicExecutionError {
    const error = new NonDeterministicExecutionError(
      `The result of ${this.#what} was too large to be stored, and cannot be made again of its items: ${how}. ` +
        "Give the same items, in the same order, on every invocation.",
    );
    this.#scope.execution.end({ kind: "failed", error });
    return error;
  }

  get #what(): string {
    return describeOperation(this.#options.kind, this.#options.name);
  }

  #begin({ name, body }: BatchTask<T>, place: Place): Promise<T> {
    if (this.#hadEnded(this.#items.length - 1) && !this.#isRecorded(place)) {
      throw this.#differs(`${name} is not recorded`);
    }
    const { config, kind, itemSubType } = this.#options;
    const context = {
      name,
      body,
      serdes: this.#itemSerdes,
      kind: kind === "map" ? "map item" : "parallel branch",
      givesContext: true,
      toError: (error: ErrorObject) =>
        new ChildContextError(name, error, { cause: errorFromObject(error) }),
    };
    return config.nesting === "FLAT"
      ? runVirtualContext(this.#scope, place, context)
      : runContext(this.#scope, place, { ...context, subType: itemSubType });
  }
}

/** A result that cannot be read back fails its item as if its function had thrown. */
function itemError({ name }: BatchTask<unknown>, thrown: unknown): ChildContextError {
  if (ChildContextError.is(thrown)) return thrown;
  const object = errorForCheckpoint(thrown);
  return new ChildContextError(name, object, { cause: errorFromObject(object) });
}
