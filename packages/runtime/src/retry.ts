import { checkedConfig, retryStrategyOptions } from "./config.ts";
import { durationToSeconds, type Duration } from "./duration.ts";

/** Whether to try again, and when. Without `delay`: after a second. */
export type RetryDecision =
  | { readonly shouldRetry: false }
  | {
      readonly shouldRetry: true;
      /** Rounded to whole seconds, at least 1. */
      readonly delay?: RetryDelay | undefined;
    };

/** A `Duration` that may be fractional, for strategies compute it. */
export type RetryDelay = Duration | { readonly milliseconds: number };

/**
 * Decides after each failed attempt of a step.
 *
 * @param error - what the step threw.
 * @param attempt - the number of the attempt that failed: 1 for the first.
 */
export type RetryStrategy = (error: Error, attempt: number) => RetryDecision;

/** FULL: anywhere from 0 to the delay. HALF: from half of it. NONE: the delay. */
export type Jitter = "FULL" | "HALF" | "NONE";

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

/**
 * Delays that grow exponentially, by the number of the attempt they follow.
 *
 * @throws InvalidDurationError
 */
export function backoff(settings: {
  readonly initialDelay: Duration;
  readonly maxDelay: Duration;
  readonly backoffRate: number;
  readonly jitter: Jitter;
}): (attempt: number) => { readonly milliseconds: number } {
  const { backoffRate, jitter } = settings;
  const initialSeconds = durationToSeconds(settings.initialDelay, "initialDelay");
  const maxSeconds = durationToSeconds(settings.maxDelay, "maxDelay");
  return (attempt) => {
    // A power may grow beyond all numbers; nothing times it is still nothing.
    const grown = initialSeconds === 0 ? 0 : initialSeconds * backoffRate ** (attempt - 1);
    const base = Math.min(grown, maxSeconds);
    return { milliseconds: Math.round(jittered(base, jitter) * 1000) };
  };
}

function jittered(seconds: number, jitter: Jitter): number {
  switch (jitter) {
    case "FULL":
      return seconds * Math.random();
    case "HALF":
      return seconds * (0.5 + Math.random() / 2);
    case "NONE":
      return seconds;
  }
}

/** What a step uses that names no strategy: 6 attempts, 5 s, ×2, at most 60 s, FULL jitter. */
export const defaultRetryStrategy: RetryStrategy = createRetryStrategy();
