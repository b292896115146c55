import type { BatchData, BatchItem, BatchResult, CompletionReason } from "../batch.ts";
import { describeValue } from "../describe-value.ts";
import { BatchCompletionError, ChildContextError } from "../errors.ts";
import type { ErrorObject } from "../protocol/error-object.ts";
import { errorFromObject, withoutStack } from "../replay/checkpoint-error.ts";
import { embed, extract, type Serdes } from "../serdes.ts";

type ItemOf<T, Status> = Extract<BatchItem<T>, { readonly status: Status }>;

/** A batch result: what it is made of, and what follows from that. */
export class CompletedBatch<T> implements BatchResult<T> {
  readonly all: readonly BatchItem<T>[];
  readonly completionReason: CompletionReason;

  constructor({ all, completionReason }: BatchData<T>) {
    this.all = all;
    this.completionReason = completionReason;
  }

  succeeded(): ItemOf<T, "SUCCEEDED">[] {
    return this.all.filter((item) => item.status === "SUCCEEDED");
  }

  failed(): ItemOf<T, "FAILED">[] {
    return this.all.filter((item) => item.status === "FAILED");
  }

  started(): ItemOf<T, "STARTED">[] {
    return this.all.filter((item) => item.status === "STARTED");
  }

  get status(): "SUCCEEDED" | "FAILED" {
    switch (this.completionReason) {
      case "CUSTOM_COMPLETION_SUCCEEDED":
        return "SUCCEEDED";
      case "CUSTOM_COMPLETION_FAILED":
        return "FAILED";
      case "ALL_COMPLETED":
      case "MIN_SUCCESSFUL_REACHED":
      case "FAILURE_TOLERANCE_EXCEEDED":
        return this.hasFailure ? "FAILED" : "SUCCEEDED";
    }
  }

  get hasFailure(): boolean {
    return this.failureCount > 0;
  }

  throwIfError(): void {
    const [first] = this.failed();
    if (first !== undefined) throw first.error;
    if (this.status === "FAILED") throw new BatchCompletionError();
  }

  getResults(): T[] {
    return this.succeeded().map(({ result }) => result);
  }

  getErrors(): ChildContextError[] {
    return this.failed().map(({ error }) => error);
  }

  get successCount(): number {
    return this.succeeded().length;
  }

  get failureCount(): number {
    return this.failed().length;
  }

  get startedCount(): number {
    return this.started().length;
  }

  get totalCount(): number {
    return this.all.length;
  }
}

/** One item as it is stored. */
interface StoredItem {
  readonly index: number;
  readonly status: BatchItem<unknown>["status"];
  readonly result?: unknown;
  readonly error?: ErrorObject | undefined;
}

/** How a batch result is stored: results as their own serdes makes them, errors as they are checkpointed. */
export function batchSerdes<T>(itemSerdes: Serdes<never>): Serdes<BatchData<T>> {
  const stored = async ({ index, status, result, error }: BatchItem<T>): Promise<StoredItem> => {
    switch (status) {
      case "SUCCEEDED":
        return { result: await embed(itemSerdes, result), index, status };
      case "FAILED":
        return { error: withoutStack(error), index, status };
      case "STARTED":
        return { index, status };
    }
  };
  const read = async ({ index, status, result, error }: StoredItem): Promise<BatchItem<T>> => {
    switch (status) {
      case "SUCCEEDED":
        return { index, status, result: (await extract(itemSerdes, result)) as T };
      case "FAILED":
        return { index, status, error: childContextError(error ?? {}) };
      case "STARTED":
        return { index, status };
    }
  };
  return {
    async serialize(data) {
      if (data === undefined) return undefined;
      const { all, completionReason } = data;
      return JSON.stringify({ all: await Promise.all(all.map(stored)), completionReason });
    },
    async deserialize(text) {
      const { all, completionReason } = JSON.parse(text) as {
        readonly all: readonly StoredItem[];
        readonly completionReason: CompletionReason;
      };
      return new CompletedBatch({ all: await Promise.all(all.map(read)), completionReason });
    },
  };
}

/** A serdes of the user's own, which may read back mere data. */
export function customBatchSerdes<T>(serdes: Serdes<BatchData<T>>): Serdes<BatchData<T>> {
  return {
    async serialize(data) {
      const text = await serdes.serialize(data);
      if (text === undefined || text === "") throw new TypeError("serialize returned no text");
      return text;
    },
    async deserialize(text) {
      const data: unknown = await serdes.deserialize(text);
      if (isBatchData<T>(data)) return new CompletedBatch(data);
      throw new TypeError(
        `deserialize returned ${describeValue(data)}, which is no { all, completionReason }`,
      );
    },
  };
}

function isBatchData<T>(data: unknown): data is BatchData<T> {
  return (
    typeof data === "object" &&
    data !== null &&
    "all" in data &&
    Array.isArray(data.all) &&
    "completionReason" in data
  );
}

function childContextError(object: ErrorObject): ChildContextError {
  const error = errorFromObject(object);
  return ChildContextError.is(error)
    ? error
    : new ChildContextError(undefined, object, { cause: error });
}

/** What is stored in place of a result that is too large: which items it is to be made of again. */
export interface BatchSummary {
  /** By index: S succeeded, F failed, - had begun and not ended. */
  readonly itemStatuses: string;
  readonly completionReason: CompletionReason;
}

export function writeSummary(
  type: "MapResult" | "ParallelResult",
  result: BatchResult<unknown>,
  inShort: string | undefined,
): string {
  const { totalCount, successCount, failureCount, startedCount, completionReason, status } = result;
  const signs = { SUCCEEDED: "S", FAILED: "F", STARTED: "-" };
  return JSON.stringify({
    type,
    totalCount,
    successCount,
    failureCount,
    ...(type === "ParallelResult" && { startedCount }),
    completionReason,
    status,
    itemStatuses: result.all.map((item) => signs[item.status]).join(""),
    ...(inShort !== undefined && { summary: inShort }),
  });
}

/** Undefined for a text that is no summary. */
export function readSummary(text: string | undefined): BatchSummary | undefined {
  // Whatever a user's serdes may write, it hardly begins like this.
  if (text === undefined || !/^\{"type":"(?:Map|Parallel)Result",/.test(text)) return undefined;
  try {
    const summary: unknown = JSON.parse(text);
    return typeof summary === "object" && summary !== null && "itemStatuses" in summary
      ? (summary as BatchSummary)
      : undefined;
  } catch {
    return undefined;
  }
}
