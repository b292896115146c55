import type { ExecutionStateResponse, ServiceClient } from "../client/service-client.ts";
import { messageOf, ServiceCallError } from "../errors.ts";
import type { DurableExecutionInvocationInput } from "../protocol/invocation.ts";
import { isEnded, type Operation } from "../protocol/operation.ts";

const NOT_ENDED = -1;

interface KnownOperation {
  readonly operation: Operation;
  /** Where in the order of starting it stands. */
  readonly position: number;
  /** Where in the order of ending it stands. */
  rank: number;
}

/**
 * What the service knows of this execution, as far as it has told this invocation.
 *
 * Owns: the operations by id, and the order in which they ended.
 * Does not own: who waits for them (`execution.ts`).
 *
 * Invariants
 * 1. An ended operation never changes again.
 * 2. Ranks are the order of ending: by end time, then as the service listed them; what ends during the
 *    invocation comes after everything that had ended before, in the order in which it is recorded.
 */
export class OperationHistory {
  readonly #known = new Map<string, KnownOperation>();
  #callbacks: Map<string, string> | undefined;
  #nextRank = 0;

  /** @param operations - the initial state, without the EXECUTION. */
  constructor(operations: Iterable<Operation>) {
    const ended: KnownOperation[] = [];
    let latest = Number.NEGATIVE_INFINITY;
    let inOrder = true;
    for (const operation of operations) {
      const known: KnownOperation = { operation, position: this.#known.size, rank: NOT_ENDED };
      this.#known.set(operation.Id, known);
      if (!isEnded(operation.Status)) continue;
      known.rank = ended.length;
      ended.push(known);
      const time = endTime(operation);
      if (time < latest) inOrder = false;
      latest = time;
    }
    this.#nextRank = ended.length;
    // Nearly always in order already.
    if (!inOrder) rankByEndTime(ended);
  }

  get(id: string): Operation | undefined {
    return this.#known.get(id)?.operation;
  }

  /** Where in the order of ending an ended operation stands. */
  rank(id: string): number {
    const rank = this.#known.get(id)?.rank ?? NOT_ENDED;
    if (rank === NOT_ENDED) throw new Error(`Operation ${id} has not ended.`);
    return rank;
  }

  /** Which of two operations started first, for sorting. */
  compareStarts(one: Operation, other: Operation): number {
    return this.#position(one.Id) - this.#position(other.Id);
  }

  #position(id: string): number {
    return this.#known.get(id)?.position ?? this.#known.size;
  }

  get endedCount(): number {
    return this.#nextRank;
  }

