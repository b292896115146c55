import {
  callbackWaitTimeoutId,
  isEnded,
  type Operation,
  type OperationType,
} from "@durabletest/runtime/protocol";
import type { DryRun } from "./dry-run.ts";
import type { RecordedEvent } from "./recorded-event.ts";
import type { RequestedOperation } from "../errors.ts";

/** Where a handler does something else than what was recorded. */
export interface Divergence {
  /** An execution that has recorded this event is broken. */
  readonly eventId: number;
  /** Undefined where the handler's own SDK has found it, and does not say. */
  readonly recorded: RequestedOperation | undefined;
  /** Undefined: it asks for nothing there. */
  readonly requested: RequestedOperation | undefined;
  /** What the SDK of the handler says of it. */
  readonly message?: string | undefined;
}

/** What a handler was given, and what the history says came of it. */
export interface Expectation {
  /** The last event before. */
  readonly eventId: number;
  /** The operations that it was given. */
  readonly known: ReadonlyMap<string, Operation>;
  /** What has started next, without anything else having happened. */
  readonly starts: readonly RecordedEvent[];
}

/**
 * Holds what a handler asks for against what was recorded.
 *
 * Owns: which recorded operations no handler asks for itself, because functions of steps have made them.
 */
export class Judge {
  readonly #madeInSteps = new Set<string>();

  /** The first thing that the handler does not account for. */
  divergence(expected: Expectation, run: DryRun): Divergence | undefined {
    return (
      (run.tellsAll ? this.#amongKnown(expected, run) : undefined) ??
      this.#amongStarts(expected, run) ??
      saidByHandler(expected, run)
    );
  }

  /** What has been recorded before must be asked for again; inside what has ended it may be. */
  #amongKnown({ eventId, known }: Expectation, { requested }: DryRun): Divergence | undefined {
    for (const operation of known.values()) {
      if (this.#madeInSteps.has(operation.Id)) continue;
      const recorded = requestOf(operation);
      const asked = requested.get(operation.Id);
      const isRight =
        asked === undefined ? isInsideEnded(operation, known) : isSame(recorded, asked);
      if (!isRight) return { eventId, recorded, requested: asked };
    }
    return undefined;
  }

  /** What has started next the handler must want to start. */
  #amongStarts({ known, starts }: Expectation, run: DryRun): Divergence | undefined {
    const open = new Set<string | undefined>();
    for (const { Type, Status, ParentId } of known.values()) {
      if (Type === "STEP" && !isEnded(Status)) open.add(ParentId ?? "");
    }
    for (const start of starts) {
      const recorded = startedOperation(start);
      const asked = run.requested.get(recorded.id);
      if (recorded.type === "STEP") open.add(recorded.parentId ?? "");
      if (asked !== undefined && isSame(recorded, asked)) continue;
      if (asked === undefined && run.tellsAll && this.#canBeMadeInStep(recorded, open)) {
        this.#madeInSteps.add(recorded.id);
        continue;
      }
      if (asked === undefined && isTimerOfEndedCallback(recorded, known, run)) continue;
      return { eventId: start.eventId, recorded, requested: asked };
    }
    return undefined;
  }

  /** Steps of our runtime may make callbacks, and wait for them by id: in the context that they are in. */
  #canBeMadeInStep(
    { type, subType, parentId = "" }: RequestedOperation,
    open: ReadonlySet<string | undefined>,
  ): boolean {
    if (this.#madeInSteps.has(parentId)) return true;
    const isOfSteps = type === "CALLBACK" || subType === "CallbackWait";
    return isOfSteps && open.has(parentId);
  }
}

/**
 * Who learns that a callback has ended before he begins to wait for it by id has nothing to time, though an
 * invocation that did not know of it yet has started the timer.
 */
function isTimerOfEndedCallback(
  { id, parentId = "" }: RequestedOperation,
  known: ReadonlyMap<string, Operation>,
  { requested }: DryRun,
): boolean {
  if (known.has(parentId) || !requested.has(parentId)) return false;
  return [...known.values()].some(
    ({ Id, Type, Status }) =>
      Type === "CALLBACK" && isEnded(Status) && callbackWaitTimeoutId(parentId, Id) === id,
  );
}

/** A context that has ended does not ask again. */
export function isInsideEnded(
  { ParentId }: Operation,
  known: ReadonlyMap<string, Operation>,
): boolean {
  const parent = ParentId === undefined ? undefined : known.get(ParentId);
  return parent !== undefined && (isEnded(parent.Status) || isInsideEnded(parent, known));
}

const NON_DETERMINISTIC = /^NonDeterministicExecution/;

/** What the SDK has found itself. */
function saidByHandler({ eventId }: Expectation, { output }: DryRun): Divergence | undefined {
  if (output?.Status !== "FAILED") return undefined;
  const { ErrorType = "", ErrorMessage } = output.Error;
  if (!NON_DETERMINISTIC.test(ErrorType)) return undefined;
  return { eventId, recorded: undefined, requested: undefined, message: ErrorMessage };
}

/** What a replay compares; a subtype that was not recorded is any. */
export function isSame(recorded: RequestedOperation, asked: RequestedOperation): boolean {
  return (
    recorded.type === asked.type &&
    (recorded.subType ?? asked.subType) === asked.subType &&
    recorded.name === asked.name &&
    recorded.parentId === asked.parentId
  );
}

/** A recorded operation, as what a handler has asked for. */
export function requestOf({ Id, Type, SubType, Name, ParentId }: Operation): RequestedOperation {
  return { id: Id, type: Type, subType: SubType, name: Name, parentId: ParentId };
}

const STARTED: Partial<Record<RecordedEvent["type"], OperationType>> = {
  CallbackStarted: "CALLBACK",
  ChainedInvokeStarted: "CHAINED_INVOKE",
  ContextStarted: "CONTEXT",
  StepStarted: "STEP",
  WaitStarted: "WAIT",
};

/** The operation that begins with an event. */
export function startedOperation(event: RecordedEvent): RequestedOperation {
  const { operationId: id = "", subType, name, parentId } = event;
  return { id, type: STARTED[event.type] ?? "EXECUTION", subType, name, parentId };
}
