import { InvalidArgumentError } from "@durabletest/runtime";
import { asError, describeValue } from "@durabletest/runtime/protocol";
import * as z from "zod/mini";
import type { AnyDurableLambdaHandler } from "../handlers.ts";
import { byName } from "../input/by-name.ts";
import { exactly, lazily, named, oneOf, read, reader, whole } from "../input/schema.ts";
import type { CallbackOperation } from "../operation.ts";
import { checkHandler, checkOptions, type RunnerOptions } from "../options.ts";
import type { DurableResult } from "../result.ts";
import type { DurableTestRunner } from "../runner.ts";
import type { Effect } from "../effect.ts";
import { readSchedule, type Schedule } from "../schedule.ts";
import { attemptOf, isResponse, movesOf, type Response } from "../script.ts";
import { Besides } from "./besides.ts";
import type { AnswersOf } from "./possibilities.ts";
import type { Setup } from "./execution-run.ts";
import type { Random } from "./random.ts";
import { readShard, type Shard, shardOfMachine, WHOLE } from "./shard.ts";

/** What fast-check calls an arbitrary, as far as it matters here. */
export interface InputArbitrary<Input> {
  generate(random: never, bias: number | undefined): { readonly value: Input };
}

/** What is explored, and what must hold. */
export interface ExploreOptions<Input = unknown, Output = unknown> extends Pick<
  RunnerOptions,
  "functions" | "durableFunctions" | "startTime" | "invocationTimeout"
> {
  /** After so many invocations an execution counts as one that does not end. Default: 500. */
  readonly maxInvocations?: number | undefined;
  /** What each execution is given: a value, a function of chance, or an arbitrary of fast-check. */
  readonly input?: Input | ((random: Random) => Input) | InputArbitrary<Input>;
  /**
   * What the world may say to callbacks, by name; or a function that says so of a callback. Lateness, and
   * silence where there is a deadline, are tried besides. The first one is what usually happens.
   */
  readonly callbacks?:
    | Readonly<
        Record<string, readonly Response[] | ((callback: CallbackOperation) => readonly Response[])>
      >
    | undefined;
  /** What attempts of steps may do in the place of their functions, by step name or path. */
  readonly steps?: Readonly<Record<string, readonly Response[]>> | undefined;
  /** Called before each execution, in the test: where fakes are reset. */
  readonly beforeEach?: (() => void | Promise<void>) | undefined;
  /** How many invocations may die in one execution. Default: 1. */
  readonly crashes?: number | undefined;
  /** How many executions are tried. Default: 1 000. */
  readonly runs?: number | undefined;
  /** Determines all that is tried. A whole number. Default: 0. */
  readonly seed?: number | undefined;
  /**
   * How possibilities are chosen. `"random"`: now and then something unusual. `"pct"`: priorities for what goes on
   * side by side, with a few changes. `"exhaustive"`: all of them, one after the other. `"auto"`: all of these, in
   * turn; when everything has been tried, it ends. Default: `"auto"`.
   */
  readonly strategy?: "auto" | "random" | "pct" | "exhaustive" | undefined;
  /** Properties that are looked at without being asked. Default: all of them. */
  readonly expect?: BuiltInProperties | undefined;
  /**
   * A part of the runs, for one of several machines: `"2/8"`. Default: what the environment variable
   * `DURABLETEST_SHARD` says, else all of them. The `--shard` of a test framework divides files, and leaves an
   * exploration whole.
   */
  readonly shard?: string | undefined;
  /** Only the execution of this schedule, which an exploration has printed. */
  readonly schedule?: string | undefined;
  /** What must hold of every execution; throws when it does not. */
  readonly check?: ((run: ExploredRun<Output>) => void | Promise<void>) | undefined;
}

/** Properties that every durable function should have. */
export interface BuiltInProperties {
  /** A replay asks for what was recorded, whenever it takes place, and comes to the same end. */
  readonly replays?: boolean | undefined;
  /** The execution ends, whatever the world does. */
  readonly settles?: boolean | undefined;
  /**
   * An execution in which invocations died ends as it would have without that: same status, same result but for
   * times and ids. Not looked at where attempts take time, or where an at-most-once step was interrupted.
   */
  readonly sameOutcomeAfterCrash?: boolean | undefined;
}

