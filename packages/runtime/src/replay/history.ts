import type { ServiceClient } from "../client/service-client.ts";
import type { DurableExecutionInvocationInput } from "../protocol/invocation.ts";
import { isEnded, type Operation, type Timestamp } from "../protocol/operation.ts";

/**
 * What the service knows of this execution, as far as it has told this invocation.
 *
 * Owns: the operations by id, and the order in which they ended.
 * Does not own: who waits for them (`execution.ts`).
 *
 * Invariants
 * 1. An ended operation never changes again.
 * 2. Ranks are the order of ending: by end time, then as the service listed them; what ends during the
 *    invocation comes after everything that had ended before, in the order in which the service says so.
 */
export class OperationHistory {
  readonly #operations = new Map<string, Operation>();
  readonly #ranks = new Map<string, number>();
  #callbacks: Map<string, string> | undefined;
  #nextRank = 0;

  /** @param operations - the initial state, without the EXECUTION. */
  constructor(operations: Iterable<Operation>) {
    const ended: Operation[] = [];
    for (const operation of operations) {
      this.#operations.set(operation.Id, operation);
      if (isEnded(operation.Status)) ended.push(operation);
    }
    for (const operation of inOrderOfEnding(ended)) this.#ranks.set(operation.Id, this.#nextRank++);
  }

  get(id: string): Operation | undefined {
    return this.#operations.get(id);
  }

  /** Where in the order of ending an ended operation stands. */
  rank(id: string): number {
    const rank = this.#ranks.get(id);
    if (rank === undefined) throw new Error(`Operation ${id} has not ended.`);
    return rank;
  }

  get endedCount(): number {
    return this.#ranks.size;
  }

  /** Takes in what the service said; tells whether anything is new. */
  record(operation: Operation): boolean {
    const known = this.#operations.get(operation.Id);
    if (known !== undefined && isEnded(known.Status)) return false;
    this.#operations.set(operation.Id, operation);
    if (isEnded(operation.Status)) this.#ranks.set(operation.Id, this.#nextRank++);
    if (this.#callbacks !== undefined) indexCallback(this.#callbacks, operation);
    return known?.Status !== operation.Status;
  }

  /** The operation of a callback of this execution. */
  byCallbackId(callbackId: string): Operation | undefined {
    if (this.#callbacks === undefined) {
      this.#callbacks = new Map();
      for (const operation of this.#operations.values()) indexCallback(this.#callbacks, operation);
    }
    const id = this.#callbacks.get(callbackId);
    return id === undefined ? undefined : this.#operations.get(id);
  }
}

/** All operations of the initial state, the EXECUTION first, fetched page by page. */
export async function loadOperations(
  input: DurableExecutionInvocationInput,
  client: ServiceClient,
): Promise<readonly Operation[]> {
  const { Operations = [], NextMarker } = input.InitialExecutionState;
  if (NextMarker === undefined || NextMarker === "") return Operations;
  return [...Operations, ...(await remainingPages(input, NextMarker, client))];
}

/** Follows the markers of a long answer to its end. */
export async function remainingPages(
  of: { readonly DurableExecutionArn: string; readonly CheckpointToken: string },
  marker: string,
  client: ServiceClient,
): Promise<readonly Operation[]> {
  const operations: Operation[] = [];
  let next: string | undefined = marker;
  while (next !== undefined && next !== "") {
    const page = await client.getExecutionState({
      DurableExecutionArn: of.DurableExecutionArn,
      CheckpointToken: of.CheckpointToken,
      Marker: next,
      MaxItems: 1000,
    });
    operations.push(...(page.Operations ?? []));
    next = page.NextMarker;
  }
  return operations;
}

function indexCallback(index: Map<string, string>, operation: Operation): void {
  const callbackId = operation.CallbackDetails?.CallbackId;
  if (callbackId !== undefined) index.set(callbackId, operation.Id);
}

function inOrderOfEnding(ended: Operation[]): Operation[] {
  for (let index = 1; index < ended.length; index += 1) {
    // Nearly always sorted already: look before sorting.
    if (endTime(ended[index - 1]) > endTime(ended[index])) {
      return ended.toSorted((a, b) => endTime(a) - endTime(b));
    }
  }
  return ended;
}

function endTime(operation: Operation | undefined): number {
  return toEpochMs(operation?.EndTimestamp ?? operation?.StartTimestamp ?? 0);
}

function toEpochMs(timestamp: Timestamp | number): number {
  return typeof timestamp === "string" ? Date.parse(timestamp) : Number(timestamp);
}
