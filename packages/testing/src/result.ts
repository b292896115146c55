import type { ErrorObject } from "@durabletest/runtime";
import { type HistoryEvent, isEnded } from "@durabletest/runtime/protocol";
import {
  type CallbackOperation,
  type Operation,
  operationView,
  parsePayload,
  type StepOperation,
  type StepRuns,
} from "./operation.ts";
import { findCallback, findOperation, findStep } from "./operations/find.ts";
import { namedCallbacks } from "./operations/tree.ts";
import { placed } from "./operations/places.ts";
import type { Effect, SeenEffect } from "./effect.ts";
import type { HeardLine, LogRecord } from "./log-record.ts";
import { withSeenStack } from "./surroundings/seen-errors.ts";
import type { ExecutionState, OperationRecord } from "./service/state.ts";

/** Where an execution stands, from a test's point of view. PENDING: it goes on when something happens. */
export const InvocationStatus = {
  SUCCEEDED: "SUCCEEDED",
  FAILED: "FAILED",
  TIMED_OUT: "TIMED_OUT",
  STOPPED: "STOPPED",
  PENDING: "PENDING",
} as const;
/** Where an execution stands, from a test's point of view. PENDING: it goes on when something happens. */
export type InvocationStatus = (typeof InvocationStatus)[keyof typeof InvocationStatus];

/** One invocation of the handler. */
export interface Invocation {
  readonly requestId: string;
  readonly startedAt: Date;
  /** Absent while it is going on. */
  readonly endedAt: Date | undefined;
  /** How the handler answered; DIED when it did not: it rejected, exited, or was cut off. */
  readonly status: "RUNNING" | "SUCCEEDED" | "FAILED" | "PENDING" | "DIED";
  /** Why it died. */
  readonly error: ErrorObject | undefined;
}

/** Something the outside world did, or tried to do. */
export interface WorldEvent {
  readonly at: Date;
  readonly kind: "success" | "failure" | "heartbeat";
  readonly callbackId: string;
  /** The name the callback answers to. */
  readonly callbackName: string | undefined;
  readonly by: "test" | "script";
  /** It came too late: the service ignored it. */
  readonly ignored: boolean;
}

/**
 * Something that went on silently, and that its author may not have meant: it changes nothing, and would
 * go the same way in production.
 */
export interface Notice {
  /**
   * - `"operation-not-awaited"`: the handler returned while an operation that it had started was not over.
   * - `"promise-not-awaited"`: the handler returned, and nobody ever awaited the promise of an operation.
   * - `"timer-cut-off"`: a suspension cut a timer of the handler off.
   * - `"promise-cut-off"`: a suspension cut off something that the handler awaited outside steps.
   */
  readonly kind:
    | "operation-not-awaited"
    | "promise-not-awaited"
    | "timer-cut-off"
    | "promise-cut-off";
  /** Virtual. */
  readonly at: Date;
  /** In which invocation: 1 for the first. */
  readonly invocation: number;
  /** What happened, and what to do about it. */
  readonly message: string;
  /** The operation it is about. */
  readonly operationId: string | undefined;
  /** Where the handler made it, as in a stack: `at handler (/src/order.ts:12:5)`. */
  readonly callSite: string | undefined;
}

