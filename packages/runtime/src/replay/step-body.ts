import { AsyncLocalStorage } from "node:async_hooks";
import { StepCannotWaitError } from "../errors.ts";
import type { LogPlace } from "../logger.ts";
import type { Execution } from "./execution.ts";
import { type ContextScope, Place } from "./scope.ts";

/**
 * One run of a step's body.
 *
 * Owns: whether the body can go on, or waits for callbacks; the places of operations made in it, which
 * belong to the context around the step and differ for each attempt.
 */
export class StepBody {
  readonly scope: ContextScope;
  readonly name: string | undefined;
  /** What it is called in messages: `step "charge"`. */
  readonly what: string;
  readonly attempt: number;
  readonly atMostOnce: boolean;
  readonly logPlace: LogPlace;
  readonly #place: Place;
  #position = 0;
  #waits = 0;
  /** What it waits for, the outside world included. */
  #rests = 0;
  #over = false;

  constructor(options: {
    readonly scope: ContextScope;
    readonly name: string | undefined;
    readonly what: string;
    readonly attempt: number;
    readonly atMostOnce: boolean;
    readonly place: Place;
  }) {
    const { name, attempt, place } = options;
    this.scope = options.scope;
    this.name = name;
    this.what = options.what;
    this.attempt = attempt;
    this.atMostOnce = options.atMostOnce;
    this.logPlace = {
      operationId: place.id,
      ...(name !== undefined && { operationName: name }),
      attempt,
    };
    this.#place = place;
    this.scope.execution.bodyRuns();
  }

  get attemptId(): { readonly operationId: string; readonly attempt: number } {
    return { operationId: this.#place.id, attempt: this.attempt };
  }

  get execution(): Execution {
    return this.scope.execution;
  }

  nextPlace(): Place {
    this.#position += 1;
    return new Place(this.#place.below.below(this.attempt), this.#position, this.scope.id);
  }

  /** The body waits for the outside world. */
  waitBegins(): void {
    this.#waits += 1;
    if (this.#over) return;
    if (this.#waits === 1) this.scope.waitBegins();
    this.#rest();
  }

  waitEnds(): void {
    this.#waits -= 1;
    if (this.#over) return;
    if (this.#waits === 0) this.scope.waitEnds();
    this.restEnds();
  }

  /**
   * The body waits for an operation made outside of it.
   *
   * @throws StepCannotWaitError in an at-most-once step, which could not run again.
   */
  restBegins(): void {
    if (this.atMostOnce) throw this.#cannotRest();
    this.#rest();
  }

  restEnds(): void {
    this.#rests -= 1;
    if (this.#rests === 0 && !this.#over) this.scope.execution.bodyRuns();
  }

  /** The body has settled; waits that it left behind hold nothing up. */
  end(): void {
    this.#over = true;
    if (this.#waits > 0) this.scope.waitEnds();
    if (this.#rests === 0) this.scope.execution.bodyRests();
  }

  /** It does not hold the invocation open meanwhile. */
  #rest(): void {
    this.#rests += 1;
    if (this.#rests === 1 && !this.#over) this.scope.execution.bodyRests();
  }

  #cannotRest(): StepCannotWaitError {
    const name =
      this.name === undefined ? "An at-most-once step" : `The at-most-once step "${this.name}"`;
    return new StepCannotWaitError(
      `${name} cannot wait for an operation that was started outside of it: waiting may mean running the step again later. ` +
        "Await the operation before the step, or make the step at-least-once.",
    );
  }
}

/** The step whose body is running, for code that is handed the context around it. */
export const runningStep: AsyncLocalStorage<StepBody> = new AsyncLocalStorage();

/** The running step that this call was made in, if it belongs to the same execution. */
export function runningStepOf(scope: { readonly execution: Execution }): StepBody | undefined {
  const step = runningStep.getStore();
  return step?.execution === scope.execution ? step : undefined;
}
