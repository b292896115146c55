import { isDurableHandler } from "@durabletest/runtime";
import type { Operation } from "@durabletest/runtime/protocol";
import type { Execution } from "../engine/execution.ts";
import type { RequestedOperation } from "../errors.ts";
import { copyState } from "../service/state.ts";
import { type DryRun, dryRun } from "./dry-run.ts";
import { isInsideEnded, isSame, requestOf } from "./judge.ts";
import { readEvents } from "./read-history.ts";
import { type Standing, standings } from "./standings.ts";

/** A handler that has not asked again for what was recorded. */
export type Departure =
  | {
      readonly recorded: RequestedOperation;
      /** What it has asked for in its place; undefined: nothing. */
      readonly requested: RequestedOperation | undefined;
    }
  /** What its SDK says of it. */
  | { readonly message: string };

/** Where an execution stood just before one of its contexts ended. */
export interface ContextEnd {
  readonly standing: Standing;
  readonly context: RequestedOperation;
}

/** Longer histories are not looked at: where they stood, one event after the other, takes too long to tell. */
const LONGEST_HISTORY = 400;

/**
 * Where the contexts of an execution ended. From then on the handler is not asked any more what it does in them:
 * replays of later states say nothing about that.
 */
export function contextEnds({
  state,
  function: { handler },
}: Pick<Execution, "state" | "function">): readonly ContextEnd[] {
  const { history, operations } = state;
  if (history.length > LONGEST_HISTORY) return [];
  const endsAfter = new Map<number, RequestedOperation>();
  for (const { EventType, EventId, Id = "" } of history) {
    const operation = CONTEXT_ENDS.has(EventType) ? operations.get(Id)?.operation : undefined;
    if (operation !== undefined) endsAfter.set(EventId - 1, requestOf(operation));
  }
  if (endsAfter.size === 0) return [];
  return [
    ...standings(readEvents(history), { keepsCallbacks: isDurableHandler(handler) }, state.arn),
  ].flatMap((standing) => {
    const context = endsAfter.get(standing.to);
    return context === undefined ? [] : [{ standing, context }];
  });
}

const CONTEXT_ENDS: ReadonlySet<string> = new Set(["ContextSucceeded", "ContextFailed"]);

/**
 * Replays an execution from just before a context ended, at another time and with other random numbers, with nothing
 * run: the handler must ask for all that was recorded, and come to that end again.
 *
 * @param at - Virtual epoch milliseconds; determines the random numbers, too.
 */
export async function departureBefore(
  { standing: { state }, context }: ContextEnd,
  { function: { handler, functionName, tenantId } }: Pick<Execution, "function">,
  at: number,
): Promise<Departure | undefined> {
  const known = new Map(state.replayable);
  const called = { functionName, tenantId };
  const run = await dryRun(handler, copyState(state), { at, seed: at, called });
  for (const operation of known.values()) {
    const recorded = requestOf(operation);
    const requested = run.requested.get(operation.Id);
    const isRight =
      requested === undefined ? mayBeForgotten(operation, known, run) : isSame(recorded, requested);
    if (!isRight) return { recorded, requested };
  }
  const message = saidBy(run);
  if (message !== undefined) return { message };
  // An SDK that tells less, and says nothing of what it has found, stops there.
  const hasStopped = !run.tellsAll && run.output?.Status === "PENDING";
  return hasStopped && !run.sent.has(context.id)
    ? { recorded: context, requested: undefined }
    : undefined;
}

/** A step may have made it, which is not called again. */
function mayBeForgotten(
  operation: Operation,
  known: ReadonlyMap<string, Operation>,
  { tellsAll }: DryRun,
): boolean {
  return !tellsAll || isMadeInStep(operation, known) || isInsideEnded(operation, known);
}

function isMadeInStep(
  { Type, SubType, ParentId }: Operation,
  known: ReadonlyMap<string, Operation>,
): boolean {
  if (Type === "CALLBACK" || SubType === "CallbackWait") return true;
  const parent = ParentId === undefined ? undefined : known.get(ParentId);
  return parent !== undefined && isMadeInStep(parent, known);
}

function saidBy({ output, failure }: DryRun): string | undefined {
  const { ErrorType = "", ErrorMessage = "" } =
    output?.Status === "FAILED"
      ? output.Error
      : failure instanceof Error
        ? { ErrorType: failure.name, ErrorMessage: failure.message }
        : {};
  const text = `${ErrorType}: ${ErrorMessage}`;
  return saysOtherWay(text) ? text : undefined;
}

/** Whether an error is what an SDK says of a replay that goes another way. */
export function saysOtherWay(error: string): boolean {
  return /Non-?Determinis/i.test(error);
}
