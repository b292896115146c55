import { type Duration, InvalidArgumentError, isDurableHandler } from "@durabletest/runtime";
import {
  describeValue,
  durationToMilliseconds,
  ServiceLimits,
} from "@durabletest/runtime/protocol";
import * as z from "zod/mini";
import { InvalidHandlerError } from "./errors.ts";
import { type FakeClock, readClock } from "./fake-clock.ts";
import type {
  AnyDurableLambdaHandler,
  DurableFunction,
  Functions,
  PlainFunction,
} from "./handlers.ts";
import { byName } from "./input/by-name.ts";
import { exactly, lazily, named, oneOf, read, reader, whole } from "./input/schema.ts";
import { readSchedule, type Schedule } from "./schedule.ts";
import { type CheckedScripts, type Scripted, scriptSchemas } from "./scripted.ts";
import { usualOptions } from "./usual-options.ts";

/** Settings of a runner. */
export interface RunnerOptions extends Scripted {
  /** Where the virtual clock begins. Default: 2025-01-01T00:00:00.000Z. */
  readonly startTime?: Date | string | number | undefined;
  /** Determines ids, jitter and all randomness in the handler. A whole number. Default: 0. */
  readonly seed?: number | undefined;
  /**
   * `"auto"`: waits, retries and scripted answers happen by themselves; while a callback is open that only
   * the test can answer, `run()` stops before its deadlines and before the end of any wait.
   * `"manual"`: `run()` stops before the first timer of the service of any kind, a retry too, whatever is
   * open. Default: `"auto"`.
   */
  readonly timeSkipping?: "auto" | "manual" | undefined;
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
  /**
   * A fake clock that the execution shares with the test: one of `@sinonjs/fake-timers`, or `"test"`, the one that
   * `vi.useFakeTimers()` or `jest.useFakeTimers()` has installed. Timers of the test and what is due for the
   * execution then come in one order, whoever lets time pass. Default: a clock of its own, which nothing else touches.
   */
  readonly clock?: FakeClock | "test" | undefined;
  /**
   * Whether a script that no callback or step asked for is an error at the end, or only listed in
   * `result.unusedScripts`. Default: `"report"`; with `durableTest`, `"error"`.
   */
  readonly unusedScripts?: "report" | "error" | undefined;
  /**
   * A schedule that `explore()` has printed: the execution goes that way again. It says what the outside world does,
   * too, so that callbacks need no script.
   */
  readonly schedule?: string | undefined;
  /**
   * When the handler is replayed. `"suspension"`: in the invocation that follows one in which it has waited, as in
   * production. `"checkpoint"`: besides, in a new invocation after every checkpoint that has ended something, unless a
   * step is at work beside it. What comes of the execution is the same, if the handler replays well. Default:
   * `"suspension"`.
   */
  readonly replay?: "suspension" | "checkpoint" | undefined;
  /**
   * Where the lines go that handler code logs, through `context.logger` or a step's `logger`, if it has not
   * been given a logger of its own. `"result"`: they are kept in `result.logs`, and shown when a test fails.
   * `"print"`: they are printed as well, as in production. Default: `"result"`.
   */
  readonly logs?: "result" | "print" | undefined;
  /** How often the handler may be invoked. Default: 10 000. */
  readonly maxInvocations?: number | undefined;
  /** How many operations the handler may make. Default: 100 000. */
  readonly maxOperations?: number | undefined;
}

/** Settings of one run. */
export interface RunOptions extends Scripted {
  /** How long the execution may take, in virtual time. */
  readonly timeout?: Duration | undefined;
}

/** The input may be left out only where the handler can do without. */
export type RunArguments<Input, Options = RunOptions> = undefined extends Input
  ? [input?: Input, options?: Options]
  : [input: Input, options?: Options];

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

/** What a fork goes on with in the place of its original's handlers. */
export interface HandlerVersion {
  /** Another version of the function under test. Default: the same. */
  readonly handler?: AnyDurableLambdaHandler | undefined;
  /** Other versions of what it invokes, as in the options of a runner; all of them. Default: the same. */
  readonly durableFunctions?: RunnerOptions["durableFunctions"];
}

/** Settings, checked and complete. */
export interface RunnerSettings extends CheckedScripts {
  readonly startTime: number;
  readonly seed: number;
  readonly timeSkipping: "auto" | "manual";
  readonly functions: Functions;
  readonly functionName: string;
  readonly invocationTimeoutSeconds: number;
  readonly limits: ServiceLimits;
  readonly transport: "direct" | "http";
  readonly globals: "virtual" | "real";
  /** Reads which one is shared with the test. */
  readonly clock?: (() => FakeClock) | undefined;
  readonly unusedScripts: "report" | "error";
  readonly replay: "suspension" | "checkpoint";
  /** By the id of the point that a decision is about. */
  readonly schedule?: Schedule | undefined;
  readonly logs: "result" | "print";
  readonly maxInvocations: number;
  readonly maxOperations: number;
  /** For how long, in real time, nothing may be going on in a handler before it counts as stuck. */
  readonly stuckAfterMs: number;
}

