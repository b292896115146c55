import type { HistoryEvent } from "@durabletest/runtime/protocol";
import { LimitExceededError } from "../errors.ts";
import { formatRepetition } from "../print/repetition.ts";
import { natives } from "../surroundings/natives.ts";

/** After so much real time, and so many invocations, whoever waits for a run is told what it is doing. */
const LONG_RUN = { ms: 2000, invocations: 500 };

/**
 * Ends a handler that is invoked again and again.
 *
 * Owns: how often handlers have been invoked. It tells of a loop before the test framework loses its
 * patience: that comes long before the limit when there is much to replay.
 */
export class InvocationLimit {
  readonly #max: number;
  readonly #realNow: () => number;
  #count = 0;
  /** Since when the run goes on, in real time, and how many invocations there were by then. */
  #run = { since: 0, count: 0, isTold: false };

  constructor(max: number, realNow: () => number = natives.realNow) {
    this.#max = max;
    this.#realNow = realNow;
  }

  beginRun(): void {
    this.#run = { since: this.#realNow(), count: this.#count, isTold: false };
  }

  /** Goes on counting where another has come to. */
  takeOver(other: InvocationLimit): void {
    this.#count = other.#count;
  }

  /**
   * Counts one more.
   *
   * @param who - what is invoked, for a message.
   * @throws LimitExceededError
   */
  add(
    { state }: { readonly state: { readonly history: readonly HistoryEvent[] } },
    who: string,
  ): void {
    if (this.#count >= this.#max) {
      throw new LimitExceededError(
        `${who} invoked ${this.#max} times (maxInvocations) and the execution has not ended. ${formatRepetition(state)}`,
      );
    }
    this.#count += 1;
    const { since, count, isTold } = this.#run;
    const invocations = this.#count - count;
    if (isTold || invocations < LONG_RUN.invocations) return;
    if (this.#realNow() - since < LONG_RUN.ms) return;
    this.#run = { ...this.#run, isTold: true };
    process.emitWarning(
      `${who} invoked ${invocations} times by now, and the execution has not ended. ${formatRepetition(state)} Unless it ends by itself, the run is given up after ${this.#max} invocations (maxInvocations).`,
      { type: "DurableTestWarning", code: "DURABLETEST_LONG_RUN" },
    );
  }
}
