import { type DurableHandler, InvalidArgumentError } from "@durabletest/runtime";
import { asError } from "@durabletest/runtime/protocol";
import type { Engine } from "../engine/engine.ts";
import { UnusedScriptsError } from "../errors.ts";
import type { AnyDurableLambdaHandler } from "../handlers.ts";
import { nearMisses } from "../input/near-misses.ts";
import type { Operation } from "../operation.ts";
import { withTimeline } from "../print/timeline-section.ts";
import { misfit, type Schedule } from "../schedule.ts";
import { natives } from "../surroundings/natives.ts";
import { FixedPicker, type Picker, PriorityPicker, RandomPicker, Tree } from "./deciders.ts";
import { explorationError } from "./explain.ts";
import { differing, type ExecutionRun, runExecution, usesChance } from "./execution-run.ts";
import { type Inputs, inputsOf, type MadeInput } from "./inputs.ts";
import { checkExploreOptions, type Exploration, type ExploreOptions } from "./options.ts";
import { KnownPrefix, KnownSchedules } from "./known-schedules.ts";
import { outcomeText, stateKey } from "./outcome.ts";
import { type Ended, type ExploredOutcome, Outcomes } from "./outcomes.ts";
import type { Possibility } from "./possibilities.ts";
import { Properties, type Violation } from "./properties.ts";
import { shrink } from "./shrink.ts";

/** What was explored, when nothing was found. */
export interface ExplorationReport {
  /** How many executions there were. */
  readonly runs: number;
  /** How many of them had a history of their own. */
  readonly distinct: number;
  /**
   * Whether all there is has been tried: every decision that matters, in every combination, for one input. Never said
   * where an execution has asked for random numbers.
   */
  readonly exhausted: boolean;
  /** How they ended, the most frequent end first. */
  readonly outcomes: readonly ExploredOutcome[];
  /** Real milliseconds. */
  readonly elapsedMs: number;
}

/** An execution that lacks a property. */
interface Failing {
  readonly violation: Violation;
  readonly run: ExecutionRun;
  readonly input: MadeInput;
}

/** So many moments are remembered. */
const MOMENTS = 100;
/** So many simpler inputs are tried. */
const SIMPLER_INPUTS = 200;

/**
 * Looks for what nobody thought of: runs a handler again and again, and decides each time otherwise what the world
 * answers and when, what attempts of steps do and how long they take, which of several things comes first, and where
 * the sandbox dies. Everything is determined by the seed. At the first execution that lacks a property it looks for
 * the fewest decisions that lead there.
 *
 * @throws ExplorationError when a property does not hold. Its message shows the decisions, the timeline, the schedule,
 * and a test to paste.
 * @throws InvalidArgumentError when an option cannot be right; UnusedScriptsError when a callback or a step that it
 * speaks of never comes up; ScheduleError when the option schedule speaks of what never comes up.
 *
 * @example
 * ```ts
 * await explore(handler, {
 *   input: { orderId: "o-1" },
 *   callbacks: { approval: [respond.success({ approved: true }), respond.failure(new Error("no"))] },
 *   check: ({ effects }) => {
 *     expect(effects.filter(({ name }) => name === "charge").length).toBeLessThan(2);
 *   },
 * });
 * ```
 */
export async function explore<Input, Output>(
  handler: DurableHandler<Input, Output> | AnyDurableLambdaHandler,
  options: ExploreOptions<Input, Output> = {},
): Promise<ExplorationReport> {
  return exploreAll(checkExploreOptions(handler, options));
}

/** {@link explore}, with options that have been checked. */
export function exploreAll(exploration: Exploration): Promise<ExplorationReport> {
  return new Exploring(exploration).all();
}

/**
 * One exploration.
 *
 * Owns: which executions are tried, and what has come of them.
 */
class Exploring {
  readonly #exploration: Exploration;
  readonly #properties: Properties;
  readonly #inputs: Inputs;
  readonly #outcomes = new Outcomes();
  readonly #known = new KnownSchedules<Ended>();
  /** Of the execution that is going on. */
  #engine: Engine | undefined;
  #tree = this.#newTree();
  /** How much was known when the tree began of what happens beside something. */
  #knownToTree = 0;
  /** There is nothing more to try. */
  #isOver = false;
  /** Some execution has asked for random numbers: of the courses that chance may take only some are tried. */
  #usesChance = false;
  #first: ExecutionRun | undefined;

  constructor(exploration: Exploration) {
    this.#exploration = exploration;
    this.#properties = new Properties(exploration);
    this.#inputs = inputsOf(exploration.input, exploration.seed);
  }

  async all(): Promise<ExplorationReport> {
    const { runs, shard, schedule } = this.#exploration;
    const begun = natives.realNow();
    if (schedule !== undefined) {
      await this.#follow(schedule);
      return this.#report(begun);
    }
    this.#first = await this.#one(0, new FixedPicker(new Map()));
    await this.#assertNothingLeft();
    for (let run = 1; run < runs && !this.#isOver; run += 1) {
      if (run % shard.of === shard.index) await this.#next(run);
    }
    await this.#assertNothingLeft();
    this.#assertAsked();
    return this.#report(begun);
  }

