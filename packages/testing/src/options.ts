import { type Duration, InvalidArgumentError, isDurableHandler } from "@durabletest/runtime";
import {
  describeValue,
  durationToMilliseconds,
  ServiceLimits,
} from "@durabletest/runtime/protocol";
import { InvalidHandlerError } from "./errors.ts";
import type {
  AnyDurableLambdaHandler,
  DurableFunction,
  Functions,
  PlainFunction,
} from "./handlers.ts";
import { type CallbackScript, movesOf } from "./script.ts";
import { nearMisses } from "./print/near-misses.ts";

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
  /**
   * Durable functions that handlers can invoke, by name or ARN. Each invoke is an execution of its own,
   * on the same clock. It begins when the invocation that invoked it is suspended, or beside it when that
   * one goes on: once more than 100 ms of virtual time have to pass in there.
   */
  readonly durableFunctions?: Readonly<Record<string, DurableFunctionTarget>> | undefined;
  /**
   * Plain functions that handlers can invoke, by name or ARN. What one returns travels as JSON; what it
   * throws fails the invoke.
   */
  readonly functions?:
    | Readonly<Record<string, (input: never, lambdaContext: never) => unknown>>
    | undefined;
  /** What the function under test is called. Default: `"durable-test"`. */
  readonly functionName?: string | undefined;
  /**
   * How long one invocation of the function under test may take, in virtual time: at most 15 minutes, in
   * whole seconds. Default: 15 minutes.
   */
  readonly invocationTimeout?: Duration | undefined;
  /** Limits of the service that differ from those of AWS Lambda, to test what happens at them. */
  readonly limits?: Partial<ServiceLimits> | undefined;
  /**
   * How the handler reaches the service. `"direct"`: it is given a client with every event. `"http"`: it
   * gets what Lambda sends, and its own client must be pointed at a server (`@durabletest/testing/server`).
   * Default: `"direct"`.
   */
  readonly transport?: "direct" | "http" | undefined;
  /** Whether `Date`, timers and randomness in handler code are the execution's. Default: `"virtual"`. */
  readonly globals?: "virtual" | "real" | undefined;
  /** Whether a script that no callback asked for is an error at the end. Default: `"report"`. */
  readonly unusedScripts?: "report" | "error" | undefined;
  /** How often the handler may be invoked. Default: 10 000. */
  readonly maxInvocations?: number | undefined;
  /** How many operations the handler may make. Default: 100 000. */
  readonly maxOperations?: number | undefined;
}

/** A durable function that can be invoked. */
export type DurableFunctionTarget =
  | AnyDurableLambdaHandler
  | {
      readonly handler: AnyDurableLambdaHandler;
      /** How long its executions may take. Default: as long as they like. */
      readonly timeout?: Duration | undefined;
      /** How long one of its invocations may take: at most 15 minutes. Default: 15 minutes. */
      readonly invocationTimeout?: Duration | undefined;
    };

/** Settings, checked and complete. */
export interface RunnerSettings {
  readonly startTime: number;
  readonly seed: number;
  readonly timeSkipping: "auto" | "manual";
  readonly callbacks: Readonly<Record<string, CallbackScript>>;
  readonly functions: Functions;
  readonly functionName: string;
  readonly invocationTimeoutSeconds: number;
  readonly limits: ServiceLimits;
  readonly transport: "direct" | "http";
  readonly globals: "virtual" | "real";
  readonly unusedScripts: "report" | "error";
  readonly maxInvocations: number;
  readonly maxOperations: number;
  /** For how long, in real time, nothing may be going on in a handler before it counts as stuck. */
  readonly stuckAfterMs: number;
}

const DEFAULT_START = "2025-01-01T00:00:00.000Z";

/** What the function under test is called, unless it has a name. */
const FUNCTION_NAME = "durable-test";

