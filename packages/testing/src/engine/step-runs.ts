import type { OperationUpdate } from "@durabletest/runtime/protocol";
import type { StepRuns } from "../operation.ts";

/** What is known of the function of one step. */
interface Observed extends StepRuns {
  /** In which invocation a run began that has not come to its end, as far as updates tell. */
  readonly openSince: number | undefined;
  /** It may have been called in an invocation that died before it could say so. */
  readonly isUnclear: boolean;
}

/** The invocation that an update comes from. */
interface UpdatingInvocation {
  /** Counts from 1. */
  readonly number: number;
  /** Whether the sandbox of the one before it exited: what it did last, nobody has heard of. */
  readonly followsExit: boolean;
}

const NONE: Observed = { runs: 0, completedRuns: 0, openSince: undefined, isUnclear: false };

/**
 * How often the functions of an execution's steps were called.
 *
 * Handlers of our runtime say so as it happens. Of others it follows from their updates: a START is a call,
 * and so is an end that comes from a later invocation than its START, except that of a step which was not
 * called again because it is at-most-once. Where an invocation may have called a function and died before
 * anybody heard of it, nothing is claimed.
 *
 * Owns: these counts. Does not own: what the service makes of updates (`service/`).
 */
export class StepRunCounter {
  readonly #byId = new Map<string, Observed>();

  copy(): StepRunCounter {
    const copy = new StepRunCounter();
    for (const [id, observed] of this.#byId) copy.#byId.set(id, observed);
    return copy;
  }

  /** An attempt is made of a step; whether its function is called will be told. */
  attempted(operationId: string): void {
    if (!this.#byId.has(operationId)) this.#byId.set(operationId, NONE);
  }

  /** A handler says what its step does. */
  told(operationId: string, moment: "begins" | "settles"): void {
    const known = this.#byId.get(operationId) ?? NONE;
    const { runs, completedRuns } = known;
    this.#byId.set(
      operationId,
      moment === "begins"
        ? { ...known, runs: runs + 1 }
        : { ...known, completedRuns: completedRuns + 1 },
    );
  }

  /** The service has taken an update of a handler that says nothing. */
  updated({ Id, Type, Action, Error: error }: OperationUpdate, from: UpdatingInvocation): void {
    if (Type !== "STEP") return;
    const known = this.#byId.get(Id) ?? NONE;
    const { runs, completedRuns, openSince, isUnclear } = known;
    if (Action === "START") {
      this.#byId.set(Id, {
        runs: runs + 1,
        completedRuns,
        openSince: from.number,
        isUnclear: isUnclear || from.followsExit,
      });
      return;
    }
    const wasCalledHere = openSince === from.number;
    const wasNotCalledAgain =
      openSince !== undefined && !wasCalledHere && error?.ErrorType === "StepInterruptedError";
    this.#byId.set(Id, {
      runs: wasCalledHere || wasNotCalledAgain ? runs : runs + 1,
      completedRuns: wasNotCalledAgain ? completedRuns : completedRuns + 1,
      openSince: undefined,
      isUnclear: isUnclear || mayHaveBeenCalledBetween(openSince, from.number, wasNotCalledAgain),
    });
  }

  /**
   * What is known, by operation id, of those of which something is.
   *
   * @param invocation - the number of the last invocation.
   */
  known(invocation: number): ReadonlyMap<string, StepRuns> {
    const known = new Map<string, StepRuns>();
    for (const [id, { runs, completedRuns, openSince = invocation, isUnclear }] of this.#byId) {
      if (!isUnclear && openSince >= invocation) known.set(id, { runs, completedRuns });
    }
    return known;
  }
}

/** An at-least-once step is called again in every invocation that gets there. */
function mayHaveBeenCalledBetween(
  openSince: number | undefined,
  endedIn: number,
  wasNotCalledAgain: boolean,
): boolean {
  return openSince !== undefined && !wasNotCalledAgain && endedIn - openSince > 1;
}
