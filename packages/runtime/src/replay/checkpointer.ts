import type { CheckpointResponse, ServiceClient } from "../client/service-client.ts";
import { asError } from "../errors.ts";
import { ServiceLimits } from "../protocol/limits.ts";
import type { Operation } from "../protocol/operation.ts";
import type { OperationUpdate } from "../protocol/update.ts";
import { afterMicrotasks } from "./after-microtasks.ts";
import { remainingPages } from "./history.ts";

interface QueuedUpdate {
  /** None to ask what has changed. */
  readonly update: OperationUpdate | undefined;
  /** Called when the service has taken it. */
  readonly acknowledged: (() => void) | undefined;
}

/** What a checkpointer does with what comes back. */
interface CheckpointerEvents {
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
 * 2. Updates leave in the order in which they were queued.
 * 3. What is queued within one run of microtasks leaves in one batch, as far as the limits allow.
 */
export class Checkpointer {
  readonly #executionArn: string;
  readonly #client: ServiceClient;
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
    this.#events = events;
  }

  get idle(): boolean {
    return this.#state === "idle" || this.#state === "closed";
  }

  enqueue(update: OperationUpdate | undefined, acknowledged?: () => void): void {
    if (this.#state === "closed") return;
    this.#queue.push({ update, acknowledged });
    if (this.#state === "idle") {
      this.#state = "scheduled";
      this.#flushSoon();
    }
  }

  /** Drops what is queued and sends no more. */
  close(): void {
    this.#state = "closed";
    this.#queue = [];
  }

  /** Sends what is queued now rather than soon, unless a checkpoint is on its way. */
  flush(): void {
    if (this.#state !== "scheduled") return;
    this.#state = "sending";
    const batch = this.#takeBatch();
    const updates = batch.flatMap(({ update }) => update ?? []);
    this.#send(updates).then(
      (response) => this.#received(batch, updates, response),
      (cause: unknown) => this.#failed(() => this.#events.refused(cause)),
    );
  }

  readonly #flushSoon = afterMicrotasks(() => this.flush());

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

  /** A client that throws instead of rejecting rejects. */
  #send(updates: readonly OperationUpdate[]): Promise<CheckpointResponse> {
    try {
      return this.#client.checkpoint({
        DurableExecutionArn: this.#executionArn,
        CheckpointToken: this.#token,
        Updates: updates,
      });
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
      this.flush();
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
    if (this.#queue.length === 1) {
      const batch = this.#queue;
      this.#queue = [];
      return batch;
    }
    const { batchBytes, batchUpdates } = this.#client.limits ?? ServiceLimits;
    let bytes = 0;
    let count = 0;
    for (const { update } of this.#queue) {
      bytes += update === undefined ? 0 : approximateBytes(update);
      if (count > 0 && bytes > batchBytes) break;
      count += 1;
      if (count === batchUpdates) break;
    }
    return this.#queue.splice(0, count);
  }
}

/** Empty is none, and so is the null of a client that reads JSON as it comes. */
function isAbsent(text: string | null | undefined): text is "" | null | undefined {
  return text === undefined || text === null || text === "";
}

/** Never less than what the update takes as JSON, escapes included. */
function approximateBytes(update: OperationUpdate): number {
  const { Payload = "", Error: error } = update;
  const errorLength =
    error === undefined
      ? 0
      : [error.ErrorMessage, error.ErrorType, error.ErrorData, ...(error.StackTrace ?? [])].reduce(
          (length, text) => length + (text?.length ?? 0),
          0,
        );
  return 1024 + 3 * (Payload.length + errorLength);
}
