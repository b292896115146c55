import { describeValue } from "./describe-value.ts";
import { InvalidDurationError } from "./errors.ts";
import { ServiceLimits } from "./protocol/limits.ts";

interface DurationUnits {
  readonly days: number;
  readonly hours: number;
  readonly minutes: number;
  readonly seconds: number;
}

/** At least one of the units, so that `{}` does not compile. */
type AtLeastOne<Units> = {
  [Unit in keyof Units]: Readonly<Pick<Units, Unit>> & Partial<Omit<Units, Unit>>;
}[keyof Units];

/**
 * A length of time: whole, non-negative days, hours, minutes and seconds, at least one of them; they
 * add up. A `Temporal.Duration` without years, months and weeks is accepted too.
 *
 * Source: docs/core/callbacks.md of aws/aws-durable-execution-sdk-python, "Duration helpers".
 *
 * @example
 * ```ts
 * const halfADay: Duration = { hours: 12 };
 * const longer: Duration = { days: 1, hours: 12 };
 * const fromHelper = Duration.fromMinutes(5); // { minutes: 5 }
 * ```
 */
export type Duration = AtLeastOne<DurationUnits>;

/**
 * Makes durations, with the names of AWS's documentation.
 *
 * @example
 * ```ts
 * await context.createCallback("approval", { timeout: Duration.fromHours(48) });
 * ```
 */
export const Duration = {
  /** @throws InvalidDurationError unless `seconds` is a whole number, not negative. */
  fromSeconds: (seconds: number): { readonly seconds: number } =>
    checked({ seconds }, "Duration.fromSeconds"),
  /** @throws InvalidDurationError unless `minutes` is a whole number, not negative. */
  fromMinutes: (minutes: number): { readonly minutes: number } =>
    checked({ minutes }, "Duration.fromMinutes"),
  /** @throws InvalidDurationError unless `hours` is a whole number, not negative. */
  fromHours: (hours: number): { readonly hours: number } =>
    checked({ hours }, "Duration.fromHours"),
  /** @throws InvalidDurationError unless `days` is a whole number, not negative. */
  fromDays: (days: number): { readonly days: number } => checked({ days }, "Duration.fromDays"),
} as const;

const MS = { days: 86_400_000, hours: 3_600_000, minutes: 60_000, seconds: 1000, milliseconds: 1 };
const HANDLER_UNITS: readonly string[] = ["days", "hours", "minutes", "seconds"];

/**
 * Seconds of a duration a handler gave.
 *
 * @param option - what it is for, as the user wrote it; it stands in the message.
 * @throws InvalidDurationError
 */
export function durationToSeconds(
  duration: unknown,
  option: string,
  limits: { readonly min?: number; readonly max?: number } = {},
): number {
  const seconds = parseDuration(duration, option, HANDLER_UNITS) / 1000;
  const { min = 0, max = ServiceLimits.durationSeconds } = limits;
  if (seconds < min) {
    throw invalid(option, duration, `must be at least ${min} second${min === 1 ? "" : "s"}`);
  }
  if (seconds > max) throw invalid(option, duration, tooLong(max));
  return seconds;
}

/**
 * Milliseconds of a duration given to a test harness, where `milliseconds` is a unit as well.
 *
 * @throws InvalidDurationError
 */
export function durationToMilliseconds(duration: unknown, option: string): number {
  const ms = parseDuration(duration, option, [...HANDLER_UNITS, "milliseconds"]);
  const { durationSeconds } = ServiceLimits;
  if (ms > durationSeconds * 1000) throw invalid(option, duration, tooLong(durationSeconds));
  return ms;
}

/**
 * Whole seconds, at least 1, of a delay that a strategy computed: strategies may well divide.
 *
 * @throws InvalidDurationError when it is no finite, non-negative duration at all, or longer than the
 * service lets an operation wait.
 */
export function roundedDelaySeconds(delay: unknown, option: string): number {
  if (delay === undefined) return 1;
  const ms = parseDuration(delay, option, [...HANDLER_UNITS, "milliseconds"], true);
  const seconds = Math.max(1, Math.round(ms / 1000));
  const { waitSeconds } = ServiceLimits;
  if (seconds > waitSeconds) throw invalid(option, delay, tooLong(waitSeconds));
  return seconds;
}

function tooLong(seconds: number): string {
  const days = seconds % 86_400 === 0 ? ` (${seconds / 86_400} days)` : "";
  return `is longer than ${seconds} seconds${days}`;
}

function parseDuration(
  duration: unknown,
  option: string,
  units: readonly string[],
  fractions = false,
): number {
  if (typeof duration !== "object" || duration === null || Array.isArray(duration)) {
    throw invalid(option, duration, `is not a duration${suggestion(duration, units)}`);
  }
  if (
    Object.getPrototypeOf(duration) !== Object.prototype &&
    Object.prototype.toString.call(duration) === "[object Temporal.Duration]"
  ) {
    return temporalMilliseconds(duration, option, units);
  }
  let total = 0;
  let given = 0;
  for (const unit of Object.keys(duration)) {
    const amount: unknown = Reflect.get(duration, unit);
    if (amount === undefined) continue;
    if (!units.includes(unit)) {
      throw invalid(option, duration, `has the unknown unit ${JSON.stringify(unit)}`, units);
    }
    if (typeof amount !== "number" || !Number.isFinite(amount)) {
      throw invalid(option, duration, `has ${unit} that are not a finite number`);
    }
    if (amount < 0) throw invalid(option, duration, "is negative");
    if (!fractions && !Number.isInteger(amount)) {
      throw invalid(option, duration, `has fractional ${unit}; use a smaller unit`);
    }
    total += amount * MS[unit as keyof typeof MS];
    given += 1;
  }
  if (given === 0) throw invalid(option, duration, "has no unit", units);
  return total;
}

/** `Temporal.Duration` is structural here: the library does not ask for a runtime that has Temporal. */
function temporalMilliseconds(duration: object, option: string, units: readonly string[]): number {
  const amount = (unit: string): number => Number(Reflect.get(duration, unit));
  if (amount("years") !== 0 || amount("months") !== 0 || amount("weeks") !== 0) {
    throw invalid(option, duration, "has years, months or weeks, whose length varies", units);
  }
  const ms =
    Object.entries(MS).reduce((sum, [unit, factor]) => sum + amount(unit) * factor, 0) +
    amount("microseconds") / 1000 +
    amount("nanoseconds") / 1_000_000;
  if (ms < 0) throw invalid(option, duration, "is negative");
  const step = units.includes("milliseconds") ? 1 : 1000;
  if (ms % step !== 0) {
    throw invalid(option, duration, `is no whole number of ${step === 1 ? "milli" : ""}seconds`);
  }
  return ms;
}

/** A bare number is meant as what timers take; where there are no milliseconds, as seconds. */
function suggestion(duration: unknown, units: readonly string[]): string {
  if (typeof duration !== "number" || !Number.isSafeInteger(duration) || duration < 0) return "";
  const unit = units.includes("milliseconds") ? "milliseconds" : "seconds";
  return `: did you mean { ${unit}: ${duration} }?`;
}

function invalid(
  option: string,
  value: unknown,
  problem: string,
  units: readonly string[] = HANDLER_UNITS,
): InvalidDurationError {
  return new InvalidDurationError(
    `${option}: ${describeValue(value)} ${problem.endsWith("?") ? problem : `${problem}.`} Give whole ${units.join(", ")}, for example { minutes: 5 }.`,
    { option, value },
  );
}

function checked<T>(duration: T, option: string): T {
  durationToSeconds(duration, option);
  return duration;
}
