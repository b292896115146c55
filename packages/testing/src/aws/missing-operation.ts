import { nearMisses } from "../input/near-misses.ts";
import { type Locator, nameOf } from "./locator.ts";
import type { WaitingOperationStatus } from "./names.ts";
import type { OperationIndex } from "./operation-index.ts";

/** What somebody has waited for in vain. */
export interface MissedOperation {
  /** Undefined for an operation that was reached from another one. */
  readonly locator: Locator | undefined;
  readonly status: WaitingOperationStatus;
  /** Where it stands, if it is there. */
  readonly standing: string | undefined;
}

/** How the run ended that somebody waited in. */
export interface RunEnd {
  /** In a sentence: how it ended, and why. */
  readonly outcome: string;
  /** What happened, as a section of a message; empty where nobody knows more than the operations. */
  readonly timeline: string;
}

/** Why an operation did not come, with what may have been meant, and what happened instead. */
export function whyMissing(
  { locator, status, standing }: MissedOperation,
  index: OperationIndex | undefined,
  end: RunEnd | undefined,
): string {
  const operation = locator === undefined ? "operation" : nameOf(locator);
  const what =
    standing === undefined
      ? `There is no ${operation}.${suggestions(locator, index)}`
      : `The ${operation} is ${standing}.`;
  const text = [
    // As AWS's says it, so that a test which looks for it finds it.
    `Operation was not found after execution completion. Expected status: ${status}.`,
    what,
    ...(end === undefined ? [] : [end.outcome]),
  ].join(" ");
  return end === undefined || end.timeline === "" ? text : `${text}\n\n${end.timeline}`;
}

function suggestions(locator: Locator | undefined, index: OperationIndex | undefined): string {
  if (index === undefined) return "";
  const count = index.ids.length;
  if (count === 0) return " The handler has started none.";
  if (locator?.kind === "place") return ` There are ${count}, counted from 0.`;
  if (locator?.kind !== "name") return "";
  const named = index.countOf(locator.name);
  if (named > 0)
    return ` There ${named === 1 ? "is 1" : `are ${named}`} of that name, counted from 0.`;
  return nearMisses(locator.name, index.names);
}
