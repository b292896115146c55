import type { ChildContextError } from "./errors.ts";
import type { RetryStrategy } from "./retry.ts";
import type { Serdes } from "./serdes.ts";
import type { Serialized } from "./serialized.ts";
import type { WaitStrategy } from "./wait-strategy.ts";

/** Settings of a step. */
export interface StepConfig<T> {
  /** When a failed step is tried again. Default: `retryPresets.default`, 6 attempts. */
  readonly retryStrategy?: RetryStrategy | undefined;
  /**
   * What happens to a step that was interrupted before its result was recorded. By default it runs
   * again; an `AtMostOncePerRetry` step fails with StepInterruptedError, which the retry strategy sees.
   */
  readonly semantics?: "AtLeastOncePerRetry" | "AtMostOncePerRetry" | undefined;
  /** How the result is stored. JSON unless given. */
  readonly serdes?: Serdes<T> | undefined;
}

/** Settings of a child context. */
export interface ChildContextConfig<T> {
  /** How the result is stored. JSON unless given. */
  readonly serdes?: Serdes<T> | undefined;
  /**
   * Says what kind of group it is, to people and tools: the subtype of the operation, 1 to 32 letters, `-`
   * and `_`. Default: `RunInChildContext`.
   */
  readonly subType?: string | undefined;
  /**
   * Makes the error that handler code gets when the function throws. It is asked again on every replay.
   * Default: the ChildContextError itself.
   */
  readonly errorMapper?: ((error: ChildContextError) => Error) | undefined;
  /**
   * Says in short what came out, for people: recorded when the result is too large to be stored. Such a
   * result is made anew on every replay.
   */
  readonly summaryGenerator?: ((result: T) => string) | undefined;
  /**
   * `"FLAT"`: no context is recorded; the operations stand directly in the context around it, and the
   * function runs again on every replay. Default: `"NESTED"`.
   */
  readonly nesting?: "NESTED" | "FLAT" | undefined;
}

/** Settings of `invoke`. */
export interface InvokeConfig<Input, Output> {
  readonly name?: string | undefined;
  /** For a function that is isolated by tenant: whose invocation it is. */
  readonly tenantId?: string | undefined;
  /** How the input is written. JSON unless given. */
  readonly payloadSerdes?: Serdes<Input> | undefined;
  /** How the result is read. JSON unless given. */
  readonly resultSerdes?: Serdes<Output> | undefined;
}

/** Settings of `waitForCondition`. */
export interface WaitForConditionConfig<State, Stored = Serialized<State>> {
  /** What the first check gets. Each later one gets what the one before has returned. */
  readonly initialState: State;
  /** Whether to check again, and when; {@link createWaitStrategy} makes one. */
  readonly waitStrategy: WaitStrategy<Stored>;
  /** How the state is stored. JSON unless given. */
  readonly serdes?: Serdes<State> | undefined;
}
