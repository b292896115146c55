import { isEnded, type Operation } from "../protocol/operation.ts";
import type { OperationHistory } from "./history.ts";

/**
 * Whether handler code only repeats what it has done in an earlier invocation: it then logs nothing.
 *
 * Owns: when a replay is over. An outcome is news if it is of this invocation or of the time before it; so is a
 * step's function that runs, and an operation that nobody had asked for. And when the last of what was known has
 * been delivered, there is nothing left to repeat, unless something that still goes on has not been asked for again:
 * what asks for it comes of that last outcome, and has been here before.
 * Does not own: the operations (`history.ts`), when outcomes are delivered (`deliveries.ts`).
 *
 * Invariants
 * 1. What is over does not begin again.
 */
export class Replay {
  readonly #updatedIds: ReadonlySet<string>;
  #goesOn: boolean;
  /** How many of the outcomes that were known at the beginning have not been delivered. */
  #undelivered: number;
  /** What had begun and not ended by then, as far as nobody has asked for it again. */
  readonly #unasked: Set<string>;

  constructor(options: {
    readonly isReplay: boolean;
    readonly history: OperationHistory;
    readonly updatedIds: Iterable<string>;
  }) {
    this.#goesOn = options.isReplay;
    this.#updatedIds = new Set(options.updatedIds);
    this.#undelivered = options.history.endedCount;
    this.#unasked = options.history.openIds();
  }

  get goesOn(): boolean {
    return this.#goesOn;
  }

  /** The handler asks for an operation, and this is what was recorded in its place. */
  asked(recorded: Operation | undefined): void {
    if (recorded === undefined) this.#goesOn = false;
    else if (!isEnded(recorded.Status)) this.#unasked.delete(recorded.Id);
  }

  /** An outcome that was known at the beginning is delivered. */
  delivered(id: string): void {
    this.#undelivered -= 1;
    const isLast = this.#undelivered === 0 && this.#unasked.size === 0;
    if (isLast || this.#updatedIds.has(id)) this.#goesOn = false;
  }

  /** Something happens that has not happened before. */
  isNew(): void {
    this.#goesOn = false;
  }
}
