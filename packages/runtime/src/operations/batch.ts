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
  describeValue,
  InvalidArgumentError,
  NonDeterministicExecutionError,
} from "../errors.ts";
import { isEnded } from "../protocol/operation.ts";
import { errorForCheckpoint, errorFromObject } from "../replay/checkpoint-error.ts";
import type { ContextScope, Place } from "../replay/scope.ts";
import type { Serdes } from "../serdes.ts";
import {
  batchSerdes,
  CompletedBatch,
  customBatchSerdes,
  readSummary,
  writeSummary,
} from "./batch-result.ts";
import { runContext, runVirtualContext } from "./child-context.ts";
import { completionOf } from "./completion.ts";

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
}

/** A CONTEXT with a context for each of its tasks, and a result that tells what became of them. */
export function runBatch<T>(
  scope: ContextScope,
  place: Place,
  options: BatchOptions<T>,
): Promise<BatchResult<T>> {
  const { name, config, subType, summaryType } = options;
  const { summaryGenerator } = config;
  const itemSerdes = (config.itemSerdes as Serdes<never> | undefined) ?? options.serdes;
  const serdes =
    config.serdes === undefined ? batchSerdes<T>(itemSerdes) : customBatchSerdes(config.serdes);
  return runContext<BatchResult<T>>(scope, place, {
    name,
    subType,
    serdes: serdes as Serdes<never>,
    body: (child, stored) => new Batch(child, options, itemSerdes).run(stored),
    toError: (error) => new ChildContextError(name, error, { cause: errorFromObject(error) }),
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
  if (summaryGenerator === undefined) return undefined;
  const summary: unknown = summaryGenerator(result);
  if (typeof summary === "string") return summary;
  throw new InvalidArgumentError(
    `The summaryGenerator returned ${describeValue(summary)}; it must return a text.`,
  );
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
 */
class Batch<T> {
  readonly #scope: ContextScope;
  readonly #options: BatchOptions<T>;
  readonly #itemSerdes: Serdes<never>;
  /** Those that have begun. */
  readonly #items: BatchItem<T>[] = [];
  #succeeded = 0;
  #failed = 0;
  #completed = false;

  constructor(scope: ContextScope, options: BatchOptions<T>, itemSerdes: Serdes<never>) {
    this.#scope = scope;
    this.#options = options;
    this.#itemSerdes = itemSerdes;
  }

  /** @param stored - of a batch that completed earlier: its result, or a summary to make it anew from. */
  run(stored: string | undefined): Promise<BatchResult<T>> {
    const summary = this.#scope.closed ? readSummary(stored) : undefined;
    if (summary !== undefined) return this.#again(summary.itemStatuses, summary.completionReason);
    return new Promise((resolve, reject) => {
      const goOn = (): void => {
        if (this.#completed) return;
        try {
          const completionReason = this.#goOn(goOn);
          if (completionReason === undefined) return;
          this.#completed = true;
          resolve(new CompletedBatch({ all: [...this.#items], completionReason }));
        } catch (error) {
          this.#completed = true;
          reject(asError(error));
        }
      };
      goOn();
    });
  }

  /** Begins as many tasks as may begin; says why the batch completes, if it does. */
  #goOn(ended: () => void): CompletionReason | undefined {
    const { tasks, config } = this.#options;
    const { maxConcurrency = Number.POSITIVE_INFINITY } = config;
    for (;;) {
      const reason = this.#completionReason();
      if (reason !== undefined) return reason;
      const index = this.#items.length;
      const running = index - this.#succeeded - this.#failed;
      const task = tasks[index];
      if (task === undefined || running >= maxConcurrency) return undefined;
      this.#items.push({ index, status: "STARTED" });
      void this.#begin(task, this.#scope.nextPlace()).then(
        (result) => {
          this.#items[index] = { index, status: "SUCCEEDED", result };
          this.#succeeded += 1;
          ended();
        },
        (error: unknown) => {
          this.#items[index] = { index, status: "FAILED", error: itemError(task, error) };
          this.#failed += 1;
          ended();
        },
      );
    }
  }

  #completionReason(): CompletionReason | undefined {
    const { tasks, config } = this.#options;
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

  /** Makes a result anew, of the tasks it was made of: what else has ended since is not in it. */
  async #again(statuses: string, completionReason: CompletionReason): Promise<BatchResult<T>> {
    const begun = this.#options.tasks.slice(0, statuses.length);
    if (begun.length < statuses.length) throw this.#differs(`there are ${begun.length} now`);
    const all = begun.map(async (task, index): Promise<BatchItem<T>> => {
      const place = this.#scope.nextPlace();
      const hasEnded = statuses[index] !== "-";
      if (hasEnded && !this.#isRecorded(place)) throw this.#differs(`${task.name} is not recorded`);
      const outcome = this.#begin(task, place);
      if (!hasEnded) {
        outcome.catch(() => {});
        return { index, status: "STARTED" };
      }
      try {
        return { index, status: "SUCCEEDED", result: await outcome };
      } catch (error) {
        return { index, status: "FAILED", error: itemError(task, error) };
      }
    });
    return new CompletedBatch({ all: await Promise.all(all), completionReason });
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
    const { name, subType } = this.#options;
    return name === undefined ? `an unnamed ${subType}` : `${subType} "${name}"`;
  }

  #begin({ name, body }: BatchTask<T>, place: Place): Promise<T> {
    const serdes = this.#itemSerdes;
    if (this.#options.config.nesting === "FLAT") {
      return runVirtualContext(this.#scope, place, { name, body, serdes });
    }
    return runContext(this.#scope, place, {
      name,
      body,
      serdes,
      subType: this.#options.itemSubType,
      toError: (error) => new ChildContextError(name, error, { cause: errorFromObject(error) }),
    });
  }
}

/** A result that cannot be read back fails its item as if its function had thrown. */
function itemError({ name }: BatchTask<unknown>, thrown: unknown): ChildContextError {
  if (ChildContextError.is(thrown)) return thrown;
  const object = errorForCheckpoint(thrown);
  return new ChildContextError(name, object, { cause: errorFromObject(object) });
}