/** Lambda lets no invocation run longer. */
const LONGEST_INVOCATION_SECONDS = 900;

/** Of a runner without options. */
const DEFAULTS: RunnerSettings = {
  startTime: Date.parse("2025-01-01T00:00:00.000Z"),
  seed: 0,
  timeSkipping: "auto",
  callbacks: {},
  steps: {},
  functions: { durable: byName({}), plain: byName({}) },
  functionName: "durable-test",
  invocationTimeoutSeconds: LONGEST_INVOCATION_SECONDS,
  limits: { ...ServiceLimits },
  transport: "direct",
  globals: "virtual",
  unusedScripts: "report",
  replay: "suspension",
  logs: "result",
  maxInvocations: 10_000,
  maxOperations: 100_000,
  stuckAfterMs: 1000,
};

const atLeastOne = lazily(() => whole("a whole number of at least 1", { least: 1 }));

const invocationTimeout = lazily(() =>
  z._default(reader(invocationSeconds), LONGEST_INVOCATION_SECONDS),
);

const durableFunction = lazily(() =>
  z.pipe(
    z.transform((target: unknown) => (typeof target === "function" ? { handler: target } : target)),
    z.pipe(
      exactly(
        {
          handler: reader(checkHandler),
          timeout: z.optional(reader(positiveSeconds)),
          invocationTimeout: invocationTimeout(),
        },
        {
          unknown: "There is no setting",
          wanted: "a durable handler, or { handler, timeout, invocationTimeout }",
        },
      ),
      z.transform((target): DurableFunction => ({
        handler: target.handler,
        timeoutSeconds: target.timeout,
        invocationTimeoutSeconds: target.invocationTimeout,
      })),
    ),
  ),
);

const limit = (name: keyof ServiceLimits): z.ZodMiniDefault<ReturnType<typeof atLeastOne>> =>
  z._default(atLeastOne(), ServiceLimits[name]);

const limits = lazily(() =>
  exactly(
    {
      payloadBytes: limit("payloadBytes"),
      errorBytes: limit("errorBytes"),
      batchUpdates: limit("batchUpdates"),
      batchBytes: limit("batchBytes"),
      responseBytes: limit("responseBytes"),
      durationSeconds: limit("durationSeconds"),
      waitSeconds: limit("waitSeconds"),
      nameLength: limit("nameLength"),
    } satisfies Record<keyof ServiceLimits, z.ZodMiniType>,
    { unknown: "There is no limit", wanted: "an object of numbers by limit" },
  ),
);

const settings = lazily(() =>
  exactly(
    {
      ...scriptSchemas(),
      startTime: z._default(reader(readTime), DEFAULTS.startTime),
      seed: z._default(whole("a whole number"), DEFAULTS.seed),
      timeSkipping: z._default(oneOf("auto", "manual"), DEFAULTS.timeSkipping),
      durableFunctions: z._default(named(durableFunction(), "durable handlers by name or ARN"), {}),
      functions: z._default(named(reader(checkPlainFunction), "functions by name or ARN"), {}),
      functionName: z._default(
        z.custom<string>(isFunctionName, "a name of 1 to 64 letters, digits, - and _"),
        DEFAULTS.functionName,
      ),
      invocationTimeout: invocationTimeout(),
      limits: z.prefault(limits(), {}),
      transport: z._default(oneOf("direct", "http"), DEFAULTS.transport),
      globals: z._default(oneOf("virtual", "real"), DEFAULTS.globals),
      clock: z.optional(reader(readClock)),
      unusedScripts: z._default(oneOf("report", "error"), DEFAULTS.unusedScripts),
      replay: z._default(oneOf("suspension", "checkpoint"), DEFAULTS.replay),
      schedule: z.optional(reader(readSchedule)),
      logs: z._default(oneOf("result", "print"), DEFAULTS.logs),
      maxInvocations: z._default(atLeastOne(), DEFAULTS.maxInvocations),
      maxOperations: z._default(atLeastOne(), DEFAULTS.maxOperations),
    } satisfies Record<keyof RunnerOptions, z.ZodMiniType>,
    { unknown: "There is no option", wanted: "an object of options" },
  ),
);

const runSettings = lazily(() =>
  exactly(
    { ...scriptSchemas(), timeout: z.optional(reader(positiveSeconds)) } satisfies Record<
      keyof RunOptions,
      z.ZodMiniType
    >,
    { unknown: "There is no option", wanted: "an object of options" },
  ),
);

