import { InvalidArgumentError, isDurableHandler } from "@durabletest/runtime";
import { describeValue } from "@durabletest/runtime/protocol";
import type { AnyDurableLambdaHandler } from "./invocation.ts";
import { InvalidHandlerError } from "./errors.ts";
import { type CallbackScript, movesOf } from "./script.ts";
import { nearMisses } from "./near-misses.ts";

/** Settings of a runner. */
export interface RunnerOptions {
  /** Where the virtual clock begins. Default: 2025-01-01T00:00:00.000Z. */
  readonly startTime?: Date | string | number | undefined;
  /** Determines ids, jitter and all randomness in the handler. A whole number. Default: 0. */
  readonly seed?: number | undefined;
  /**
   * `"auto"`: waits, retries and scripted answers happen by themselves, as far as no silence is broken.
   * `"manual"`: `run()` stops before the first timer of the service. Default: `"auto"`.
   */
  readonly timeSkipping?: "auto" | "manual" | undefined;
  /** What the outside world does, by callback name. */
  readonly callbacks?: Readonly<Record<string, CallbackScript>> | undefined;
  /** Whether `Date`, timers and randomness in handler code are the execution's. Default: `"virtual"`. */
  readonly globals?: "virtual" | "real" | undefined;
  /** Whether a script that no callback asked for is an error at the end. Default: `"report"`. */
  readonly unusedScripts?: "report" | "error" | undefined;
  /** How often the handler may be invoked. Default: 10 000. */
  readonly maxInvocations?: number | undefined;
  /** How many operations the handler may make. Default: 100 000. */
  readonly maxOperations?: number | undefined;
}

/** Settings, checked and complete. */
export interface RunnerSettings {
  readonly startTime: number;
  readonly seed: number;
  readonly timeSkipping: "auto" | "manual";
  readonly callbacks: Readonly<Record<string, CallbackScript>>;
  readonly globals: "virtual" | "real";
  readonly unusedScripts: "report" | "error";
  readonly maxInvocations: number;
  readonly maxOperations: number;
}

const DEFAULT_START = "2025-01-01T00:00:00.000Z";

/** @throws InvalidArgumentError */
export function checkOptions(options: RunnerOptions): RunnerSettings {
  if (typeof options !== "object" || options === null) {
    throw new InvalidArgumentError(`The options ${describeValue(options)} are no object.`);
  }
  for (const key of Object.keys(options)) {
    if (!(key in checks)) {
      throw new InvalidArgumentError(
        `There is no option ${JSON.stringify(key)}.${nearMisses(key, Object.keys(checks))}`,
      );
    }
  }
  return {
    startTime: checks.startTime(options.startTime ?? DEFAULT_START),
    seed: checks.seed(options.seed ?? 0),
    timeSkipping: checks.timeSkipping(options.timeSkipping ?? "auto"),
    callbacks: checks.callbacks(options.callbacks ?? {}),
    globals: checks.globals(options.globals ?? "virtual"),
    unusedScripts: checks.unusedScripts(options.unusedScripts ?? "report"),
    maxInvocations: checks.maxInvocations(options.maxInvocations ?? 10_000),
    maxOperations: checks.maxOperations(options.maxOperations ?? 100_000),
  };
}

/** @throws InvalidHandlerError */
export function checkHandler(handler: unknown): AnyDurableLambdaHandler {
  if (typeof handler !== "function") {
    throw new InvalidHandlerError(
      `${describeValue(handler)} is no handler. Give what withDurableExecution returned: is the import right?`,
    );
  }
  return handler as AnyDurableLambdaHandler;
}

/** Whether a handler was made by this project's runtime; other SDKs leave no mark. */
export const isKnownHandler: (handler: unknown) => boolean = isDurableHandler;

const checks = {
  startTime(value: unknown): number {
    const time =
      typeof value === "string" || typeof value === "number" || isDate(value)
        ? new Date(value).getTime()
        : Number.NaN;
    if (!Number.isNaN(time)) return time;
    return refuse("startTime", value, "a Date, an ISO 8601 text, or epoch milliseconds");
  },
  seed: (value: unknown): number =>
    Number.isSafeInteger(value) ? Number(value) : refuse("seed", value, "a whole number"),
  timeSkipping: oneOf("timeSkipping", ["auto", "manual"]),
  globals: oneOf("globals", ["virtual", "real"]),
  unusedScripts: oneOf("unusedScripts", ["report", "error"]),
  callbacks(value: unknown): Readonly<Record<string, CallbackScript>> {
    if (typeof value !== "object" || value === null) {
      return refuse("callbacks", value, "an object of scripts by callback name");
    }
    for (const [name, script] of Object.entries(value)) {
      if (typeof script !== "function") movesOf(script, `callbacks.${name}`);
    }
    return value as Readonly<Record<string, CallbackScript>>;
  },
  maxInvocations: count("maxInvocations"),
  maxOperations: count("maxOperations"),
};

function oneOf<const T extends string>(name: string, values: readonly T[]): (value: unknown) => T {
  return (value) =>
    values.find((known) => known === value) ??
    refuse(name, value, values.map((known) => JSON.stringify(known)).join(" or "));
}

function count(name: string): (value: unknown) => number {
  return (value) =>
    Number.isSafeInteger(value) && Number(value) >= 1
      ? Number(value)
      : refuse(name, value, "a whole number of at least 1");
}

function isDate(value: unknown): value is Date {
  return Object.prototype.toString.call(value) === "[object Date]";
}

function refuse(name: string, value: unknown, wanted: string): never {
  throw new InvalidArgumentError(`${name}: ${describeValue(value)} is not ${wanted}.`);
}