  #report(begun: number): ExplorationReport {
    return {
      runs: this.#outcomes.runs,
      distinct: this.#outcomes.distinct,
      exhausted: this.#isOver && !this.#leavesOut,
      outcomes: this.#outcomes.all(),
      elapsedMs: Math.round(natives.realNow() - begun),
    };
  }

  /** The execution in which everything is as usual goes the same way before and after all the others. */
  async #assertNothingLeft(): Promise<void> {
    const { setup } = this.#exploration;
    const input = this.#inputs.first;
    const again = await runExecution(setup, input.text, new FixedPicker(new Map()));
    if (this.#first === undefined || isSame(this.#first, again)) return;
    const [before, then] = [this.#first, again].map(({ result }) => outcomeText(result));
    const cause = new Error(`First: ${before}\nThen:  ${then}`);
    throw this.#error({ property: "repeats", cause }, again, input);
  }

  #pickerOf(run: number): Picker {
    const { strategy, seed } = this.#exploration;
    switch (strategy) {
      case "exhaustive":
        return this.#tree;
      case "random":
        return new RandomPicker(seed, run);
      case "pct":
        return new PriorityPicker(seed, run);
      case "auto":
        if (this.#exploration.shard.of === 1 && run % 2 === 0 && !this.#tree.isDone)
          return this.#tree;
        return run % 4 === 1 ? new PriorityPicker(seed, run) : new RandomPicker(seed, run);
    }
  }

  /** What has been run under a schedule need not be run under it again. */
  async #next(number: number): Promise<void> {
    const picker = this.#pickerOf(number);
    if (picker instanceof Tree || !this.#inputs.areAlike) {
      await this.#one(number, picker);
      return;
    }
    const found = this.#known.find(picker);
    if ("known" in found) this.#outcomes.again(found.known);
    else await this.#one(number, found.picker);
  }

  /** The one execution of a schedule. */
  async #follow(schedule: Schedule): Promise<void> {
    const picker = new FixedPicker(schedule as ReadonlyMap<string, Possibility>);
    const input = this.#inputs.first;
    const run = await runExecution(this.#exploration.setup, input.text, picker);
    const isFit = picker.wasAsked;
    // What else stops an execution says more than that a part of its schedule is left.
    if (!isFit && (run.error === undefined || InvalidArgumentError.is(run.error))) {
      throw misfitOf(run, picker.unasked);
    }
    await this.#look(run, input);
    if (!isFit) throw misfitOf(run, picker.unasked);
    this.#outcomes.add(run);
  }

  async #one(number: number, picker: Picker): Promise<ExecutionRun> {
    // All that there is can only be tried with one input.
    const isFirst = number === 0 || picker instanceof Tree;
    const input = isFirst ? this.#inputs.first : this.#inputs.of(number);
    const run = await runExecution(this.#exploration.setup, input.text, picker, (engine) => {
      this.#engine = engine;
    });
    await this.#look(run, input);
    const { ended, isNew } = this.#outcomes.add(run);
    if (isNew || picker instanceof Tree) this.#learn(run, picker);
    if (picker instanceof KnownPrefix) this.#known.add(picker, ended);
    this.#usesChance ||= usesChance(run);
    if (picker === this.#tree && !this.#tree.next()) this.#treeIsDone();
    return run;
  }

  /** What its executions have taught may be more than it has gone by: then another one begins. */
  #treeIsDone(): void {
    const { strategy, setup } = this.#exploration;
    const { size } = setup.world.besides;
    if (size === this.#knownToTree) {
      this.#isOver = (strategy === "exhaustive" || !this.#leavesOut) && this.#inputs.areAlike;
      return;
    }
    this.#knownToTree = size;
    this.#tree = this.#newTree();
  }

  #newTree(): Tree {
    return new Tree(() => (this.#engine === undefined ? "" : stateKey(this.#engine)));
  }

  /** Whether there is more than the tree looks at: courses of chance, and times. */
  get #leavesOut(): boolean {
    return this.#usesChance || this.#exploration.setup.world.besides.isCut;
  }

  /** @throws ExplorationError, and what is wrong with the test. */
  async #look(run: ExecutionRun, input: MadeInput): Promise<void> {
    const violation = await this.#properties.violation(run, input.text);
    if (violation !== undefined) throw await this.#explained({ violation, run, input });
  }

  /** When something happened, or would have, is when something else may matter. */
  #learn(run: ExecutionRun, picker: Picker): void {
    const { moments, besides } = this.#exploration.setup.world;
    const isFull = moments.size >= MOMENTS;
    // The tree has to know all of it.
    if (!isFull || picker instanceof Tree) besides.learnFrom(run.decisions, run.engine);
    if (isFull) return;
    const { operations, startedAt } = run.result;
    for (const operation of operations) {
      for (const time of timesOf(operation)) {
        const moment = (time?.getTime() ?? 0) - startedAt.getTime();
        if (moment > 0) moments.add(moment);
      }
    }
  }

  /** The simplest execution that lacks the same property, as an error. */
  async #explained(found: Failing): Promise<Error> {
    if (found.violation.isSlow === true) {
      return this.#error(found.violation, found.run, found.input);
    }
    let simplest = found;
    const failsWith = async (
      decided: ReadonlyMap<string, Possibility>,
      input: MadeInput,
    ): Promise<boolean> => {
      const again = await this.#again(decided, input);
      if (again?.violation.property !== found.violation.property) return false;
      simplest = again;
      return true;
    };
    const decided = differing(found.run.decisions);
    if (!(await failsWith(decided, found.input))) return this.#notRepeated(found);
    await shrink(decided, async (fewer) => failsWith(fewer, simplest.input));
    await this.#simplerInput(() => simplest, failsWith);
    return this.#error(simplest.violation, simplest.run, simplest.input);
  }

  /** What does not hold under these decisions. What cannot be asked for them is no reason to lose what was found. */
  async #again(
    decided: ReadonlyMap<string, Possibility>,
    input: MadeInput,
  ): Promise<Failing | undefined> {
    try {
      const picker = new FixedPicker(decided);
      const run = await runExecution(this.#exploration.setup, input.text, picker);
      const violation = await this.#properties.violation(run, input.text, true);
      return violation && { violation, run, input };
    } catch {
      return undefined;
    }
  }

  async #simplerInput(
    simplest: () => { readonly run: ExecutionRun; readonly input: MadeInput },
    fails: (decided: ReadonlyMap<string, Possibility>, input: MadeInput) => Promise<boolean>,
  ): Promise<void> {
    let left = SIMPLER_INPUTS;
    for (let isSimpler = true; isSimpler && left > 0;) {
      isSimpler = false;
      const { run, input } = simplest();
      for (const simpler of input.simpler()) {
        left -= 1;
        isSimpler = await fails(differing(run.decisions), simpler);
        if (isSimpler || left <= 0) break;
      }
    }
  }

  /** The same decisions do not lead to the same failure: something is left from one execution to the next. */
  #notRepeated({ violation, run, input }: Failing): Error {
    const { message } = violation.cause;
    const cause = new Error(
      `Once it failed (${violation.property}: ${message}), then it did not.`,
      { cause: violation.cause },
    );
    return this.#error({ property: "repeats", cause }, run, input);
  }

  #error(violation: Violation, run: ExecutionRun, { text: input }: MadeInput): Error {
    return explorationError(violation, run, { input, given: this.#exploration.given });
  }

  /** @throws UnusedScriptsError */
  #assertAsked(): void {
    const { callbacks, steps, asked } = this.#exploration.setup.world;
    const given = [
      ...[...callbacks.keys()].map((name) => ["callbacks", name] as const),
      ...[...steps.keys()].map((name) => ["steps", name] as const),
    ];
    const unasked = given.filter(([kind, name]) => !asked.has(`${kind}.${name}`));
    if (unasked.length === 0) return;
    const lines = unasked.map(([kind, name]) => {
      const known = [...this.#seenNames(kind)];
      return `${kind}.${name}: no execution has come to a ${kind === "steps" ? "step" : "callback"} of that name.${nearMisses(name, known)}`;
    });
    throw new UnusedScriptsError(lines.join("\n"));
  }

  #seenNames(kind: "callbacks" | "steps"): ReadonlySet<string> {
    const { names } = this.#exploration.setup.world;
    return names[kind];
  }
}