/** Lambda lets no invocation run longer. */
const LONGEST_INVOCATION_SECONDS = 900;

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
    functions: {
      durable: checks.durableFunctions(options.durableFunctions ?? {}),
      plain: checks.functions(options.functions ?? {}, options.durableFunctions),
    },
    functionName: checks.functionName(options.functionName ?? FUNCTION_NAME),
    invocationTimeoutSeconds: checks.invocationTimeout(options.invocationTimeout),
    limits: checks.limits(options.limits ?? {}),
    transport: checks.transport(options.transport ?? "direct"),
    globals: checks.globals(options.globals ?? "virtual"),
    unusedScripts: checks.unusedScripts(options.unusedScripts ?? "report"),
    maxInvocations: checks.maxInvocations(options.maxInvocations ?? 10_000),
    maxOperations: checks.maxOperations(options.maxOperations ?? 100_000),
    stuckAfterMs: 1000,
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
  durableFunctions(value: unknown): ReadonlyMap<string, DurableFunction> {
    const entries = entriesOf("durableFunctions", value, "durable handlers by name or ARN");
    return new Map(
      entries.map(([name, target]) => [name, durableFunction(`durableFunctions.${name}`, target)]),
    );
  },
  functions(value: unknown, durableFunctions: object = {}): ReadonlyMap<string, PlainFunction> {
    const entries = entriesOf("functions", value, "functions by name or ARN");
    return new Map(
      entries.map(([name, call]) => {
        if (typeof call !== "function") refuse(`functions.${name}`, call, "a function");
        if (Object.hasOwn(durableFunctions, name)) {
          throw new InvalidArgumentError(
            `functions.${name} is one of durableFunctions, too. A name stands for one function.`,
          );
        }
        return [name, call as PlainFunction];
      }),
    );
  },
  functionName: (value: unknown): string =>
    typeof value === "string" && /^[\w-]{1,64}$/.test(value)
      ? value
      : refuse("functionName", value, "a name of 1 to 64 letters, digits, - and _"),
  invocationTimeout: (value: unknown): number => invocationSeconds(value, "invocationTimeout"),
  limits(value: unknown): ServiceLimits {
    const limits: Record<string, number> = { ...ServiceLimits };
    for (const [name, limit] of entriesOf("limits", value, "numbers by limit")) {
      if (!Object.hasOwn(ServiceLimits, name)) {
        throw new InvalidArgumentError(
          `There is no limit ${JSON.stringify(name)}.${nearMisses(name, Object.keys(ServiceLimits))}`,
        );
      }
      if (limit !== undefined) limits[name] = count(`limits.${name}`)(limit);
    }
    return limits as unknown as ServiceLimits;
  },
  transport: oneOf("transport", ["direct", "http"]),
  globals: oneOf("globals", ["virtual", "real"]),
  unusedScripts: oneOf("unusedScripts", ["report", "error"]),
  callbacks(value: unknown): Readonly<Record<string, CallbackScript>> {
    for (const [name, script] of entriesOf("callbacks", value, "scripts by callback name")) {
      if (typeof script !== "function") movesOf(script, `callbacks.${name}`);
    }
    return value as Readonly<Record<string, CallbackScript>>;
  },
  maxInvocations: count("maxInvocations"),
  maxOperations: count("maxOperations"),
};

function durableFunction(where: string, target: unknown): DurableFunction {
  if (typeof target === "function") {
    return {
      handler: checkHandler(target),
      timeoutSeconds: undefined,
      invocationTimeoutSeconds: LONGEST_INVOCATION_SECONDS,
    };
  }
  if (typeof target !== "object" || target === null || !("handler" in target)) {
    return refuse(where, target, "a durable handler, or { handler, timeout, invocationTimeout }");
  }
  const timeout = "timeout" in target ? target.timeout : undefined;
  const invocationTimeout = "invocationTimeout" in target ? target.invocationTimeout : undefined;
  return {
    handler: checkHandler(target.handler),
    timeoutSeconds:
      timeout === undefined ? undefined : positiveSeconds(timeout, `${where}.timeout`),
    invocationTimeoutSeconds: invocationSeconds(invocationTimeout, `${where}.invocationTimeout`),
  };
}

function invocationSeconds(duration: unknown, name: string): number {
  if (duration === undefined) return LONGEST_INVOCATION_SECONDS;
  const seconds = positiveSeconds(duration, name);
  if (seconds <= LONGEST_INVOCATION_SECONDS) return seconds;
  return refuse(
    name,
    duration,
    "at most 15 minutes, which is as long as Lambda lets a function run",
  );
}

/** @throws InvalidDurationError, InvalidArgumentError */
export function positiveSeconds(duration: unknown, name: string): number {
  const ms = durationToMilliseconds(duration, name);
  if (ms > 0 && ms % 1000 === 0) return ms / 1000;
  return refuse(name, duration, "at least one second, in whole seconds");
}

function entriesOf(
  name: string,
  value: unknown,
  wanted: string,
): readonly (readonly [string, unknown])[] {
  return typeof value === "object" && value !== null
    ? Object.entries(value)
    : refuse(name, value, `an object of ${wanted}`);
}

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
