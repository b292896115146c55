import { DurableError } from "@durabletest/runtime";
import { asError, type DurableExecutionInvocationOutput } from "@durabletest/runtime/protocol";
import { stalledError } from "../engine/standing-errors.ts";
import { operationView } from "../operation.ts";
import { labelOf } from "../operations/names.ts";
import { type ReplayedEnd, replayEnd } from "../replay/replay-end.ts";
import { contextEnds, type Departure, departureBefore } from "../replay/replay-within.ts";
import { natives } from "../surroundings/natives.ts";
import {
  differing,
  effectsOf,
  type ExecutionRun,
  runExecution,
  runnerOf,
  scheduleOf,
  usesChance,
  withoutCrashes,
} from "./execution-run.ts";
import { FixedPicker, OtherOrderPicker } from "./deciders.ts";
import type { Exploration, ExploredRun } from "./options.ts";
import { checksum } from "../schedule.ts";
import { endKey, outcomeText } from "./outcome.ts";
import { isCrash, type Possibility, takesTime } from "./possibilities.ts";
import { formatLength } from "../print/offset.ts";
import { type Random, randomOf } from "./random.ts";
import { inWords } from "./words.ts";

/** A property that an execution must have. */
export type Property = "settles" | "replays" | "sameOutcomeAfterCrash" | "check" | "repeats";

/** What does not hold. */
export interface Violation {
  readonly property: Property;
  readonly cause: Error;
  /** It took long to see: nothing simpler is looked for. */
  readonly isSlow?: true;
}

/** By these codes errors say that a test cannot work, whatever is decided. */
const MISTAKES: ReadonlySet<string> = new Set([
  "INVALID_ARGUMENT",
  "INVALID_HANDLER",
  "INVALID_PAYLOAD",
  "INVALID_DURATION",
  "FUNCTION_NOT_REGISTERED",
  "UNKNOWN_CALLBACK",
]);

/** So long after the end of an execution it is replayed: another hour of the day, another day, another month. */
const LATER_MS: readonly number[] = [3_723_456, 47_821_010, 8_640_000_123];

/** Besides, within a month. */
const LATEST_REPLAY_MS = 30 * 86_400_000;

/** As likely within the next hour as within the rest of the month, or on any day of it. */
function anyLaterMs(random: Random): number {
  if (random.chance(0.5)) return random.integer(1, LATEST_REPLAY_MS);
  return Math.floor(Math.exp(random.next() * Math.log(LATEST_REPLAY_MS)));
}

/** So many executions that differ in times only are replayed, the first one at all of these times. */
const MOST_REPLAYS = 40;

/** So many orders are tried of what goes on side by side. */
const OTHER_ORDERS = 24;

/** Looks at executions. */
export class Properties {
  readonly #exploration: Exploration;
  /** Outcomes of executions in which nothing crashed, by input and decisions. */
  readonly #undisturbed = new Map<string, string | undefined>();
  /** The same, where things have taken their time otherwise. */
  readonly #otherOrders = new Map<string, Set<string>>();
  /** Histories that have been replayed. */
  readonly #replays = new Set<string>();
  /** How many, by what they are replayed from. */
  readonly #replayCounts = new Map<string, number>();

  constructor(exploration: Exploration) {
    this.#exploration = exploration;
  }

