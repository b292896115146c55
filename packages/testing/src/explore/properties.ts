import { DurableError } from "@durabletest/runtime";
import { asError } from "@durabletest/runtime/protocol";
import { stalledError } from "../engine/standing-errors.ts";
import { saysOtherWay } from "../replay/replay-within.ts";
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
import { LaterReplays } from "./later-replays.ts";
import type { Exploration, ExploredRun } from "./options.ts";
import { outcomeText } from "./outcome.ts";
import { isCrash, type Possibility, takesTime } from "./possibilities.ts";
import { randomOf } from "./random.ts";
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

/** So many orders are tried of what goes on side by side. */
const OTHER_ORDERS = 24;

/** Looks at executions. */
export class Properties {
  readonly #exploration: Exploration;
  /** Outcomes of executions in which nothing crashed, by input and decisions. */
  readonly #undisturbed = new Map<string, string | undefined>();
  /** The same, where things have taken their time otherwise. */
  readonly #otherOrders = new Map<string, Set<string>>();
  readonly #laterReplays: LaterReplays;

  constructor(exploration: Exploration) {
    this.#exploration = exploration;
    this.#laterReplays = new LaterReplays(exploration.seed);
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
      (expect.replays ? await this.#replayedLater(run, isAgain) : undefined)
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

  async #replayedLater(run: ExecutionRun, isAgain: boolean): Promise<Violation | undefined> {
    const difference = await this.#laterReplays.differenceOf(run, isAgain);
    return difference === undefined
      ? undefined
      : { property: "replays", cause: new Error(difference) };
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
    let outcomes = this.#otherOrders.get(key);
    if (outcomes === undefined) {
      outcomes = new Set();
      this.#otherOrders.set(key, outcomes);
      const { setup, seed } = this.#exploration;
      for (let order = 0; order < OTHER_ORDERS; order += 1) {
        const picker = new OtherOrderPicker(calm, randomOf(seed, order));
        const run = await runExecution({ ...setup, crashes: 0 }, input, picker);
        if (run.error === undefined) outcomes.add(outcomeText(run.result));
      }
    }
    return outcomes.has(outcome);
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
  if (decisions.some(({ decided }) => takesTime(decided))) return false;
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
      const text = `${ErrorType}: ${ErrorMessage}`;
      if (saysOtherWay(text)) return new Error(text);
    }
  }
  return undefined;
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
