import {
  commonOptions,
  exponentialBackoff,
  exponentialOptions,
  type Jitter,
  linearBackoff,
  type RetryDelay,
} from "./backoff.ts";
import { type Allowed, checkedConfig, checkedWhenRead, type Options } from "./check/config.ts";
import type { Duration } from "./duration.ts";
import { DurableError, errorProperty } from "./errors.ts";

/** Whether to try again, and when. Without `delay`: after a second. */
export type RetryDecision =
  | { readonly shouldRetry: false }
  | {
      readonly shouldRetry: true;
      /** Rounded to whole seconds, at least 1; at most 366 days. */
      readonly delay?: RetryDelay | undefined;
    };

/**
 * Decides after each failed attempt of a step, or of a group of operations (`withRetry`).
 *
 * @param error - what the step threw.
 * @param attempt - the number of the attempt that failed: 1 for the first.
 */
export type RetryStrategy = (error: Error, attempt: number) => RetryDecision;

/** A class of errors: `TypeError`, or one of your own. */
export type ErrorClass = abstract new (...args: never[]) => Error;

/** Which errors are worth another attempt. Without either list, all are. */
interface RetryFilter {
  /**
   * A part of the message, or an expression that matches it. An error is tried again that matches any of
   * these, or any of `retryableErrorTypes`.
   */
  readonly retryableErrors?: readonly (string | RegExp)[] | undefined;
  /**
   * Classes: an instance of one, an error that bears its name, as it does once it was recorded, or an
   * operation's error (a StepError …) whose cause is one.
   */
  readonly retryableErrorTypes?: readonly ErrorClass[] | undefined;
}

/** Settings of {@link createRetryStrategy}. */
export interface RetryStrategyConfig extends RetryFilter {
  /** Attempts in all, the first included. Default 3. */
  readonly maxAttempts?: number | undefined;
  /** Delay after the first attempt. Default 5 s. */
  readonly initialDelay?: Duration | undefined;
  /** No delay is longer. Default 5 min. */
  readonly maxDelay?: Duration | undefined;
  /** Each delay is this many times the one before. Default 2. */
  readonly backoffRate?: number | undefined;
  /** FULL: anywhere from 0 to the delay. HALF: from half of it. NONE: the delay. Default FULL. */
  readonly jitter?: Jitter | undefined;
}

/** Settings of {@link createLinearRetryStrategy}. */
export interface LinearRetryStrategyConfig extends RetryFilter {
  /** Attempts in all, the first included. Default 6. */
  readonly maxAttempts?: number | undefined;
  /** Delay after the first attempt. Default 1 s. */
  readonly initialDelay?: Duration | undefined;
  /** Each delay is this much longer than the one before. Default 1 s. */
  readonly increment?: Duration | undefined;
  /** No delay is longer. Default 5 min. */
  readonly maxDelay?: Duration | undefined;
  /** FULL: anywhere from 0 to the delay. HALF: from half of it. NONE: the delay. Default FULL. */
  readonly jitter?: Jitter | undefined;
}

const retryableErrors: Allowed = {
  fits: (value) =>
    Array.isArray(value) &&
    value.every((one) => (typeof one === "string" && one !== "") || isRegExp(one)),
  otherwise: "no list of texts and regular expressions",
};

const retryableErrorTypes: Allowed = {
  fits: (value) => Array.isArray(value) && value.every(isClass),
  otherwise: "no list of error classes",
};

const exponentialStrategyOptions: Options<RetryStrategyConfig> = {
  ...exponentialOptions,
  retryableErrors,
  retryableErrorTypes,
};

const linearStrategyOptions: Options<LinearRetryStrategyConfig> = {
  ...commonOptions,
  increment: checkedWhenRead,
  retryableErrors,
  retryableErrorTypes,
};

/**
 * Makes a retry strategy with exponential backoff. What is left out is as in AWS's SDKs: 3 attempts, after
 * 5 s, then twice that, at most 5 min, FULL jitter. A step without any strategy is more patient:
 * {@link retryPresets}.default.
 *
 * Delays are rounded to whole seconds, at least 1. Jitter draws from `Math.random`; in a test that is
 * the execution's seeded stream.
 *
 * Source: docs/core/callbacks.md of aws/aws-durable-execution-sdk-python, "Retry with callbacks"; `@aws/durable-execution-sdk-js` 2.4.0.
 *
 * @throws InvalidArgumentError, InvalidDurationError when a setting cannot be right.
 *
 * @example
 * ```ts
 * await context.step("charge", charge, {
 *   retryStrategy: createRetryStrategy({
 *     maxAttempts: 4,
 *     jitter: "NONE",
 *     retryableErrors: [/timed? out/i, "429"],
 *     retryableErrorTypes: [GatewayError],
 *   }),
 * }); // tried at 0 s, 5 s, 15 s and 35 s
 * ```
 */
