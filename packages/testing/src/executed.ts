/** How much was executed. */
export interface ExecutedFigures {
  readonly executions: number;
  readonly invocations: number;
  /** Virtual. */
  readonly elapsedMs: number;
}

/**
 * Hears from every runner of this realm how much more it has executed, whoever has made it.
 *
 * @param runner - the runner that says so.
 */
export type ExecutionListener = (runner: object, more: ExecutedFigures) => void;

/** On the global object, so that it hears from the runners of another copy of the package as well. */
const LISTENER = Symbol.for("durabletest.executions");

/** For plugins of test frameworks, which sum it up. There is one listener; the last one counts. */
export function listenToExecutions(listener: ExecutionListener | undefined): void {
  Reflect.set(globalThis, LISTENER, listener);
}

/** On the global object, for the same reason. */
const OUTCOME_LISTENER = Symbol.for("durabletest.outcomes");

/**
 * For outcome coverage: hears from every runner of this realm that it has executed something. There is one listener;
 * the last one counts.
 */
export function listenToOutcomes(listener: ((runner: object) => void) | undefined): void {
  Reflect.set(globalThis, OUTCOME_LISTENER, listener);
}

/** What is told of a result. */
interface Executed {
  readonly invocations: readonly unknown[];
  readonly elapsedMs: number;
}

/**
 * Tells the listener what a runner has executed.
 *
 * Owns: what it has told already.
 */
export class ExecutionTeller {
  #told: ExecutedFigures;

  /** @param before - what others have told already: a fork begins where its original stands. */
  constructor(before: Executed = { invocations: [], elapsedMs: 0 }) {
    const { invocations, elapsedMs } = before;
    this.#told = { executions: 0, invocations: invocations.length, elapsedMs };
  }

  /** @param elapsed - how much of the time nobody has waited for, where that is not all. */
  tell(runner: { readonly result: Executed }, elapsed?: number): void {
    const outcomes: unknown = Reflect.get(globalThis, OUTCOME_LISTENER);
    if (typeof outcomes === "function") Reflect.apply(outcomes, undefined, [runner]);
    const listener: unknown = Reflect.get(globalThis, LISTENER);
    if (typeof listener !== "function") return;
    const { invocations, elapsedMs: all } = runner.result;
    const elapsedMs = elapsed ?? all;
    const told = this.#told;
    this.#told = { executions: 1, invocations: invocations.length, elapsedMs };
    const more: ExecutedFigures = {
      executions: 1 - told.executions,
      invocations: invocations.length - told.invocations,
      elapsedMs: elapsedMs - told.elapsedMs,
    };
    Reflect.apply(listener, undefined, [runner, more]);
  }
}