  /** What has begun and not ended, but for what went with the context it was in. */
  openIds(): Set<string> {
    const ids = new Set<string>();
    for (const { operation } of this.#known.values()) {
      if (!isEnded(operation.Status) && this.#isWithinOpen(operation)) ids.add(operation.Id);
    }
    return ids;
  }

  #isWithinOpen({ ParentId }: Operation): boolean {
    const parent = ParentId === undefined ? undefined : this.get(ParentId);
    return parent === undefined || (!isEnded(parent.Status) && this.#isWithinOpen(parent));
  }

  /** Takes in what the service said; tells whether anything is new. */
  record(operation: Operation): boolean {
    const before = this.#known.get(operation.Id);
    const known = before?.operation;
    if (known !== undefined && isEnded(known.Status)) return false;
    const rank = isEnded(operation.Status) ? this.#nextRank++ : NOT_ENDED;
    const position = before?.position ?? this.#known.size;
    this.#known.set(operation.Id, { operation, position, rank });
    if (this.#callbacks !== undefined) indexCallback(this.#callbacks, operation);
    return known?.Status !== operation.Status;
  }

  /** The operation of a callback of this execution. */
  byCallbackId(callbackId: string): Operation | undefined {
    const id = this.#callbackIndex().get(callbackId);
    return id === undefined ? undefined : this.get(id);
  }

  /** The callbacks of this execution, as they stand. */
  callbacks(): readonly Operation[] {
    return [...this.#callbackIndex().values()].flatMap((id) => this.get(id) ?? []);
  }

  /** Made when somebody asks for it, and kept up from then on. */
  #callbackIndex(): Map<string, string> {
    if (this.#callbacks === undefined) {
      this.#callbacks = new Map();
      for (const { operation } of this.#known.values()) indexCallback(this.#callbacks, operation);
    }
    return this.#callbacks;
  }
}

/**
 * All operations of the initial state, the EXECUTION first, fetched page by page.
 *
 * @throws ServiceCallError
 */
export async function loadOperations(
  input: DurableExecutionInvocationInput,
  client: ServiceClient,
): Promise<readonly Operation[]> {
  const { Operations = [], NextMarker } = input.InitialExecutionState;
  // An event is JSON that nobody has parsed but the runtime of Lambda: absent may be null.
  const marker = NextMarker ?? "";
  if (marker === "") return Operations;
  return [...Operations, ...(await remainingPages(input, marker, client))];
}

/**
 * Follows the markers of a long answer to its end.
 *
 * @throws ServiceCallError when a page is refused, or the markers lead in a circle. Nothing is wrong with
 *   the execution then, whatever the reason: another invocation may be given its state.
 */
export async function remainingPages(
  of: { readonly DurableExecutionArn: string; readonly CheckpointToken: string },
  marker: string,
  client: ServiceClient,
): Promise<readonly Operation[]> {
  const { DurableExecutionArn, CheckpointToken } = of;
  const operations: Operation[] = [];
  const followed = new Set<string>();
  let next = marker;
  while (next !== "") {
    if (followed.has(next)) {
      throw new ServiceCallError(
        `The service did not give the rest of the execution's state: page ${followed.size} ends with a marker that has been followed before, ${JSON.stringify(next)}.`,
      );
    }
    followed.add(next);
    let page: ExecutionStateResponse;
    try {
      const request = { DurableExecutionArn, CheckpointToken, Marker: next, MaxItems: 1000 };
      page = await client.getExecutionState(request);
    } catch (cause) {
      throw new ServiceCallError(
        `The service did not give the rest of the execution's state: ${messageOf(cause)}`,
        { cause },
      );
    }
    operations.push(...(page.Operations ?? []));
    next = page.NextMarker ?? "";
  }
  return operations;
}

function indexCallback(index: Map<string, string>, operation: Operation): void {
  const callbackId = operation.CallbackDetails?.CallbackId;
  if (callbackId !== undefined) index.set(callbackId, operation.Id);
}

/**
 * What a checkpoint's answer lists, in the order in which the next invocation will find it to have ended. A
 * service may list by when operations started.
 */
export function inOrderOfEnding(operations: readonly Operation[]): readonly Operation[] {
  let latest = Number.NEGATIVE_INFINITY;
  for (const operation of operations) {
    if (!isEnded(operation.Status)) continue;
    const time = endTime(operation);
    if (time < latest) return sortedByEnding(operations);
    latest = time;
  }
  return operations;
}

/** What goes on comes first, as it does on a replay. */
function sortedByEnding(operations: readonly Operation[]): readonly Operation[] {
  const open = operations.filter(({ Status }) => !isEnded(Status));
  const ended = operations.filter(({ Status }) => isEnded(Status));
  return [...open, ...ended.toSorted((a, b) => endTime(a) - endTime(b))];
}

/** By end time; those that ended at the same time stay as the service listed them. */
function rankByEndTime(ended: readonly KnownOperation[]): void {
  const sorted = ended.toSorted((a, b) => endTime(a.operation) - endTime(b.operation));
  for (const [rank, known] of sorted.entries()) known.rank = rank;
}

function endTime({ EndTimestamp, StartTimestamp }: Operation): number {
  const timestamp = EndTimestamp ?? StartTimestamp;
  return typeof timestamp === "object" ? timestamp.getTime() : new Date(timestamp).getTime();
}