/** One execution that was explored. */
export interface ExploredRun<Output = unknown> {
  readonly result: DurableResult<Output>;
  /** Of all its executions, those that it has invoked included; in order. */
  readonly effects: readonly Effect[];
  readonly runner: DurableTestRunner<unknown, Output>;
  /** What was not as usual, in words. */
  readonly decisions: readonly string[];
  /** For the option `schedule` of a runner, which goes that way again. */
  readonly schedule: string;
}

/** Options, checked and complete. */
export interface Exploration {
  /** As they were given. */
  readonly given: ExploreOptions;
  readonly setup: Setup;
  readonly input: unknown;
  readonly runs: number;
  readonly seed: number;
  readonly strategy: "auto" | "random" | "pct" | "exhaustive";
  readonly expect: Required<Record<keyof BuiltInProperties, boolean>>;
  readonly shard: Shard;
  readonly schedule: Schedule | undefined;
  readonly check: ((run: ExploredRun<never>) => unknown) | undefined;
  /** How long a check may take, in real milliseconds. */
  readonly longestCheckMs: number;
}

const LONGEST_CHECK_MS = 5000;

/** A handler that goes on for ever is found sooner than by a runner of one test. */
const MAX_INVOCATIONS = 500;
const MAX_OPERATIONS = 20_000;

const flag = lazily(() => z._default(z.boolean("true or false"), true));

const beforeEachSchema = lazily(() =>
  z._default(z.custom<() => void | Promise<void>>(isFunction, "a function"), () => () => {}),
);

const schema = lazily(() =>
  exactly(
    {
      input: z.optional(z.unknown()),
      callbacks: z._default(named(reader(checkAnswers), "lists of responses by callback name"), {}),
      steps: z._default(
        named(reader(checkAttempts), "lists of responses by step name or path"),
        {},
      ),
      functions: z.optional(z.unknown()),
      durableFunctions: z.optional(z.unknown()),
      startTime: z.optional(z.unknown()),
      invocationTimeout: z.optional(z.unknown()),
      maxInvocations: z.optional(z.unknown()),
      beforeEach: beforeEachSchema(),
      crashes: z._default(whole("a whole number of at least 0", { least: 0 }), 1),
      runs: z._default(whole("a whole number of at least 1", { least: 1 }), 1000),
      seed: z._default(whole("a whole number"), 0),
      strategy: z._default(oneOf("auto", "random", "pct", "exhaustive"), "auto"),
      expect: z.prefault(
        exactly(
          { replays: flag(), settles: flag(), sameOutcomeAfterCrash: flag() },
          { unknown: "There is no property", wanted: "an object of properties" },
        ),
        {},
      ),
      shard: z.optional(reader(readShard)),
      schedule: z.optional(reader(readSchedule)),
      check: z.optional(z.custom<(run: ExploredRun<never>) => unknown>(isFunction, "a function")),
    },
    { unknown: "There is no option", wanted: "an object of options" },
  ),
);

