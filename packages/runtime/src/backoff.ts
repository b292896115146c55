import { checkedWhenRead, oneOf, type Options, wholeNumber } from "./check/config.ts";
import { durationToSeconds, type Duration } from "./duration.ts";

/** A `Duration` that may be fractional, for strategies compute it. */
export type RetryDelay = Duration | { readonly milliseconds: number };

/** FULL: anywhere from 0 to the delay. HALF: from half of it. NONE: the delay. */
export type Jitter = "FULL" | "HALF" | "NONE";

/** What grows, and how: the settings that strategies have in common. */
interface BackoffConfig {
  readonly maxAttempts?: number | undefined;
  readonly initialDelay?: Duration | undefined;
  readonly maxDelay?: Duration | undefined;
  readonly backoffRate?: number | undefined;
  readonly jitter?: Jitter | undefined;
}

export const backoffOptions: Options<BackoffConfig> = {
  maxAttempts: wholeNumber(1),
  initialDelay: checkedWhenRead,
  maxDelay: checkedWhenRead,
  backoffRate: {
    fits: (value) => typeof value === "number" && Number.isFinite(value) && value >= 1,
    otherwise: "no number of at least 1",
  },
  jitter: oneOf("FULL", "HALF", "NONE"),
};

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
