/** A timer that waits in the runner's total order: whatever the host made of it. */
export type ArmedTimer = object;

/** Tells the time of an execution. */
export interface TellsTime {
  /** Virtual epoch milliseconds, now. */
  now(): number;
}

/** The runner's side of a scope. One per invocation. */
export interface ScopeHost extends TellsTime {
  /** Tells the same time, and outlives the invocation. */
  readonly clock: TellsTime;
  /** Epoch milliseconds at which the execution's clock began. */
  readonly startedAt: number;
  /** Whether the running code is part of a step; undefined where the handler's runtime does not tell. */
  isInStep(): boolean | undefined;
  /** The next number of the seeded stream, in [0, 1). */
  random(): number;
  /** Handler code has done something to the world. */
  effect(name: string, key: string | undefined, data: unknown): void;
  /** Puts a timer into the runner's total order. `fire` is called once, when it is due. */
  arm(delayMs: number, fire: () => void): ArmedTimer;
  /** Takes out a timer that has not fired. */
  disarm(timer: ArmedTimer): void;
  /**
   * Calls back in what stands for the next turn of the event loop, and returns what calls that off. Undefined: only a
   * turn will do.
   */
  readonly nextTurn: ((callback: () => void) => () => void) | undefined;
  /**
   * Handler code called `process.exit` (or sent its own process a deadly signal): the invocation
   * is over. Return: an error that unwinds the caller is thrown for you.
   */
  exited(code: number): void;
  /** A timer's callback threw. On Lambda that is an uncaught exception: the sandbox dies. */
  crashed(error: unknown): void;
}
