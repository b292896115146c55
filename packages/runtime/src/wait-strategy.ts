import { exponentialBackoff, exponentialOptions, type Jitter, type RetryDelay } from "./backoff.ts";
import { checkedConfig, functionOf, type Options } from "./check/config.ts";
import type { Duration } from "./duration.ts";
import { ConditionNotMetError } from "./errors.ts";

/** Whether the condition is still to be waited for, and when it is checked again. */
export type WaitDecision =
  /** It is met: the state is the result. */
  | { readonly shouldContinue: false }
  | {
      readonly shouldContinue: true;
      /** Rounded to whole seconds, at least 1; at most 366 days. */
      readonly delay: RetryDelay;
    };

/**
 * Decides after each check of a `waitForCondition`. What it throws fails the operation.
 *
 * @param state - what the check returned.
 * @param attempt - the number of the check: 1 for the first.
 */
export type WaitStrategy<State> = (state: State, attempt: number) => WaitDecision;

/** Settings of {@link createWaitStrategy}. */
export interface WaitStrategyConfig<State> {
  /** Whether the condition is not met yet. */
  readonly shouldContinuePolling: (state: State) => boolean;
  /** Checks in all. Default 60. */
  readonly maxAttempts?: number | undefined;
  /** Delay after the first check. Default 5 s. */
  readonly initialDelay?: Duration | undefined;
  /** No delay is longer. Default 5 min. */
  readonly maxDelay?: Duration | undefined;
  /** Each delay is this many times the one before. Default 1.5. */
  readonly backoffRate?: number | undefined;
  /** FULL: anywhere from 0 to the delay. HALF: from half of it. NONE: the delay. Default FULL. */
  readonly jitter?: Jitter | undefined;
}

const waitStrategyOptions: Options<WaitStrategyConfig<never>> = {
  shouldContinuePolling: functionOf("(state) => boolean"),
  ...exponentialOptions,
};

/**
 * Makes a wait strategy with exponential backoff.
 *
 * Delays are rounded to whole seconds, at least 1. Jitter draws from `Math.random`; in a test that is
 * the execution's seeded stream.
 *
 * @throws InvalidArgumentError, InvalidDurationError when a setting cannot be right. The strategy itself
 * throws ConditionNotMetError when the last of `maxAttempts` checks has not met the condition.
 *
 * @example
 * ```ts
 * const job = await context.waitForCondition("job", () => jobs.describe(id), {
 *   initialState: { status: "RUNNING" },
 *   waitStrategy: createWaitStrategy({
 *     shouldContinuePolling: ({ status }) => status === "RUNNING",
 *     initialDelay: { seconds: 10 },
 *   }),
 * });
 * ```
 */
export function createWaitStrategy<State>(config: WaitStrategyConfig<State>): WaitStrategy<State> {
  const settings = checkedConfig<WaitStrategyConfig<State>>(
    () => "createWaitStrategy",
    config,
    waitStrategyOptions,
    ["shouldContinuePolling"],
  );
  const { shouldContinuePolling, maxAttempts = 60, backoffRate = 1.5, jitter = "FULL" } = settings;
  const { initialDelay = { seconds: 5 }, maxDelay = { minutes: 5 } } = settings;
  const delayAfter = exponentialBackoff({ initialDelay, maxDelay, backoffRate, jitter });
  return (state, attempt) => {
    if (!shouldContinuePolling(state)) return { shouldContinue: false };
    if (attempt >= maxAttempts) {
      throw new ConditionNotMetError(
        `The condition was not met in ${attempt} ${attempt === 1 ? "check" : "checks"}, which is all that maxAttempts allows.`,
      );
    }
    return { shouldContinue: true, delay: delayAfter(attempt) };
  };
}