/** Whether the same schedule has led to the same: to the same end where real work takes the time that it takes. */
function isSame(one: ExecutionRun, other: ExecutionRun): boolean {
  if (one.historyKey === other.historyKey) return true;
  const hadRealWork = [one, other].some(({ engine }) => engine.running.hadRealWork);
  return hadRealWork && outcomeText(one.result) === outcomeText(other.result);
}

/** That an execution has not come to all of its schedule. */
function misfitOf({ result, error }: ExecutionRun, unasked: readonly string[]): Error {
  const { status } = result;
  const isStopped = error !== undefined;
  const how = isStopped ? `has stopped (${asError(error).message})` : `has ended (${status})`;
  const isWaiting = !isStopped && status === "PENDING";
  return withTimeline(misfit(isWaiting ? "waits for ever" : how, unasked, error), result);
}

/** When something about an operation happened, or was to happen. */
function timesOf(operation: Operation): readonly (Date | undefined)[] {
  const { startedAt, endedAt } = operation;
  switch (operation.type) {
    case "WAIT":
      return [startedAt, endedAt, operation.scheduledEndAt];
    case "CALLBACK":
      return [startedAt, endedAt, operation.timeoutAt, operation.heartbeatAt];
    case "STEP":
    case "CONTEXT":
    case "CHAINED_INVOKE":
      return [startedAt, endedAt];
  }
}