interface ResultBase {
  /** In the order in which they started, nested ones too; without the execution itself. */
  readonly operations: readonly Operation[];
  /** The service's own events. */
  readonly history: readonly HistoryEvent[];
  readonly invocations: readonly Invocation[];
  /** Open ones, also of executions that this one has invoked. */
  readonly pendingCallbacks: readonly CallbackOperation[];
  /** What the outside world did, in order. */
  readonly world: readonly WorldEvent[];
  /** Names of scripts whose callback or step never started. */
  readonly unusedScripts: readonly string[];
  /** What the handler did that its author may not have meant: what it left running, or never awaited. */
  readonly notices: readonly Notice[];
  /**
   * What handler code has logged, in order, if it has no logger of its own. It is shown when a test fails.
   *
   * @example
   * ```ts
   * expect(result.logs).toContainEqual(
   *   expect.objectContaining({ level: "warn", message: "declined", operation: "charge", attempt: 1 }),
   * );
   * ```
   */
  readonly logs: readonly LogRecord[];
  /**
   * What the handler did to the world, in order, crashed invocations included: what fakes of the test have said
   * with `recordEffect`. What no fake says is not observed; that is not to say that it has not happened.
   */
  readonly effects: readonly Effect[];
  /** Virtual. */
  readonly startedAt: Date;
  /** Virtual; absent while the execution is pending. */
  readonly endedAt?: Date | undefined;
  /** Virtual milliseconds from the start to the end, or until now. */
  readonly elapsedMs: number;
  /**
   * The step of a name, or at a path: `"charge"`, `"fulfil/charge"`, `"items[2]/charge"`.
   *
   * @param index - which one, in order of start, where several have the name. Without it: the only open
   * one, else the last.
   * @throws OperationNotFoundError, with near misses, while there is none.
   *
   * @example
   * ```ts
   * const result = await runner.run({ orderId: "o-1" });
   * expect(result.step("charge").attempt).toBe(3);
   * ```
   */
  step(name: string, index?: number): StepOperation;
  /**
   * The callback that answers to a name; an unnamed one answers to that of the operation around it.
   *
   * @param index - as for {@link step}.
   * @throws CallbackNotFoundError, with near misses, while there is none.
   *
   * @example
   * ```ts
   * expect(result.callback("approval").timeoutAt).toEqual(new Date("2025-01-03"));
   * ```
   */
  callback(name: string, index?: number): CallbackOperation;
  /**
   * The operation of a name, or at a path.
   *
   * @param index - as for {@link step}.
   * @throws OperationNotFoundError, with near misses, while there is none.
   *
   * @example
   * ```ts
   * const item = result.operation("items[2]");
   * expect(item.status).toBe("FAILED");
   * ```
   */
  operation(nameOrPath: string, index?: number): Operation;
}

/**
 * What became of an execution, at the moment the result was taken: a union on `status`.
 *
 * `result` and `error` may be read without narrowing; they are then possibly `undefined`.
 */
export type DurableResult<Output> = ResultBase &
  (
    | { readonly status: "SUCCEEDED"; readonly result: Output; readonly error: undefined }
    | {
        readonly status: "FAILED" | "TIMED_OUT" | "STOPPED";
        readonly result: undefined;
        readonly error: ErrorObject;
      }
    | { readonly status: "PENDING"; readonly result: undefined; readonly error: undefined }
  );

/** What a result is made of. */
export interface ResultSource {
  readonly state: ExecutionState | undefined;
  readonly now: number;
  readonly startedAt: number;
  readonly invocations: readonly Invocation[];
  readonly world: readonly WorldEvent[];
  /** By name. */
  readonly unusedScripts: {
    readonly callbacks: readonly string[];
    readonly steps: readonly string[];
  };
  /** By operation id, as far as they have been observed. */
  readonly stepRuns?: ReadonlyMap<string, StepRuns> | undefined;
  readonly logs?: readonly HeardLine[];
  readonly effects?: readonly SeenEffect[];
  readonly notices: readonly Notice[];
  /** Open callbacks of executions that this one has invoked, directly or not. */
  readonly callbacksElsewhere: readonly OperationRecord[];
}

const brand = Symbol.for("durabletest.result");

/** Whether a value is a result, of this or another copy of the package. */
export function isDurableResult(value: unknown): value is DurableResult<unknown> {
  return typeof value === "object" && value !== null && brand in value;
}

/**
 * Takes a result. What it is made of is held as it is now; the views of it are made when they are read.
 */
export function takeResult<Output>(source: ResultSource): DurableResult<Output> {
  return new Result(source) as unknown as DurableResult<Output>;
}

/** Which of the scripts that nothing has asked for are for steps. */
export function unusedStepScripts(result: DurableResult<unknown>): readonly string[] {
  return Result.unusedSteps(result);
}

/**
 * A result. Its lazy properties are its own and enumerable, so that it prints and compares as plain data.
 * Their getters are the same functions for all results: V8 keeps a getter for as long as the shapes it
 * has made of it, and with it everything that it closes over.
 */
