import type { StepConfig } from "../config.ts";
import { roundedDelaySeconds } from "../duration.ts";
import { describeValue } from "../describe-value.ts";
import {
  describeOperation,
  InvalidArgumentError,
  PayloadTooLargeError,
  SerdesError,
  StepCannotWaitError,
  StepError,
  StepInterruptedError,
} from "../errors.ts";
import { OperationSubType } from "../protocol/operation.ts";
import type { ContextScope, Place } from "../replay/scope.ts";
import type { StepBody } from "../replay/step-body.ts";
import { type RetryDecision, retryPresets, type RetryStrategy } from "../retry.ts";
import type { Serdes } from "../serdes.ts";
import { attempts } from "./attempts.ts";

/** Runs a function once, as far as that is possible, and remembers its result. */
export function step<T>(
  scope: ContextScope,
  place: Place,
  options: {
    readonly name: string | undefined;
    /** What it is called in messages, if not by its name. */
    readonly knownAs?: string | undefined;
    readonly body: (step: StepBody) => T | Promise<T>;
    readonly config: StepConfig<T>;
    readonly serdes: Serdes<never>;
  },
): Promise<T> {
  const { name, body, config, serdes } = options;
  const { retryStrategy = retryPresets.default, semantics } = config;
  const what = options.knownAs ?? describeOperation("step", name);
  return attempts<T>(scope, place, {
    name,
    subType: OperationSubType.STEP,
    what,
    atMostOnce: semantics === "AtMostOncePerRetry",
    serdes: (config.serdes as Serdes<never> | undefined) ?? serdes,
    body,
    succeeded: () => "end",
    failed(error, attempt) {
      if (isFinal(error)) return "end";
      const decision = decideRetry(retryStrategy, error, attempt, what);
      if (!decision.shouldRetry) return "end";
      return { againInSeconds: roundedDelaySeconds(decision.delay, `retry delay of ${what}`) };
    },
    interrupted: () =>
      new StepInterruptedError(
        `${what} was interrupted before its result was recorded: it may have done its work, or not. It is at-most-once, so it is not run again by itself.`,
      ),
    toError: (error, cause) =>
      StepCannotWaitError.is(cause) ? cause : new StepError(name, error, { cause }),
  });
}

/** What a strategy says, checked. */
export function decideRetry(
  strategy: RetryStrategy,
  error: Error,
  attempt: number,
  what: string,
): RetryDecision {
  const decision: unknown = strategy(error, attempt);
  if (
    typeof decision === "object" &&
    decision !== null &&
    "shouldRetry" in decision &&
    typeof decision.shouldRetry === "boolean"
  ) {
    return decision as RetryDecision;
  }
  throw new InvalidArgumentError(
    `The retry strategy of ${what} returned ${describeValue(decision)}; it must return { shouldRetry, delay? }.`,
    { cause: error },
  );
}

/** Errors that another attempt would only repeat. */
function isFinal(error: Error): boolean {
  return StepCannotWaitError.is(error) || SerdesError.is(error) || PayloadTooLargeError.is(error);
}
