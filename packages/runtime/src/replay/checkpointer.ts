import type { CheckpointResponse, ServiceClient } from "../client/service-client.ts";
import { asError } from "../errors.ts";
import { ServiceLimits } from "../protocol/limits.ts";
import type { Operation } from "../protocol/operation.ts";
import type { OperationUpdate } from "../protocol/update.ts";
import { remainingPages } from "./history.ts";
import { jsonBytes, maxJsonBytes } from "./update-size.ts";

interface QueuedUpdate {
  /** None to ask what has changed. */
  readonly update?: OperationUpdate | undefined;
  /** Called when the service has taken it. */
  readonly acknowledged?: (() => void) | undefined;
  /** Must not leave together with what was queued before it. */
  readonly apart?: boolean | undefined;
}

/** What a checkpointer does with what comes back. */
interface CheckpointerEvents {
  /** Something is queued, to be sent as soon as somebody calls `flush`. */
  readonly queued: () => void;
  readonly sending: (updates: readonly OperationUpdate[]) => void;
  /** Operations changed; the updates are those that were just taken. */
  readonly changed: (operations: readonly Operation[], updates: readonly OperationUpdate[]) => void;
  /** Nothing is queued or on its way any more. */
  readonly idle: () => void;
  /** The service has taken the last checkpoint that it takes from this invocation. No more is sent. */
  readonly exhausted: () => void;
  /** The service did not take a checkpoint, or could not be reached. No more is sent. */
  readonly refused: (cause: unknown) => void;
  /** A checkpoint was taken, but not all that it brings can be had. No more is sent. */
  readonly incomplete: (error: unknown) => void;
}

/**
 * Sends updates to the service.
 *
 * Owns: the queue, the batches, the chain of tokens.
 *
 * Invariants
 * 1. One checkpoint is on its way at a time: each needs the token that the one before brought.
 * 2. Updates leave in the order in which they were queued, when `flush` is called, in one batch as far as the
 *    limits allow.
 */
export class Checkpointer {
  readonly #executionArn: string;
  readonly #client: ServiceClient;
  readonly #limits: ServiceLimits;
  readonly #events: CheckpointerEvents;
  #token: string;
  #queue: QueuedUpdate[] = [];
  #state: "idle" | "scheduled" | "sending" | "closed" = "idle";

  constructor(
    options: {
      readonly executionArn: string;
      readonly token: string;
      readonly client: ServiceClient;
    },
    events: CheckpointerEvents,
  ) {
    this.#executionArn = options.executionArn;
    this.#token = options.token;
    this.#client = options.client;
    this.#limits = options.client.limits ?? ServiceLimits;
    this.#events = events;
  }

  get idle(): boolean {
    return this.#state === "idle" || this.#state === "closed";
  }