const handlerVersion = lazily(() =>
  exactly(
    {
      handler: z.optional(reader((value) => checkHandler(value, "fork: handler"))),
      durableFunctions: z.optional(z.unknown()), // looked at where a runner is made
    } satisfies Record<keyof HandlerVersion, z.ZodMiniType>,
    { unknown: "fork: There is no setting", wanted: "an object" },
  ),
);

/**
 * Refuses what is no version of the code: a fork would go on with the old one, and nobody would know.
 *
 * @throws InvalidArgumentError, InvalidHandlerError
 */
export function checkHandlerVersion(version?: HandlerVersion): HandlerVersion {
  if (version === undefined) return {};
  if (typeof version !== "object" || version === null || Array.isArray(version)) {
    const how =
      typeof version === "function"
        ? "Give it as handler: runner.fork({ handler })."
        : "Give { handler }, { durableFunctions } or both.";
    throw new InvalidArgumentError(
      `fork: ${describeValue(version)} is no version of the code. ${how}`,
    );
  }
  read(handlerVersion(), version, "handlers of fork");
  return version;
}

/** @throws InvalidArgumentError, InvalidDurationError */
export function checkRunOptions(options?: RunOptions): {
  readonly timeoutSeconds?: number | undefined;
  readonly scripts?: CheckedScripts;
} {
  if (options === undefined) return {};
  const { timeout, ...scripts } = read(runSettings(), options, "options of run");
  return { timeoutSeconds: timeout, scripts };
}

/** @throws InvalidArgumentError, InvalidDurationError, InvalidHandlerError */
export function checkOptions(options?: RunnerOptions): RunnerSettings {
  if (options === undefined) return DEFAULTS;
  const usual = usualOptions(options);
  return usual === undefined ? settingsOf(options) : { ...DEFAULTS, ...usual };
}

function settingsOf(options: RunnerOptions): RunnerSettings {
  const {
    durableFunctions,
    functions,
    invocationTimeout: invocationTimeoutSeconds,
    ...rest
  } = read(settings(), options, "options");
  if (options.clock !== undefined && options.startTime !== undefined) {
    throw new InvalidArgumentError(
      "startTime: the execution starts when the test's clock says, by the option clock. Set that clock, or leave one of the two out.",
    );
  }
  const twice = Object.keys(functions).find((name) => Object.hasOwn(durableFunctions, name));
  if (twice !== undefined) {
    throw new InvalidArgumentError(
      `functions.${twice} is one of durableFunctions, too. A name stands for one function.`,
    );
  }
  return {
    ...rest,
    functions: {
      durable: byName(durableFunctions),
      plain: byName(functions),
    },
    invocationTimeoutSeconds,
    stuckAfterMs: DEFAULTS.stuckAfterMs,
  };
}

/** @throws InvalidHandlerError */
export function checkHandler(handler: unknown, where = ""): AnyDurableLambdaHandler {
  if (typeof handler !== "function") {
    const at = where === "" ? "" : `${where}: `;
    throw new InvalidHandlerError(
      `${at}${describeValue(handler)} is no handler. Give what withDurableExecution returned: is the import right?`,
    );
  }
  return handler as AnyDurableLambdaHandler;
}

/** @throws InvalidDurationError, InvalidArgumentError */
function positiveSeconds(duration: unknown, name: string): number {
  const ms = durationToMilliseconds(duration, name);
  if (ms > 0 && ms % 1000 === 0) return ms / 1000;
  throw new InvalidArgumentError(
    `${name}: ${describeValue(duration)} is not at least one second, in whole seconds.`,
  );
}

function invocationSeconds(duration: unknown, name: string): number {
  const seconds = positiveSeconds(duration, name);
  if (seconds <= LONGEST_INVOCATION_SECONDS) return seconds;
  throw new InvalidArgumentError(
    `${name}: ${describeValue(duration)} is longer than 15 minutes, which is as long as Lambda lets a function run.`,
  );
}

function readTime(value: unknown, name: string): number {
  const isDate = Object.prototype.toString.call(value) === "[object Date]";
  const time =
    typeof value === "string" || typeof value === "number" || isDate
      ? new Date(value as string | number | Date).getTime()
      : Number.NaN;
  if (!Number.isNaN(time)) return time;
  throw new InvalidArgumentError(
    `${name}: ${describeValue(value)} is not a Date, an ISO 8601 text, or epoch milliseconds.`,
  );
}

function checkPlainFunction(value: unknown, name: string): PlainFunction {
  if (typeof value !== "function") {
    throw new InvalidArgumentError(`${name}: ${describeValue(value)} is not a function.`);
  }
  if (isDurableHandler(value)) {
    throw new InvalidArgumentError(
      `${name} is a durable handler, and would be called without an execution. Give it as one of durableFunctions.`,
    );
  }
  return value as PlainFunction;
}

function isFunctionName(value: unknown): boolean {
  return typeof value === "string" && /^[\w-]{1,64}$/.test(value);
}
