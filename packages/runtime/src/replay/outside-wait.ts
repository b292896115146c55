import { ContextScope } from "./scope.ts";
import type { StepBody } from "./step-body.ts";

/**
 * One operation that depends on the outside world, and whether somebody waits for it. The invocation,
 * or the step it is in, rests only while both are so.
 */
export class OutsideWait {
  #waiter: ContextScope | StepBody;
  readonly #outlivesScope: boolean;
  #awaited = false;
  #open = false;
  #counted = false;

  /**
   * @param outlivesScope - the operation goes on when the scope it was made in has closed: then it is
   *   waited for where somebody awaits it, not where it was made.
   */
  constructor(waiter: ContextScope | StepBody, outlivesScope = false) {
    this.#waiter = waiter;
    this.#outlivesScope = outlivesScope;
  }

  readonly awaited = (): void => {
    if (this.#outlivesScope && this.#waiter instanceof ContextScope) this.#follow(this.#waiter);
    this.#awaited = true;
    this.#update();
  };

  opens(): void {
    this.#open = true;
    this.#update();
  }

  closes(): void {
    this.#open = false;
    this.#update();
  }

  /** Moves to where it is awaited, unless somebody who can still go on waits already. */
  #follow(waiter: ContextScope): void {
    if (this.#awaited && !waiter.closed) return;
    this.#waiter = waiter.current;
    this.#counted = false; // a scope that has closed has dropped it
  }

  #update(): void {
    const counts = this.#awaited && this.#open;
    if (counts === this.#counted) return;
    this.#counted = counts;
    if (counts) this.#waiter.waitBegins();
    else this.#waiter.waitEnds();
  }
}