  enqueue(queued: QueuedUpdate): void {
    if (this.#state === "closed") return;
    this.#queue.push(queued);
    if (this.#state === "idle") {
      this.#state = "scheduled";
      this.#events.queued();
    }
  }

  /** Whether what is queued is less than a batch. */
  get hasRoom(): boolean {
    return this.#queue.length < this.#limits.batchUpdates;
  }

  /** Whether all that is queued leaves together. */
  get fitsOneBatch(): boolean {
    return this.#batchLength() === this.#queue.length;
  }

  /** Drops what is queued and sends no more. */
  close(): void {
    this.#state = "closed";
    this.#queue = [];
  }

  /** Sends what is queued, unless a checkpoint is on its way. */
  flush(): void {
    if (this.#state !== "scheduled") return;
    this.#state = "sending";
    const batch = this.#takeBatch();
    const updates: OperationUpdate[] = [];
    for (const { update } of batch) if (update !== undefined) updates.push(update);
    this.#events.sending(updates);
    this.#send(updates)
      .then((response) => this.#received(batch, updates, response))
      .catch((cause: unknown) => this.#failed(() => this.#events.refused(cause)));
  }

  #received(
    batch: readonly QueuedUpdate[],
    updates: readonly OperationUpdate[],
    response: CheckpointResponse,
  ): void {
    const { CheckpointToken, NewExecutionState } = response;
    if (isAbsent(CheckpointToken)) {
      this.#exhausted(batch, updates);
      return;
    }
    this.#token = CheckpointToken;
    const { Operations, NextMarker } = NewExecutionState ?? {};
    const operations = Operations ?? [];
    if (isAbsent(NextMarker)) {
      this.#taken(batch, updates, operations);
      return;
    }
    this.#rest(NextMarker).then(
      (rest) => this.#taken(batch, updates, [...operations, ...rest]),
      (error: unknown) => this.#failed(() => this.#events.incomplete(error)),
    );
  }

  /** Nothing comes after the end of the execution, so that needs no token. */
  #exhausted(batch: readonly QueuedUpdate[], updates: readonly OperationUpdate[]): void {
    if (this.#isClosed()) return;
    this.close();
    if (updates.some(({ Type }) => Type === "EXECUTION")) {
      for (const { acknowledged } of batch) acknowledged?.();
    } else {
      this.#events.exhausted();
    }
  }

  /** A client that throws instead of rejecting rejects; one may answer without a promise. */
  #send(updates: readonly OperationUpdate[]): Promise<CheckpointResponse> {
    try {
      const answer = this.#client.checkpoint({
        DurableExecutionArn: this.#executionArn,
        CheckpointToken: this.#token,
        Updates: updates,
      });
      return Promise.resolve(answer);
    } catch (cause) {
      return Promise.reject(asError(cause));
    }
  }

  #taken(
    batch: readonly QueuedUpdate[],
    updates: readonly OperationUpdate[],
    operations: readonly Operation[],
  ): void {
    if (this.#isClosed()) return;
    this.#events.changed(operations, updates);
    for (const { acknowledged } of batch) acknowledged?.();
    if (this.#isClosed()) return;
    if (this.#queue.length > 0) {
      this.#state = "scheduled";
      this.#events.queued();
    } else {
      this.#state = "idle";
      this.#events.idle();
    }
  }

  #failed(tell: () => void): void {
    if (this.#isClosed()) return;
    this.close();
    tell();
  }

  /** Closing happens inside callbacks, where control flow analysis does not look. */
  #isClosed(): boolean {
    return this.#state === "closed";
  }

  #rest(marker: string): Promise<readonly Operation[]> {
    return remainingPages(
      { DurableExecutionArn: this.#executionArn, CheckpointToken: this.#token },
      marker,
      this.#client,
    );
  }

  #takeBatch(): QueuedUpdate[] {
    const length = this.#batchLength();
    if (length < this.#queue.length) return this.#queue.splice(0, length);
    const batch = this.#queue;
    this.#queue = [];
    return batch;
  }

  /** How much of the queue goes into one request; one update at least. */
  #batchLength(): number {
    const { batchBytes, batchUpdates } = this.#limits;
    const most = Math.min(this.#queue.length, batchUpdates);
    let length = Math.min(most, 1);
    while (length < most && this.#queue[length]?.apart !== true) length += 1;
    if (length <= 1) return length;
    const room = batchBytes - this.#token.length - ENVELOPE_BYTES;
    let bound = 0;
    for (let index = 0; index < length; index += 1) bound += this.#bytes(index, maxJsonBytes);
    if (bound <= room) return length;
    let bytes = this.#bytes(0, jsonBytes);
    for (let index = 1; index < length; index += 1) {
      bytes += this.#bytes(index, jsonBytes);
      if (bytes > room) return index;
    }
    return length;
  }

  #bytes(index: number, measure: (update: OperationUpdate) => number): number {
    const update = this.#queue[index]?.update;
    return update === undefined ? 0 : measure(update) + 1; // and a comma
  }
}

/** What a request's body has beside the token and the updates: names, quotes, a client token of 64 bytes. */
const ENVELOPE_BYTES = 128;

/** Empty is none, and so is the null of a client that reads JSON as it comes. */
function isAbsent(text: string | null | undefined): text is "" | null | undefined {
  return text === undefined || text === null || text === "";
}