export function createRetryStrategy(config: RetryStrategyConfig = {}): RetryStrategy {
  const checked = checkedConfig<RetryStrategyConfig>(
    () => "createRetryStrategy",
    config,
    exponentialStrategyOptions,
  );
  const { maxAttempts = 3, backoffRate = 2, jitter = "FULL" } = checked;
  const { initialDelay = { seconds: 5 }, maxDelay = { minutes: 5 } } = checked;
  const delay = exponentialBackoff({ initialDelay, maxDelay, backoffRate, jitter });
  return strategy(maxAttempts, isRetryable(checked), delay);
}

/**
 * Makes a retry strategy whose delays grow by the same length every time. What is left out is as in AWS's
 * SDKs: 6 attempts, after 1 s, 2 s, 3 s …, at most 5 min, FULL jitter.
 *
 * Delays are rounded to whole seconds, at least 1. Jitter draws from `Math.random`; in a test that is
 * the execution's seeded stream.
 *
 * Source: `@aws/durable-execution-sdk-js` 2.4.0.
 *
 * @throws InvalidArgumentError, InvalidDurationError when a setting cannot be right.
 *
 * @example
 * ```ts
 * await context.step("poll", poll, {
 *   retryStrategy: createLinearRetryStrategy({
 *     maxAttempts: 4,
 *     initialDelay: { seconds: 10 },
 *     increment: { seconds: 20 },
 *     jitter: "NONE",
 *   }),
 * }); // tried at 0 s, 10 s, 40 s and 90 s
 * ```
 */
export function createLinearRetryStrategy(config: LinearRetryStrategyConfig = {}): RetryStrategy {
  const checked = checkedConfig<LinearRetryStrategyConfig>(
    () => "createLinearRetryStrategy",
    config,
    linearStrategyOptions,
  );
  const { maxAttempts = 6, jitter = "FULL", maxDelay = { minutes: 5 } } = checked;
  const { initialDelay = { seconds: 1 }, increment = { seconds: 1 } } = checked;
  const delay = linearBackoff({ initialDelay, increment, maxDelay, jitter });
  return strategy(maxAttempts, isRetryable(checked), delay);
}

/**
 * Retry strategies that are ready to use.
 *
 * Source: `@aws/durable-execution-sdk-js` 2.4.0.
 *
 * @example
 * ```ts
 * await context.step("charge", charge, { retryStrategy: retryPresets.noRetry });
 * ```
 */
export const retryPresets: {
  /** What a step uses that names no strategy: 6 attempts, 5 s, ×2, at most 60 s, FULL jitter. */
  readonly default: RetryStrategy;
  /** 6 attempts, after 1, 2, 3, 4 and 5 s, without jitter. */
  readonly linear: RetryStrategy;
  /** One attempt. */
  readonly noRetry: RetryStrategy;
} = {
  default: createRetryStrategy({ maxAttempts: 6, maxDelay: { seconds: 60 } }),
  linear: createLinearRetryStrategy({ jitter: "NONE" }),
  noRetry: createRetryStrategy({ maxAttempts: 1 }),
};

function strategy(
  maxAttempts: number,
  retryable: (error: Error) => boolean,
  delayAfter: (attempt: number) => { readonly seconds: number },
): RetryStrategy {
  return (error, attempt) =>
    attempt < maxAttempts && retryable(error)
      ? { shouldRetry: true, delay: delayAfter(attempt) }
      : { shouldRetry: false };
}

function isRetryable({
  retryableErrors: patterns,
  retryableErrorTypes: types,
}: RetryFilter): (error: Error) => boolean {
  if (patterns === undefined && types === undefined) return () => true;
  return (error) => {
    const message = errorProperty(error, "message") ?? "";
    return (
      patterns?.some((pattern) => matches(pattern, message)) === true ||
      types?.some((type) => isOfType(error, type)) === true
    );
  };
}

/** Unlike `test`, `search` does not remember where a global expression matched before. */
function matches(pattern: string | RegExp, message: string): boolean {
  return typeof pattern === "string" ? message.includes(pattern) : message.search(pattern) !== -1;
}

/** By name as well: what was recorded, or comes from another realm, is no instance. */
function isOfType(error: Error, type: ErrorClass): boolean {
  const matchesType = (one: Error): boolean =>
    one instanceof type || (type.name !== "Error" && errorProperty(one, "name") === type.name);
  const seen = new Set<Error>();
  let current = error;
  while (!matchesType(current)) {
    seen.add(current);
    if (!DurableError.is(current) || !(current.cause instanceof Error)) return false;
    if (seen.has(current.cause)) return false;
    current = current.cause;
  }
  return true;
}

function isRegExp(value: unknown): boolean {
  return Object.prototype.toString.call(value) === "[object RegExp]";
}

/** A class, or what was used as one before there were classes; no arrow function. */
function isClass(value: unknown): boolean {
  return typeof value === "function" && typeof value.prototype === "object";
}