class Result {
  readonly status: InvocationStatus;
  readonly #payload: string | undefined;
  readonly #records: readonly OperationRecord[];
  readonly #events: readonly HistoryEvent[];
  readonly #eventCount: number;
  readonly #callbacksElsewhere: readonly OperationRecord[];
  readonly #stepRuns: ReadonlyMap<string, StepRuns> | undefined;
  #value: { readonly parsed: unknown } | undefined;
  #operations: readonly Operation[] | undefined;
  #history: readonly HistoryEvent[] | undefined;
  readonly #lines: readonly HeardLine[];
  readonly #lineCount: number;
  #logs: readonly LogRecord[] | undefined;
  readonly #seen: readonly SeenEffect[];
  readonly #seenCount: number;
  #effects: readonly Effect[] | undefined;
  readonly #unusedSteps: readonly string[];

  static unusedSteps(result: object): readonly string[] {
    return #unusedSteps in result ? result.#unusedSteps : [];
  }

  static readonly #lazy: PropertyDescriptorMap & ThisType<Result> = {
    result: {
      enumerable: true,
      get() {
        if (this.status !== "SUCCEEDED") return undefined;
        this.#value ??= { parsed: parsePayload(this.#payload) };
        return this.#value.parsed;
      },
    },
    operations: {
      enumerable: true,
      get() {
        this.#operations ??= this.#records.map((record) => operationView(record, this.#stepRuns));
        return this.#operations;
      },
    },
    history: {
      enumerable: true,
      get() {
        this.#history ??= this.#events.slice(0, this.#eventCount);
        return this.#history;
      },
    },
    logs: {
      enumerable: true,
      get() {
        this.#logs ??= this.#lines.slice(0, this.#lineCount).map(placed(this.operations));
        return this.#logs;
      },
    },
    effects: {
      enumerable: true,
      get() {
        this.#effects ??= this.#seen.slice(0, this.#seenCount).map(placed(this.operations));
        return this.#effects;
      },
    },
    pendingCallbacks: {
      enumerable: true,
      get() {
        if (this.status !== "PENDING") return [];
        // By the names that they answer to, as everywhere else.
        const own = namedCallbacks(this.operations).map(({ name, callback }) =>
          name === callback.name ? callback : { ...callback, name },
        );
        return [...own, ...this.#callbacksElsewhere.map((record) => operationView(record))].filter(
          isOpenCallback,
        );
      },
    },
    [brand]: { value: true },
  };

  declare readonly operations: readonly Operation[];
  declare readonly logs: readonly LogRecord[];
  declare readonly effects: readonly Effect[];
  readonly error: ErrorObject | undefined;
  readonly invocations: readonly Invocation[];
  readonly world: readonly WorldEvent[];
  readonly unusedScripts: readonly string[];
  readonly notices: readonly Notice[];
  readonly startedAt: Date;
  readonly endedAt?: Date;
  readonly elapsedMs: number;

  constructor(source: ResultSource) {
    const { state, now, startedAt, invocations, world, unusedScripts, notices } = source;
    const status = state === undefined || state.status === "RUNNING" ? "PENDING" : state.status;
    this.status = status;
    this.#payload = state?.result;
    this.#records = [...(state?.operations.values() ?? [])];
    this.#events = state?.history ?? [];
    this.#eventCount = this.#events.length;
    this.#callbacksElsewhere = source.callbacksElsewhere;
    this.#stepRuns = source.stepRuns;
    this.#lines = source.logs ?? [];
    this.#lineCount = this.#lines.length;
    this.#seen = source.effects ?? [];
    this.#seenCount = this.#seen.length;
    this.error =
      status === "SUCCEEDED" || status === "PENDING" ? undefined : withSeenStack(state?.error);
    this.invocations = invocations.slice();
    this.world = world.slice();
    this.unusedScripts = [...unusedScripts.callbacks, ...unusedScripts.steps];
    this.#unusedSteps = unusedScripts.steps;
    this.notices = notices.slice();
    this.startedAt = new Date(startedAt);
    const endedAt = state?.endedAt;
    if (endedAt !== undefined) this.endedAt = new Date(endedAt);
    this.elapsedMs = (endedAt ?? now) - startedAt;
    Object.defineProperties(this, Result.#lazy);
  }

  step(name: string, index?: number): StepOperation {
    return findStep(this.operations, { name, index });
  }

  callback(name: string, index?: number): CallbackOperation {
    return findCallback(this.operations, { name, index });
  }

  operation(name: string, index?: number): Operation {
    return findOperation(this.operations, { name, index });
  }
}

function isOpenCallback(operation: Operation): operation is CallbackOperation {
  return operation.type === "CALLBACK" && !isEnded(operation.status);
}