/** @throws InvalidArgumentError, InvalidHandlerError */
export function checkExploreOptions(handler: unknown, given: unknown): Exploration {
  const checked: AnyDurableLambdaHandler = checkHandler(handler);
  const options = read(schema(), given ?? {}, "options of explore");
  const { callbacks, steps, crashes, strategy } = options;
  const isWhole = strategy === "exhaustive" || options.schedule !== undefined;
  const shard = options.shard ?? (isWhole ? WHOLE : shardOfMachine());
  if (strategy === "exhaustive" && shard.of > 1) {
    throw new InvalidArgumentError(
      'shard: what is exhaustive is not divided. Use strategy: "auto", "random" or "pct".',
    );
  }
  const runnerOptions = pickDefined(given ?? {}, [
    "functions",
    "durableFunctions",
    "startTime",
    "invocationTimeout",
    "maxInvocations",
  ]);
  const settings = checkOptions({
    maxInvocations: MAX_INVOCATIONS,
    maxOperations: MAX_OPERATIONS,
    ...runnerOptions,
  });
  return {
    given: given ?? {},
    setup: {
      handler: checked,
      options: runnerOptions,
      settings,
      beforeEach: options.beforeEach,
      crashes,
      world: {
        callbacks: byName(callbacks),
        steps: byName(steps),
        invocationTimeoutMs:
          runnerOptions.invocationTimeout === undefined
            ? undefined
            : settings.invocationTimeoutSeconds * 1000,
        startTime: settings.startTime,
        moments: new Set(),
        besides: new Besides(),
        asked: new Set(),
        names: { callbacks: new Set(), steps: new Set() },
      },
    },
    input: options.input,
    runs: options.runs,
    seed: options.seed,
    strategy,
    expect: options.expect,
    shard,
    schedule: options.schedule,
    check: options.check,
    longestCheckMs: LONGEST_CHECK_MS,
  };
}

const matrixSchema = lazily(() =>
  exactly(
    {
      ...Object.fromEntries(MATRIX_OPTIONS.map((name) => [name, z.optional(z.unknown())])),
      beforeEach: beforeEachSchema(),
    },
    { unknown: "There is no option", wanted: "an object of options" },
  ),
);

const MATRIX_OPTIONS = [
  "input",
  "callbacks",
  "steps",
  "functions",
  "durableFunctions",
  "startTime",
  "seed",
  "invocationTimeout",
  "limits",
] as const;

/**
 * Refuses what crashMatrix does not know; what it does know is looked at where a runner is made.
 *
 * @throws InvalidArgumentError
 */
export function checkMatrixOptions<Options extends object>(given: Options): Options {
  read(matrixSchema(), given, "options of crashMatrix");
  return given;
}

function pickDefined(
  options: RunnerOptions,
  keys: readonly (keyof RunnerOptions)[],
): RunnerOptions {
  return Object.fromEntries(
    keys.flatMap((key) => (options[key] === undefined ? [] : [[key, options[key]]])),
  );
}

type Answers = readonly Response[] | AnswersOf;

function checkAnswers(value: unknown, where: string): Answers {
  if (typeof value !== "function") return checkResponses(value, where, movesOf);
  const ask = (callback: CallbackOperation): unknown => Reflect.apply(value, undefined, [callback]);
  return (callback, at) => checkResponses(answersBy(ask, callback, at), at, movesOf);
}

/** @throws InvalidArgumentError */
function answersBy(
  ask: (callback: CallbackOperation) => unknown,
  callback: CallbackOperation,
  where: string,
): unknown {
  try {
    return ask(callback);
  } catch (thrown) {
    const cause = asError(thrown);
    throw new InvalidArgumentError(
      `${where}: the function that was given threw: ${cause.message}`,
      { cause },
    );
  }
}

function checkAttempts(value: unknown, where: string): readonly Response[] {
  return checkResponses(value, where, attemptOf);
}

/** @throws InvalidArgumentError */
function checkResponses(
  value: unknown,
  where: string,
  check: (response: Response, where: string) => unknown,
): readonly Response[] {
  const responses: readonly unknown[] = Array.isArray(value) ? value : [];
  if (responses.length === 0) {
    throw new InvalidArgumentError(
      `${where}: ${describeValue(value)} is no list of what may happen. Give at least one response: [respond.success(…), respond.failure(…)].`,
    );
  }
  const checked: Response[] = [];
  for (const [index, response] of responses.entries()) {
    const at = `${where}[${index}]`;
    if (!isResponse(response)) {
      throw new InvalidArgumentError(
        `${at}: ${describeValue(response)} is no response. Make one with respond.success(…), respond.failure(…) or another of them.`,
      );
    }
    check(response, at);
    checked.push(response);
  }
  return checked;
}

function isFunction(value: unknown): boolean {
  return typeof value === "function";
}
