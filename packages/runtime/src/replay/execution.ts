import { refusalOf } from "../client/refusal.ts";
import type { PromiseWatch, RunningInvocation, ServiceClient } from "../client/service-client.ts";
import { asError, messageOf, type DurableError, ServiceCallError } from "../errors.ts";
import { ServiceLimits } from "../protocol/limits.ts";
import { isEnded, type Operation } from "../protocol/operation.ts";
import type { OperationUpdate } from "../protocol/update.ts";
import { isClosing, operationAfter } from "./accepted-update.ts";
import { Checkpointer } from "./checkpointer.ts";
import { callSite, inconsistency, type OperationRequest } from "./consistency.ts";
import { ContextEnds } from "./context-ends.ts";
import { Deliveries } from "./deliveries.ts";
import { inOrderOfEnding, type OperationHistory } from "./history.ts";
import type { KnownCallback } from "./known-callback.ts";
import type { LambdaInvocation } from "./lambda-invocation.ts";
import { inNextTurn } from "./next-turn.ts";
import { Replay } from "./replay.ts";

/** How an invocation ends other than by the handler's return. */
export type InvocationEnd =
  | { readonly kind: "suspended" }
  /** The whole execution fails. */
  | { readonly kind: "failed"; readonly error: DurableError }
  /** Only this invocation fails; the service invokes again. */
  | { readonly kind: "faulted"; readonly error: Error };

type ChangeListener = (operation: Operation) => void;

/**
 * One invocation of a handler.
 *
 * Owns: what handler code waits for, when the invocation is suspended.
 * Does not own: the operations (`history.ts`), the order of outcomes (`deliveries.ts`), whether it is a replay
 * (`replay.ts`), the way to the service (`checkpointer.ts`), what an operation does (`operations/`).
 *
 * Invariants
 * 1. What is queued leaves when handler code can make no more of what it has been given: together, as far as
 *    the limits allow, and before it waits for anything that takes time.
 * 2. It suspends when somebody waits for the outside world and nothing in here can go on: no step body, serdes or
 *    schema runs, no update is on its way, no outcome is undelivered.
 * 3. Once it has ended, nothing more is recorded or delivered.
 */
export class Execution {
  readonly arn: string;
  readonly limits: ServiceLimits;
  readonly history: OperationHistory;
  readonly lambda: LambdaInvocation;
  /** Callbacks the handler has created or asked for, by callback id. */
  readonly callbacks: Map<string, KnownCallback> = new Map();
  /** Ids of callbacks that went with the context they were made in. */
  readonly forgottenCallbacks: Set<string> = new Set();

  /** Is told who waits for what, where somebody wants to know. */
  readonly watch: PromiseWatch | undefined;
  /** A tool only wants to know what the handler asks for: no step's function may run. */
  readonly observed: boolean;
  /** Tells the service's client, if that lives in this process, of a step's function: {@link ServiceClient.bodyRuns}. */
  readonly tellBodyRuns: (operationId: string, moment: "begins" | "settles") => void;
  /** {@link ServiceClient.runBody} */
  readonly runBody: ServiceClient["runBody"];
  readonly #observe: ((operationId: string, site: string) => void) | undefined;
  readonly #tellRequest: ((operation: OperationRequest) => void) | undefined;
  readonly #checkpointer: Checkpointer;
  readonly #onEnd: (end: InvocationEnd) => void;
  readonly #listeners = new Map<string, ChangeListener[]>();

  readonly #deliveries = new Deliveries(() => this.#quiet());
  readonly #contextEnds = new ContextEnds();
  readonly #isInProcess: boolean;
  readonly #whenAllHasArrived: (arrived: () => void) => void;
  #suspensionCheck = false;

  #ended = false;
  /** Step bodies, and whatever else of the user's takes its time. */
  #running = 0;
  #hearings = 0;
  #waits = 0;

  readonly #replay: Replay;

