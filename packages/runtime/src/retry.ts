import { backoff, backoffOptions, type Jitter, type RetryDelay } from "./backoff.ts";
import { checkedConfig, type Options } from "./check/config.ts";
import type { Duration } from "./duration.ts";

/** Whether to try again, and when. Without `delay`: after a second. */
export type RetryDecision =
  | { readonly shouldRetry: false }
  | {
      readonly shouldRetry: true;
      /** Rounded to whole seconds, at least 1. */
      readonly delay?: RetryDelay | undefined;
    };

/**
 * Decides after each failed attempt of a step.
 *
 * @param error - what the step threw.
 * @param attempt - the number of the attempt that failed: 1 for the first.
 */
export type RetryStrategy = (error: Error, attempt: number) => RetryDecision;

/** Settings of {@link createRetryStrategy}. */
export interface RetryStrategyConfig {
  /** Attempts in all, the first included. Default 6. */
  readonly maxAttempts?: number | undefined;
  /** Delay after the first attempt. Default 5 s. */
  readonly initialDelay?: Duration | undefined;
  /** No delay is longer. Default 60 s. */
  readonly maxDelay?: Duration | undefined;
  /** Each delay is this many times the one before. Default 2. */
  readonly backoffRate?: number | undefined;
  /** FULL: anywhere from 0 to the delay. HALF: from half of it. NONE: the delay. Default FULL. */
  readonly jitter?: Jitter | undefined;
}

const retryStrategyOptions: Options<RetryStrategyConfig> = backoffOptions;

/**
 * Makes a retry strategy with exponential backoff.
 *
 * Delays are rounded to whole seconds, at least 1. Jitter draws from `Math.random`; in a test that is
 * the execution's seeded stream.
 *
 * Source: guide, "Retry with callbacks".
 *
 * @throws InvalidArgumentError, InvalidDurationError when a setting cannot be right.
 *
 * @example
 * ```ts
 * await context.step("charge", charge, {
 *   retryStrategy: createRetryStrategy({ maxAttempts: 3, initialDelay: { seconds: 5 }, jitter: "NONE" }),
 * }); // tried at 0 s, 5 s and 15 s
 * ```
 */
export function createRetryStrategy(config: RetryStrategyConfig = {}): RetryStrategy {
  const {
    maxAttempts = 6,
    backoffRate = 2,
    jitter = "FULL",
  } = checkedConfig(() => "createRetryStrategy", config, retryStrategyOptions);
  const { initialDelay = { seconds: 5 }, maxDelay = { seconds: 60 } } = config;
  const delayAfter = backoff({ initialDelay, maxDelay, backoffRate, jitter });
  return (_error, attempt) =>
    attempt >= maxAttempts
      ? { shouldRetry: false }
      : { shouldRetry: true, delay: delayAfter(attempt) };
}

/** What a step uses that names no strategy: 6 attempts, 5 s, ×2, at most 60 s, FULL jitter. */
export const defaultRetryStrategy: RetryStrategy = createRetryStrategy();
