import type { Event, LambdaClient } from "@aws-sdk/client-lambda";
import type { ErrorObject, Operation } from "@aws/durable-execution-sdk-js";
import { natives } from "../surroundings/natives.ts";
import { type ExecutionEnd, executionEnd, operationFromEvents } from "./history-operations.ts";
import { OperationIndex, type OperationSource } from "./operation-index.ts";
import type { OperationStore } from "./operation-store.ts";
import { type EndedExecution, invocationsOf, outcomeOf } from "./test-result.ts";

type Lambda = typeof import("@aws-sdk/client-lambda");

/** Lambda, and how it is asked. */
export interface LambdaAccess {
  /** The module: loaded when it is needed. */
  readonly lambda: Lambda;
  readonly client: LambdaClient;
  readonly pollIntervalMs: number;
}

/** How often a page is asked for before it counts as lost. */
const TRIES = 3;
/** The most that Lambda gives at once. */
const PAGE_EVENTS = 1000;

/**
 * One execution in Lambda, followed through its history.
 *
 * Owns: how far the history has been read.
 */
export class CloudRun implements OperationSource {
  readonly index: OperationIndex;
  readonly #access: LambdaAccess;
  readonly #arn: string;
  readonly #store: OperationStore;
  readonly #events: Event[] = [];
  /** Of the last page: it may have grown. */
  #marker: string | undefined;
  #lastEventId = 0;
  #end: ExecutionEnd | undefined;

  constructor(access: LambdaAccess, arn: string, store: OperationStore) {
    this.#access = access;
    this.#arn = arn;
    this.#store = store;
    this.index = new OperationIndex(this);
  }

  /** Reads the history until the execution has ended. */
  async follow(): Promise<EndedExecution> {
    this.#store.begin(this.index);
    try {
      while (this.#end === undefined) {
        await this.#pause(this.#access.pollIntervalMs);
        await this.#read();
        this.#store.changed(this.index);
      }
    } finally {
      this.#store.end(this.index, () => ({ outcome: outcomeOf(this.#end), timeline: "" }));
    }
    return {
      ...this.#end,
      operations: () => this.#store.handlesOnAll(this.index),
      invocations: invocationsOf(this.#events),
      events: this.#events,
    };
  }

  // Where handles take their data from (OperationSource).

  operation(id: string, events: readonly Event[]): Operation {
    return operationFromEvents(id, events);
  }

  succeed(CallbackId: string, result: string | undefined): Promise<object> {
    const { client, lambda } = this.#access;
    return client.send(
      new lambda.SendDurableExecutionCallbackSuccessCommand({
        CallbackId,
        ...(result === undefined ? {} : { Result: Buffer.from(result) }),
      }),
    );
  }

  fail(CallbackId: string, error: ErrorObject | undefined): Promise<object> {
    const { client, lambda } = this.#access;
    return client.send(
      new lambda.SendDurableExecutionCallbackFailureCommand({ CallbackId, Error: error }),
    );
  }

  heartbeat(CallbackId: string): Promise<object> {
    const { client, lambda } = this.#access;
    return client.send(new lambda.SendDurableExecutionCallbackHeartbeatCommand({ CallbackId }));
  }

  /** Reads what is new in the history. */
  async #read(): Promise<void> {
    for (;;) {
      const { Events = [], NextMarker } = await this.#page();
      for (const event of Events) this.#take(event);
      if (NextMarker === undefined || NextMarker === "") return;
      this.#marker = NextMarker;
      // Lambda is not to be asked more often than agreed on.
      await this.#pause(this.#access.pollIntervalMs);
    }
  }

  #take(event: Event): void {
    const { EventId = this.#lastEventId + 1 } = event;
    if (EventId <= this.#lastEventId) return;
    this.#lastEventId = EventId;
    this.#events.push(event);
    this.index.add(event);
    this.#end ??= executionEnd(event);
  }

  async #page(): Promise<{
    readonly Events?: readonly Event[] | undefined;
    readonly NextMarker?: string | undefined;
  }> {
    const { client, lambda } = this.#access;
    for (let failures = 1; ; failures += 1) {
      try {
        return await client.send(
          new lambda.GetDurableExecutionHistoryCommand({
            DurableExecutionArn: this.#arn,
            IncludeExecutionData: true,
            MaxItems: PAGE_EVENTS,
            Marker: this.#marker,
          }),
        );
      } catch (error) {
        if (failures === TRIES) throw error;
        await this.#pause(1000 + (failures ** 2 - 1) * 150);
      }
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      natives.setTimeout(resolve, ms);
    });
  }
}
