import { checkedWhenRead, oneOf, type Options, wholeNumber } from "./check/config.ts";
import { durationToSeconds, type Duration } from "./duration.ts";
import { ServiceLimits } from "./protocol/limits.ts";

/** A `Duration` that may be fractional, for strategies compute it. */
export type RetryDelay = Duration | { readonly milliseconds: number };

/** FULL: anywhere from 0 to the delay. HALF: from half of it. NONE: the delay. */
export type Jitter = "FULL" | "HALF" | "NONE";

/** The settings that all strategies have in common. */
interface CommonConfig {
  readonly maxAttempts?: number | undefined;
  readonly initialDelay?: Duration | undefined;
  readonly maxDelay?: Duration | undefined;
  readonly jitter?: Jitter | undefined;
}

/** Those of strategies whose delays grow exponentially. */
interface ExponentialConfig extends CommonConfig {
  readonly backoffRate?: number | undefined;
}

export const commonOptions: Options<CommonConfig> = {
  maxAttempts: wholeNumber(1),
  initialDelay: checkedWhenRead,
  maxDelay: checkedWhenRead,
  jitter: oneOf("FULL", "HALF", "NONE"),
};

export const exponentialOptions: Options<ExponentialConfig> = {
  maxAttempts: commonOptions.maxAttempts,
  initialDelay: checkedWhenRead,
  maxDelay: checkedWhenRead,
  backoffRate: {
    fits: (value) => typeof value === "number" && Number.isFinite(value) && value >= 1,
    otherwise: "no number of at least 1",
  },
  jitter: commonOptions.jitter,
};

/** The delay after an attempt, by its number: 1 for the first. In whole seconds, at least 1. */
type DelayAfter = (attempt: number) => { readonly seconds: number };

/**
 * Delays that grow exponentially.
 *
 * @throws InvalidDurationError
 */
export function exponentialBackoff(settings: {
  readonly initialDelay: Duration;
  readonly maxDelay: Duration;
  readonly backoffRate: number;
  readonly jitter: Jitter;
}): DelayAfter {
  const initialSeconds = delaySeconds(settings.initialDelay, "initialDelay");
  // A power may grow beyond all numbers; nothing times it is still nothing.
  return limited(settings, (attempt) =>
    initialSeconds === 0 ? 0 : initialSeconds * settings.backoffRate ** (attempt - 1),
  );
}

/**
 * Delays that grow by the same length every time.
 *
 * @throws InvalidDurationError
 */
export function linearBackoff(settings: {
  readonly initialDelay: Duration;
  readonly increment: Duration;
  readonly maxDelay: Duration;
  readonly jitter: Jitter;
}): DelayAfter {
  const initialSeconds = delaySeconds(settings.initialDelay, "initialDelay");
  const increment = delaySeconds(settings.increment, "increment");
  return limited(settings, (attempt) => initialSeconds + increment * (attempt - 1));
}

function limited(
  { maxDelay, jitter }: { readonly maxDelay: Duration; readonly jitter: Jitter },
  secondsAfter: (attempt: number) => number,
): DelayAfter {
  const maxSeconds = delaySeconds(maxDelay, "maxDelay");
  return (attempt) => {
    const seconds = jittered(Math.min(secondsAfter(attempt), maxSeconds), jitter);
    return { seconds: Math.max(1, Math.round(seconds)) };
  };
}

function delaySeconds(delay: Duration, option: string): number {
  return durationToSeconds(delay, option, { max: ServiceLimits.waitSeconds });
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