  /**
   * What does not hold of an execution, if anything does not; throws what is wrong with the test.
   *
   * @param isAgain - it has been looked at before, and is looked at as if it had not.
   */
  async violation(
    run: ExecutionRun,
    input: string | undefined,
    isAgain = false,
  ): Promise<Violation | undefined> {
    const { expect } = this.#exploration;
    if (run.error !== undefined) {
      if (isMistake(run.error)) throw asError(run.error);
      return expect.settles ? { property: "settles", cause: asError(run.error) } : undefined;
    }
    const diverged = divergence(run);
    if (expect.replays && diverged !== undefined) return { property: "replays", cause: diverged };
    if (expect.settles && run.result.status === "PENDING") {
      return { property: "settles", cause: stalledError(run.engine, run.result) };
    }
    return (
      (await this.#checked(run)) ??
      (expect.sameOutcomeAfterCrash ? await this.#disturbed(run, input) : undefined) ??
      (expect.replays ? await this.#replayed(run, isAgain) : undefined)
    );
  }

  async #checked(run: ExecutionRun): Promise<Violation | undefined> {
    const { check, setup, longestCheckMs } = this.#exploration;
    if (check === undefined) return undefined;
    const explored = exploredRun(run, () => runnerOf(setup, run));
    try {
      const checking: unknown = check(explored as ExploredRun<never>);
      if (!isPromise(checking) || (await settles(checking, longestCheckMs))) return undefined;
      return { property: "check", cause: neverSettled(longestCheckMs), isSlow: true };
    } catch (thrown) {
      if (isMistake(thrown)) throw asError(thrown);
      return { property: "check", cause: asError(thrown) };
    }
  }

  async #disturbed(run: ExecutionRun, input: string | undefined): Promise<Violation | undefined> {
    if (!run.decisions.some(({ decided }) => isCrash(decided)) || !isComparable(run)) {
      return undefined;
    }
    const calm = withoutCrashes(differing(run.decisions));
    const expected = await this.#outcomeOf(calm, input);
    const outcome = outcomeText(run.result);
    if (expected === undefined || expected === outcome) return undefined;
    if (usesChance(run) && statusOf(expected) === statusOf(outcome)) return undefined;
    if (await this.#mayEndSo(outcome, calm, input)) return undefined;
    return {
      property: "sameOutcomeAfterCrash",
      cause: new Error(`Without a crash: ${expected}\nWith it:         ${outcome}`),
    };
  }

  /** What executions that have ended do when they are replayed later; the same history once, unless asked again. */
  async #replayed(run: ExecutionRun, isAgain: boolean): Promise<Violation | undefined> {
    const { engine, historyKey: key } = run;
    const from = endKey(engine);
    const count = this.#replayCounts.get(from) ?? 0;
    if (!isAgain && (count >= MOST_REPLAYS || this.#replays.has(key))) return undefined;
    this.#replays.add(key);
    this.#replayCounts.set(from, count + 1);
    // At the same time for the same history.
    const random = randomOf(this.#exploration.seed, checksum(key));
    const another = anyLaterMs(random);
    const isThorough = isAgain || count === 0;
    const times = isThorough ? [...LATER_MS, another] : [another];
    const executions = [...engine.executions.byArn.values()].filter(({ state }) =>
      isEnd(state.status),
    );
    for (const execution of executions) {
      for (const laterMs of times) {
        const replay = await replayEnd(execution, engine.clock.now() + laterMs);
        const differs = differenceOf(replay, execution.state, laterMs);
        if (differs !== undefined) return { property: "replays", cause: new Error(differs) };
      }
      const all = contextEnds(execution);
      if (all.length === 0) continue;
      const one = random.pick(all);
      const places = isThorough ? new Set([one, ...all.slice(0, 1), ...all.slice(-1)]) : [one];
      for (const place of places) {
        for (const laterMs of times) {
          const departure = await departureBefore(place, execution, engine.clock.now() + laterMs);
          if (departure === undefined) continue;
          const text = departureText(departure, laterMs);
          return { property: "replays", cause: new Error(text) };
        }
      }
    }
    return undefined;
  }

  /**
   * Whether an execution in which nothing crashes may end so, where the world and the steps do the same and only take
   * their time otherwise: a crash takes time, and who comes first may win.
   */
  async #mayEndSo(
    outcome: string,
    calm: ReadonlyMap<string, Possibility>,
    input: string | undefined,
  ): Promise<boolean> {
    const key = JSON.stringify([input, [...calm]]);
    const known = this.#otherOrders.get(key) ?? new Set();
    if (known.size === 0) {
      const { setup, seed } = this.#exploration;
      for (let order = 0; order < OTHER_ORDERS; order += 1) {
        const picker = new OtherOrderPicker(calm, randomOf(seed, order));
        const run = await runExecution({ ...setup, crashes: 0 }, input, picker);
        if (run.error === undefined) known.add(outcomeText(run.result));
      }
      this.#otherOrders.set(key, known);
    }
    return known.has(outcome);
  }

  /** Undefined: it went another way before the crash. */
  async #outcomeOf(
    decided: ReadonlyMap<string, Possibility>,
    input: string | undefined,
  ): Promise<string | undefined> {
    const key = JSON.stringify([input, [...decided]]);
    if (!this.#undisturbed.has(key)) {
      const picker = new FixedPicker(decided);
      const run = await runExecution(this.#exploration.setup, input, picker);
      const isSame = run.error === undefined && picker.wasAsked;
      this.#undisturbed.set(key, isSame ? outcomeText(run.result) : undefined);
    }
    return this.#undisturbed.get(key);
  }
}

/** An execution, as a check sees it. */
function exploredRun(run: ExecutionRun, makeRunner: () => ExploredRun["runner"]): ExploredRun {
  const { result, decisions } = run;
  let runner: ExploredRun["runner"] | undefined;
  return {
    result,
    get effects() {
      return effectsOf(run);
    },
    get runner() {
      return (runner ??= makeRunner());
    },
    get decisions() {
      return decisions.filter(({ isUsual }) => !isUsual).map(inWords);
    },
    get schedule() {
      return scheduleOf(decisions);
    },
  };
}

/** Another attempt takes its time again, and an at-most-once step is not called again: the end may differ. */
function isComparable({ decisions, engine }: ExecutionRun): boolean {
  if (decisions.some(({ decided, point }) => point.kind === "step" && takesTime(decided)))
    return false;
  return [...engine.executions.byArn.values()].every(({ state }) =>
    [...state.operations.values()].every(
      ({ operation }) =>
        operation.StepDetails?.Error?.ErrorType?.includes("StepInterrupted") !== true,
    ),
  );
}

function statusOf(outcome: string): unknown {
  return (JSON.parse(outcome) as readonly unknown[])[0];
}

function divergence({ engine }: ExecutionRun): Error | undefined {
  for (const { state, invocations } of engine.executions.byArn.values()) {
    for (const { ErrorType = "", ErrorMessage = "" } of [state, ...invocations].flatMap(
      ({ error }) => error ?? [],
    )) {
      if (/Non-?Determinis/i.test(`${ErrorType} ${ErrorMessage}`)) {
        return new Error(`${ErrorType}: ${ErrorMessage}`);
      }
    }
  }
  return undefined;
}

function isEnd(status: string): boolean {
  return status === "SUCCEEDED" || status === "FAILED";
}

function departureText(departure: Departure, laterMs: number): string {
  const when = `Replayed ${formatLength(laterMs)} later from where it stood before a context ended`;
  if ("message" in departure) return `${when}, the handler failed. ${departure.message}`;
  const { recorded, requested } = departure;
  const asked =
    requested === undefined
      ? `did not ask for ${labelOf(recorded)} again`
      : `asked for ${labelOf(requested)} where ${labelOf(recorded)} was recorded`;
  return `${when}, the handler ${asked}: something outside its steps depends on the time, on chance or on the process.`;
}

function differenceOf(
  replay: ReplayedEnd,
  {
    result,
    error,
    status,
  }: {
    readonly result?: unknown;
    readonly error?: { readonly ErrorMessage?: unknown } | undefined;
    readonly status: string;
  },
  laterMs: number,
): string | undefined {
  if (replay.kind === "open") return undefined;
  if (replay.kind === "forgot") {
    return `Replayed from all that was recorded, ${formatLength(laterMs)} later, the handler did not ask for ${labelOf(operationView(replay.record))} again.`;
  }
  if (replay.kind === "asked") {
    const { type, name, subType } = replay.operation;
    return `Replayed from all that was recorded, ${formatLength(laterMs)} later, the handler asked for something new: ${subType ?? type} ${JSON.stringify(name ?? "without a name")}.`;
  }
  const { Status } = replay.output;
  const now = endOf(replay.output);
  if (now === "") return undefined; // the result is elsewhere
  const before = status === "SUCCEEDED" ? result : error?.ErrorMessage;
  if (Status === status && before === now) return undefined;
  return `Replayed from all that was recorded, ${formatLength(laterMs)} later, the handler came to another end: something outside its steps depends on the time, on chance or on the process.\nFirst:    ${status} ${String(before)}\nReplayed: ${Status} ${String(now)}`;
}

function endOf(output: DurableExecutionInvocationOutput): string | undefined {
  if (output.Status === "SUCCEEDED") return output.Result;
  return output.Status === "FAILED" ? output.Error.ErrorMessage : undefined;
}

function isMistake(error: unknown): boolean {
  return DurableError.is(error) && MISTAKES.has(error.code);
}

function isPromise(value: unknown): value is Promise<unknown> {
  return (
    typeof value === "object" && value !== null && typeof Reflect.get(value, "then") === "function"
  );
}

/** Whether a check is over in time; throws as it does. */
async function settles(checking: Promise<unknown>, limitMs: number): Promise<boolean> {
  let timer: ReturnType<typeof natives.setTimeout> | undefined;
  const late = new Promise<false>((resolve) => {
    timer = natives.setTimeout(() => resolve(false), limitMs);
  });
  try {
    return await Promise.race([checking.then(() => true), late]);
  } finally {
    natives.clearTimeout(timer);
  }
}

function neverSettled(limitMs: number): Error {
  return new Error(
    `The check has not settled within ${limitMs / 1000} s of real time: something that it awaits does not come. The execution is over; what the check needs is in run.result and run.effects.`,
  );
}
