import { RunnerBusyError, RunnerDisposedError } from "../errors.ts";

/**
 * Whose turn it is: one call of the test at a time lets an execution go on.
 *
 * Owns: whether such a call is going on, or none may any more; what went wrong while nobody waited for it.
 * Does not own: what a call lets happen (`runner.ts`), how (`loop.ts`).
 */
export class Turns {
  #phase: "idle" | "busy" | "disposed" = "idle";
  #turn: Promise<unknown> = Promise.resolve();
  /** What went wrong while nobody was waiting for it. */
  #unheard: { readonly error: unknown } | undefined;

  get isBusy(): boolean {
    return this.#phase === "busy";
  }

  get isDisposed(): boolean {
    return this.#phase === "disposed";
  }

  /** Takes the turn until `run` is done. */
  async take(run: () => Promise<void>): Promise<void> {
    if (this.#phase === "disposed") return;
    this.#phase = "busy";
    const turn = run();
    this.#turn = turn.catch(() => {});
    try {
      await turn;
    } finally {
      if (this.#phase === "busy") this.#phase = "idle";
    }
  }

  /** Takes the turn, unless somebody has it; what goes wrong is told to whoever comes next. */
  async takeInBackground(run: () => Promise<unknown>): Promise<void> {
    if (this.#phase !== "idle") return;
    try {
      await run();
    } catch (error) {
      if (!RunnerDisposedError.is(error)) this.#unheard ??= { error };
    }
  }

  /** Resolves when the turn is over that somebody has. */
  get turn(): Promise<unknown> {
    return this.#turn;
  }

  /** Resolves when nobody has the turn. */
  async over(): Promise<void> {
    while (this.#phase === "busy") await this.#turn;
    this.throwUnheard();
  }

  /** From now on nobody may take it. False: that has been said already. */
  dispose(): boolean {
    if (this.#phase === "disposed") return false;
    this.#phase = "disposed";
    return true;
  }

  /** @throws RunnerBusyError, RunnerDisposedError, and what nobody has heard of yet. */
  assertFree(method: string, whatIsGoingOn: () => string = () => ""): void {
    this.assertNotDisposed(method);
    this.throwUnheard();
    if (this.#phase !== "busy") return;
    throw new RunnerBusyError(
      `${method}: another call of this runner has not finished. Await it first; only sendCallback… may be called meanwhile.${whatIsGoingOn()}`,
    );
  }

  /** @throws RunnerDisposedError */
  assertNotDisposed(method: string): void {
    if (this.#phase !== "disposed") return;
    throw new RunnerDisposedError(
      `${method}: this runner has been disposed of, as the runner of a test is at the test's end. Make another one.`,
    );
  }

  /** @throws What went wrong while nobody was waiting for it. */
  throwUnheard(): void {
    const unheard = this.#unheard;
    this.#unheard = undefined;
    if (unheard !== undefined) throw unheard.error;
  }
}