  constructor(options: {
    readonly arn: string;
    readonly token: string;
    readonly client: ServiceClient;
    readonly history: OperationHistory;
    readonly isReplay: boolean;
    readonly updatedIds: Iterable<string>;
    readonly lambda: LambdaInvocation;
    /** {@link RunningInvocation.runningStep} */
    readonly runningStep: RunningInvocation["runningStep"];
    readonly onEnd: (end: InvocationEnd) => void;
  }) {
    this.arn = options.arn;
    this.limits = options.client.limits ?? ServiceLimits;
    this.history = options.history;
    this.lambda = options.lambda;
    this.#observe = options.client.operationCalled?.bind(options.client);
    this.#tellRequest = options.client.operationRequested?.bind(options.client);
    this.observed = this.#observe !== undefined || this.#tellRequest !== undefined;
    this.tellBodyRuns = options.client.bodyRuns?.bind(options.client) ?? (() => {});
    this.runBody = options.client.runBody?.bind(options.client);
    this.#isInProcess = options.client.invocationBegins !== undefined;
    this.#whenAllHasArrived = options.client.whenAllHasArrived?.bind(options.client) ?? inNextTurn;
    this.watch = options.client.promises;
    this.#onEnd = options.onEnd;
    this.#replay = new Replay(options);
    this.#checkpointer = new Checkpointer(
      { executionArn: options.arn, token: options.token, client: options.client },
      {
        queued: () => this.#flushSoon(),
        sending: (updates) => this.#contextEnds.sent(updates),
        changed: (operations, updates) => this.#apply(operations, updates),
        idle: () => this.#considerSuspending(),
        exhausted: () => this.end({ kind: "suspended" }),
        refused: (cause) => this.end(endByRefusal(cause)),
        incomplete: (error) => this.end({ kind: "faulted", error: asError(error) }),
      },
    );
    options.client.invocationBegins?.({
      flush: () => this.#checkpointer.flush(),
      abandon: () => this.close(),
      runningStep: options.runningStep,
    });
  }

  get ended(): boolean {
    return this.#ended;
  }

  get replaying(): boolean {
    return this.#replay.goesOn;
  }

  /** Ends the invocation; the first call counts. */
  end(end: InvocationEnd): void {
    if (this.#ended) return;
    this.close();
    this.#onEnd(end);
  }

  /** The handler has returned: nothing that still runs in it may record anything. */
  close(): void {
    this.#ended = true;
    this.#checkpointer.close();
    this.#listeners.clear();
    this.#deliveries.clear();
  }

  /**
   * What was recorded in the place of an operation the handler asks for.
   *
   * @throws NonDeterministicExecutionError, having failed the execution, when it was another one.
   */
  recall(request: OperationRequest): Operation | undefined {
    this.#observe?.(request.Id, callSite());
    this.#tellRequest?.(request);
    const recorded = this.history.get(request.Id);
    this.#replay.asked(recorded);
    if (recorded === undefined) return undefined;
    const error = inconsistency(recorded, request);
    if (error === undefined) {
      this.#contextEnds.recalled(recorded);
      return recorded;
    }
    this.end({ kind: "failed", error });
    throw error;
  }

  /** Queues an update. */
  checkpoint(update: OperationUpdate, acknowledged?: () => void): void {
    const apart = this.#contextEnds.queued(update);
    this.#checkpointer.enqueue({ update, acknowledged, apart });
  }

  /** Queues an update; resolves when the service has taken it. */
  checkpointed(update: OperationUpdate): Promise<void> {
    return new Promise((resolve) => {
      this.checkpoint(update, resolve);
    });
  }

  /** Asks the service what has changed; resolves when that is known. */
  refreshed(): Promise<void> {
    return new Promise((resolve) => {
      this.#checkpointer.enqueue({ acknowledged: resolve });
    });
  }

  /** Waits until all that is queued has been taken. */
  async flush(): Promise<void> {
    if (this.#checkpointer.idle) return;
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
  }
  #onIdle: (() => void) | undefined;

  /**
   * Lets branches go on that are about to be given up, so that a tool hears of all they ask for: with what has
   * ended so far, as they may have asked before they were. Only for an invocation that is observed.
   */
  async heardOut(): Promise<void> {
    this.#hearings += 1;
    do {
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
    } while (!this.#deliveries.quiet);
    this.#hearings -= 1;
    this.#considerSuspending();
  }

  /** Calls back once, in its turn, when an operation has ended or is ready for another attempt. */
  whenChanged(id: string, listener: ChangeListener): void {
    if (this.#ended) return;
    const known = this.history.get(id);
    if (known !== undefined && isEnded(known.Status)) {
      this.#deliveries.outcome(this.history.rank(id), () => {
        this.#replay.delivered(id);
        listener(known);
      });
      return;
    }
    const listeners = this.#listeners.get(id);
    if (listeners === undefined) this.#listeners.set(id, [listener]);
    else listeners.push(listener);
    this.#contextEnds.listened(id);
  }

  /**
   * Starts an operation whose start is waited for, unless it is a replay, where it has long started.
   * Calls back in the order of the calls.
   */
  whenStarted(start: OperationUpdate | undefined, started: () => void): void {
    if (start === undefined) {
      this.#deliveries.started(started);
      return;
    }
    this.#deliveries.startIsUnderWay();
    this.checkpoint(start, () => this.#deliveries.startIsAcknowledged(started));
  }

  /** A step's body begins, or goes on after having waited. */
  bodyRuns(): void {
    this.#replay.isNew();
    this.workBegins();
  }

  /** A step's body has ended, or waits for the outside world. */
  bodyRests(): void {
    this.workEnds();
  }

  /** Something goes on that is no step: it may be part of a replay. */
  workBegins(): void {
    this.#running += 1;
  }

  workEnds(): void {
    this.#running -= 1;
    this.#considerSuspending();
  }

  /** Somebody begins to wait for the outside world. */
  waitBegins(): void {
    this.#waits += 1;
    this.#considerSuspending();
  }

  waitEnds(): void {
    this.#waits -= 1;
  }

  #apply(operations: readonly Operation[], updates: readonly OperationUpdate[]): void {
    for (const operation of inOrderOfEnding(operations)) this.#record(operation);
    const told = new Set(operations.map(({ Id }) => Id));
    const ended: Operation[] = [];
    for (const update of updates) {
      // A service need not send back what it has just been told.
      const known = this.history.get(update.Id);
      if (told.has(update.Id) && !isClosing(update)) continue;
      if (known !== undefined && isEnded(known.Status)) continue;
      const operation = operationAfter(update, known);
      if (isClosing(update)) ended.push(operation);
      else this.#record(operation);
    }
    // All of them at one time: the next invocation finds them in the order in which they started.
    if (ended.length > 1) ended.sort((a, b) => this.history.compareStarts(a, b));
    for (const operation of ended) this.#record(operation);
    this.#contextEnds.taken(updates);
  }

  #record(operation: Operation): void {
    if (!this.history.record(operation)) return;
    const { Id, Status } = operation;
    const ended = isEnded(Status);
    if (ended) this.#contextEnds.ended(Id);
    if (!ended && Status !== "READY") return;
    const listeners = this.#listeners.get(Id);
    if (listeners === undefined) return;
    this.#listeners.delete(Id);
    const rank = ended ? this.history.rank(Id) : this.history.endedCount;
    for (const listener of listeners) {
      this.#deliveries.outcome(rank, () => {
        this.#replay.isNew();
        listener(operation);
      });
    }
  }

  /** Handler code has made what it can of what it knows. */
  #quiet(): void {
    this.#tellContextEnds();
    if (!this.#deliveries.quiet) return;
    if (this.#isInProcess) this.#checkpointer.flush();
    this.#considerSuspending();
  }

  /**
   * Over a network, whatever else this turn of the event loop brings is waited for, for a request takes much
   * longer. In the process, more comes only of what is delivered.
   */
  #flushSoon(): void {
    this.#deliveries.untilQuiet();
    if (!this.#isInProcess) inNextTurn(() => this.#checkpointer.flush());
  }

  #tellContextEnds(): void {
    if (this.#ended) return;
    const checkpointer = this.#checkpointer;
    const queue = { hasRoom: checkpointer.hasRoom, fitsOneBatch: () => checkpointer.fitsOneBatch };
    let end = this.#contextEnds.next(queue);
    while (end !== undefined) {
      this.#record(operationAfter(end, this.history.get(end.Id)));
      end = this.#contextEnds.next(queue);
    }
  }

  #considerSuspending(): void {
    if (this.#checkpointer.idle && this.#onIdle !== undefined) {
      this.#onIdle();
      this.#onIdle = undefined;
    }
    if (this.#suspensionCheck || !this.#nothingCanGoOn()) return;
    this.#suspensionCheck = true;
    this.#whenAllHasArrived(() => {
      this.#suspensionCheck = false;
      if (this.#nothingCanGoOn()) this.end({ kind: "suspended" });
    });
  }

  #nothingCanGoOn(): boolean {
    return (
      !this.#ended &&
      this.#waits > 0 &&
      this.#running === 0 &&
      this.#hearings === 0 &&
      this.#deliveries.quiet &&
      this.#checkpointer.idle
    );
  }
}

/** What becomes of an invocation whose checkpoint the service has not taken. */
function endByRefusal(cause: unknown): InvocationEnd {
  const message = `The service did not take a checkpoint: ${messageOf(cause)}`;
  switch (refusalOf(cause)) {
    case "checkpoint":
      return { kind: "failed", error: new ServiceCallError(message, { cause }) };
    case "invocation":
      return {
        kind: "faulted",
        error: new ServiceCallError(
          `${message} Another invocation of this execution has gone on; this one is over.`,
          { cause },
        ),
      };
    case "passing":
      return { kind: "faulted", error: new ServiceCallError(message, { cause }) };
  }
}
